// The command line of the parts of `scaffold bench` that measure what is there whatever is trained.
#pragma once
#include "bench/command.hpp"

namespace scaffold {

void register_bench_comm(CLI::App& bench, Action& action);
void register_bench_io(CLI::App& bench, Action& action);

}  // namespace scaffold

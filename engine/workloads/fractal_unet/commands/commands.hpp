// Commands and measurements that this workload brings, one file each. register_… creates the subcommand.
#pragma once
#include "bench/command.hpp"

namespace scaffold {

void register_generate_fractals(CLI::App& app, Action& action);
void register_predict(CLI::App& app, Action& action);

void register_bench_fractals(CLI::App& bench, Action& action);
void register_bench_kernels(CLI::App& bench, Action& action);
void register_bench_loader(CLI::App& bench, Action& action);
void register_bench_monitor(CLI::App& bench, Action& action);
void register_bench_step(CLI::App& bench, Action& action);

}  // namespace scaffold

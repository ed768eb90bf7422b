// The command line of the parts of `scaffold bench`.
#pragma once
#include <CLI/CLI.hpp>
#include <memory>

#include "headless/bench/arguments.hpp"
#include "headless/common.hpp"

namespace scaffold {

/// A part's subcommand with the options that all have.
CLI::App* add_bench(CLI::App& bench, const std::string& name, const std::string& help,
                    const std::shared_ptr<BenchArguments>& arguments);
void register_bench_fractals(CLI::App& bench, Action& action);
void register_bench_kernels(CLI::App& bench, Action& action);
void register_bench_step(CLI::App& bench, Action& action);
void register_bench_comm(CLI::App& bench, Action& action);
void register_bench_io(CLI::App& bench, Action& action);
void register_bench_monitor(CLI::App& bench, Action& action);
void register_bench_loader(CLI::App& bench, Action& action);

}  // namespace scaffold

// Every subcommand, one file each. register_… creates it; when it is chosen, `action` becomes the work to
// run. What the program and its workloads have is listed in commands.cpp.
#pragma once
#include <span>

#include "config/command.hpp"

namespace scaffold {

using RegisterCommand = void (*)(CLI::App& app, Action& action);

/// In the order of --help.
std::span<const RegisterCommand> commands();
/// Of `scaffold bench`, likewise.
std::span<const RegisterCommand> benchmarks();

extern const char* const program_help;    ///< what the program is for
extern const char* const where_to_start;  ///< a command line
extern const char* const bench_examples;

void register_benchmark(CLI::App& app, Action& action);
void register_generate_dataset(CLI::App& app, Action& action);
void register_inspect(CLI::App& app, Action& action);
void register_bench(CLI::App& app, Action& action);
void register_plan(CLI::App& app, Action& action);
void register_doctor(CLI::App& app, Action& action);
void register_export(CLI::App& app, Action& action);
void register_watch(CLI::App& app, Action& action);
void register_scaling(CLI::App& app, Action& action);
void register_campaign(CLI::App& app, Action& action);
void register_report(CLI::App& app, Action& action);
void register_config(CLI::App& app, Action& action);

}  // namespace scaffold

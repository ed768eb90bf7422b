// Every subcommand, one file each. register_… creates it; when it is chosen, `action` becomes the work to
// run.
#pragma once
#include "headless/common.hpp"

namespace scaffold {

void register_benchmark(CLI::App& app, Action& action);
void register_generate_fractals(CLI::App& app, Action& action);
void register_generate_dataset(CLI::App& app, Action& action);
void register_predict(CLI::App& app, Action& action);
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

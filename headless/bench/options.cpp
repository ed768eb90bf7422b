#include "headless/bench/bench.hpp"

#include <iostream>

#include "core/parallel.hpp"
#include "headless/commands.hpp"

namespace scaffold {

int BenchArguments::thread_count() const { return threads > 0 ? threads : available_threads(); }

bench::Limits BenchArguments::limits() const {
  bench::Limits limits;
  limits.seconds = seconds;
  return limits;
}

CLI::App* add_bench(CLI::App& bench, const std::string& name, const std::string& help,
                    const std::shared_ptr<BenchArguments>& arguments) {
  auto* command = bench.add_subcommand(name, help);
  command->add_option("--seconds", arguments->seconds, "Time for each comparison, but at least 5 rounds")
      ->check(CLI::Range(0.0, 3600.0))
      ->check([](const std::string& text) {  // to which a NaN is in every range
        return text.find_first_of("nN") == std::string::npos ? "" : "not a number: " + text;
      })
      ->capture_default_str();
  command->add_option("--threads", arguments->threads, "Threads; 0: all that this process may use")
      ->check(CLI::Range(0, 4096))
      ->capture_default_str();
  command->add_flag("--json", arguments->json, "Print JSON");
  return command;
}

int print(const bench::Report& report, const BenchArguments& arguments) {
  std::cout << (arguments.json ? bench::json(report) : bench::table(report));
  return 0;
}

void register_bench(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("bench", "Measure one part of the program against its plain alternative");
  command->require_subcommand(1);
  command->footer(
      "Alternatives take turns in one process. Shown: median and quartiles of a call's time; its rate; the "
      "rate "
      "as a\nshare of what this machine did meanwhile, copying memory or multiplying matrices; and how many "
      "times "
      "faster than\nthe first alternative (median and quartiles of the ratios within a round).\n"
      "Examples: scaffold bench fractals\n"
      "          scaffold bench kernels --only norm --json");
  register_bench_step(*command, action);
  register_bench_fractals(*command, action);
  register_bench_kernels(*command, action);
  register_bench_loader(*command, action);
  register_bench_comm(*command, action);
  register_bench_io(*command, action);
  register_bench_monitor(*command, action);
}

}  // namespace scaffold

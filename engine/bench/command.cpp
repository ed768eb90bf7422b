#include "bench/command.hpp"

#include <iostream>

#include "core/parallel.hpp"

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

}  // namespace scaffold

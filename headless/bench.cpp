#include <CLI/CLI.hpp>
#include <iostream>
#include <memory>

#include "commands.hpp"
#include "fractal/bench.hpp"

namespace scaffold {

void register_bench(CLI::App& app, Action& action) {
  auto* command =
      app.add_subcommand("bench", "Measure one part of the program against its plain alternative");
  command->require_subcommand(1);
  auto* fractals =
      command->add_subcommand("fractals", "Points per second of the point iteration, lanes and scalar");
  auto options = std::make_shared<FractalBenchOptions>();
  fractals->add_option("--points", options->points, "Points of a cloud")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 28))
      ->capture_default_str();
  fractals->add_option("--clouds", options->clouds, "Clouds a repetition")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  fractals->add_option("--repetitions", options->repetitions, "Repetitions, alternating")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  fractals->footer("Example: scaffold bench fractals");
  fractals->callback([=, &action] {
    action = [=] {
      std::cout << describe(bench_fractals(*options));
      return 0;
    };
  });
}

}  // namespace scaffold

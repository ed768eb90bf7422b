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
  fractals->add_option("--points", options->points, "Points of a cloud")->capture_default_str();
  fractals->add_option("--clouds", options->clouds, "Clouds a repetition")->capture_default_str();
  fractals->add_option("--repetitions", options->repetitions, "Repetitions, alternating")
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

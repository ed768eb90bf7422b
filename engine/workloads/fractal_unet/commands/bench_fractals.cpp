#include "fractal_unet/bench/data.hpp"
#include "fractal_unet/bench/fractals.hpp"
#include "fractal_unet/commands/commands.hpp"

namespace scaffold {

void register_bench_fractals(CLI::App& bench, Action& action) {
  auto arguments = std::make_shared<BenchArguments>();
  auto options = std::make_shared<FractalBenchOptions>();
  auto* command = add_bench(
      bench, "fractals", "Points per second: scalar loop, SIMD lanes, and lanes on more threads", arguments);
  command->add_option("--points", options->points, "Points of a cloud")
      ->check(CLI::Range(std::uint64_t{2}, std::uint64_t{1} << 28))
      ->capture_default_str();
  command->add_option("--clouds", options->clouds, "Clouds a round")
      ->check(CLI::Range(1, 4096))
      ->capture_default_str();
  auto volumes = std::make_shared<VolumeBenchOptions>();
  auto folder = std::make_shared<std::string>();
  as_path(command->add_option(
      "--folder", *folder,
      "Also make a dataset in this folder, against bare writes there; it is removed again"));
  command->add_option("--scale", volumes->scale, "Its problem_scale")
      ->check(CLI::Range(4, 10))
      ->capture_default_str();
  command->add_option("--volumes", volumes->volumes, "Its volumes")
      ->check(CLI::Range(5, 100000))
      ->capture_default_str();
  command->add_flag("--compact", volumes->compact, "Compact volumes in place of dense ones");
  command->footer(
      "Examples: scaffold bench fractals --seconds 5\n"
      "          scaffold bench fractals --folder /scratch --scale 6 --volumes 240");
  command->callback([=, &action] {
    action = [=] {
      options->threads = arguments->thread_count();
      options->limits = arguments->limits();
      bench::Report report = bench_fractals(*options);
      if (!folder->empty()) {
        volumes->folder = *folder;
        volumes->threads = arguments->thread_count();
        volumes->limits = arguments->limits();
        report.comparisons.push_back(bench_volumes(*volumes));
      }
      return print(report, *arguments);
    };
  });
}

}  // namespace scaffold

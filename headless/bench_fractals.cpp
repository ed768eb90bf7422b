#include "bench.hpp"
#include "fractal/bench.hpp"

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
  command->footer("Example: scaffold bench fractals --seconds 5");
  command->callback([=, &action] {
    action = [=] {
      options->threads = arguments->thread_count();
      options->limits = arguments->limits();
      return print(bench_fractals(*options), *arguments);
    };
  });
}

}  // namespace scaffold

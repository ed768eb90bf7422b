// scaffold bench monitor: steps that are watched and steps that are not, in turns.
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/scratch_folder.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "model/device.hpp"
#include "monitor/publisher.hpp"
#include "monitor/subscriber.hpp"
#include "report/events.hpp"
#include "torch_commands.hpp"
#include "train/step_bench.hpp"

namespace scaffold {
namespace {

/// As sparse as a volume of fractals: one voxel in 32 holds a class.
KeptVolume some_volume(std::int64_t edge, std::int64_t epoch) {
  KeptVolume volume;
  volume.epoch = epoch;
  volume.dims = {edge, edge, edge};
  volume.dice.assign(6, 0.5);
  std::uint32_t state = 1;
  for (auto* labels : {&volume.prediction, &volume.truth}) {
    labels->resize(static_cast<std::size_t>(edge * edge * edge));
    for (auto& label : *labels) {
      state = state * 1664525u + 1013904223u;
      label = state >> 27 ? 0 : static_cast<std::uint8_t>(1 + (state >> 16) % 5);
    }
  }
  return volume;
}

StepEvent step_event(std::int64_t step) { return {1, step, 1, 0.5, 0.1, 1, 1e-3, 1, resident_memory()}; }

void wait_for(const std::function<bool()>& holds, const char* what) {
  const Stopwatch clock;
  while (!holds()) {
    if (clock.seconds() > 60) throw SystemError(cat("the benchmark waited in vain for ", what));
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

}  // namespace

int run_bench_monitor(const BenchMonitorArguments& arguments) {
  const Config official;
  StepBenchOptions options;
  options.network.levels = arguments.scale - official.unet_bottleneck_dim;
  options.network.precision = resolve_precision(arguments.amp != 0, at::kCPU);
  options.edge = std::int64_t{1} << arguments.scale;
  options.threads = arguments.thread_count();
  const auto step = training_step_body(options);

  const ScratchFolder scratch("scaffold-bench");
  const auto make = [&](const std::string& name) {
    fs::create_directories(scratch.path() / name);
    return scratch.path() / name;
  };
  const fs::path run = make("run");
  EventLog watched(run / "events.jsonl"), alone(make("alone") / "events.jsonl");
  monitor::PublisherOptions publishing;
  publishing.run_folder = run;
  monitor::Publisher publisher(publishing);
  std::vector<std::unique_ptr<monitor::Subscriber>> watchers;
  for (int i = 0; i < arguments.watchers; ++i)
    watchers.push_back(std::make_unique<monitor::Subscriber>(
        monitor::local_route(run), make(cat("watcher-", i)), monitor::Subscriber::Options{}, [] {}));
  wait_for([&] { return publisher.observed().watchers == watchers.size(); }, "its watchers");

  const std::int64_t edge = std::int64_t{1} << arguments.volume_scale;
  std::int64_t steps = 0;
  const std::uint64_t sent = publisher.observed().bytes_sent;
  const auto comparison =
      bench::compare("training step", {},
                     {{"not watched",
                       [&] {
                         step();
                         alone.step(step_event(steps));
                       }},
                      {cat("watched by ", watchers.size()),
                       [&] {
                         step();
                         watched.step(step_event(++steps));
                         publisher.poke();
                         if (steps % 10 == 0)
                           publisher.offer(std::make_unique<KeptVolume>(some_volume(edge, steps)), false);
                       }}},
                     arguments.limits());
  bench::Report report;
  report.part = "monitor";
  report.threads = options.threads;
  report.facts = {{"network", cat(options.edge, "^3 voxels, batch 1")},
                  {"sent", cat(human_bytes(static_cast<double>(publisher.observed().bytes_sent - sent)),
                               " in ", steps, " watched steps")},
                  {"volumes", cat(publisher.observed().volumes, " of ", edge, "^3 voxels, ",
                                  publisher.observed().dropped, " dropped")}};
  report.comparisons = {comparison};
  return print(report, arguments);
}

}  // namespace scaffold

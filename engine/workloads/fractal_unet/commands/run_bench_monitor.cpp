// scaffold bench monitor: steps that are watched and steps that are not, in turns.
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/scratch_folder.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/bench/step.hpp"
#include "fractal_unet/commands/paused_watcher.hpp"
#include "fractal_unet/commands/torch_commands.hpp"
#include "fractal_unet/rules.hpp"
#include "monitor/publisher.hpp"
#include "monitor/subscriber.hpp"
#include "run/events.hpp"

namespace scaffold {
namespace {

/// As sparse as a volume of fractals: one voxel in 32 holds a class.
VolumeSnapshot some_volume(std::int64_t edge, std::int64_t epoch) {
  VolumeSnapshot volume;
  volume.epoch = epoch;
  volume.dims = {edge, edge, edge};
  volume.scores.assign(6, 0.5);
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

void wait_for(const std::function<bool()>& holds, const char* what, int milliseconds = 10) {
  const Stopwatch clock;
  while (!holds()) {
    if (clock.seconds() > 60) throw SystemError(cat("the benchmark waited in vain for ", what));
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
  }
}

/// How far the resident set of this process grows over a publisher that is handed three volumes an epoch:
/// those that wait, the one that is encoded at all its levels, the latest in memory; all are recorded.
std::string publishers_memory(const fs::path& run, std::int64_t edge) {
  constexpr std::int64_t epochs = 10, volumes = 3;
  const auto before = resident_memory();
  std::uint64_t most = before;
  const auto grown = [&](std::uint64_t now) {
    return human_bytes(static_cast<double>(now) - static_cast<double>(before));
  };
  const auto look = [&] {
    const auto now = resident_memory();
    most = std::max(most, now);
    return now;
  };
  monitor::PublisherOptions publishing;
  publishing.run_folder = run;
  monitor::Publisher publisher(publishing);
  const auto idle = look();
  for (std::int64_t epoch = 1; epoch <= epochs; ++epoch) {
    for (std::int64_t i = 0; i < volumes; ++i) {
      auto volume = std::make_unique<VolumeSnapshot>(some_volume(edge, epoch));
      volume->volume = i;
      publisher.add(std::move(volume), false);
    }
    const fs::path last = run / "snapshots" / monitor::volume_file_name(epoch, volumes - 1);
    wait_for(
        [&] {
          look();
          return fs::exists(last);
        },
        "its volumes", 1);
  }
  const auto after = look();
  return cat(epochs * volumes, " volumes of ", edge, "^3: ", grown(idle), " before them, ", grown(after),
             " after, at most ", grown(most));
}

}  // namespace

int run_bench_monitor(const BenchMonitorArguments& arguments) {
  recycle_tensor_memory();
  const ScratchFolder scratch;
  const auto make = [&](const std::string& name) {
    fs::create_directories(scratch.path() / name);
    return scratch.path() / name;
  };
  const std::string memory = publishers_memory(make("memory"), std::int64_t{1} << arguments.memory_scale);

  StepBenchOptions options;
  options.network.levels = arguments.scale - usual_bottleneck(arguments.scale);
  options.network.precision = resolve_precision(arguments.amp != 0, at::kCPU);
  options.edge = std::int64_t{1} << arguments.scale;
  options.threads = arguments.thread_count();
  const auto step = training_step_body(options);

  const fs::path run = make("run");
  EventLog watched(run / "events.jsonl"), alone(make("alone") / "events.jsonl");
  monitor::PublisherOptions publishing;
  publishing.run_folder = run;
  monitor::Publisher publisher(publishing);
  std::vector<std::unique_ptr<monitor::Subscriber>> watchers;
  watchers.reserve(static_cast<std::size_t>(arguments.watchers));
  for (int i = 0; i < arguments.watchers; ++i)
    watchers.push_back(std::make_unique<monitor::Subscriber>(
        monitor::local_route(run), make(cat("watcher-", i)), monitor::Subscriber::Options{}, [] {}));
  wait_for([&] { return publisher.observed().watchers == watchers.size(); }, "its watchers");

  PausedWatcher paused(run);
  wait_for([&] { return publisher.observed().watchers == watchers.size() + 1; },
           "the watcher that will be stopped");

  const std::int64_t edge = std::int64_t{1} << arguments.volume_scale;
  std::int64_t steps = 0;
  const std::uint64_t sent = publisher.observed().bytes_sent;
  const auto watched_step = [&] {
    step();
    watched.step(step_event(++steps));
    publisher.notify();
    if (steps % 10 == 0) publisher.add(std::make_unique<VolumeSnapshot>(some_volume(edge, steps)), false);
  };
  const auto go_on = [&] { paused.go_on(); };
  const auto comparison = bench::compare("training step", {},
                                         {{"not watched",
                                           [&] {
                                             step();
                                             alone.step(step_event(steps));
                                           },
                                           go_on},
                                          {cat("watched by ", watchers.size() + 1), watched_step, go_on},
                                          {"one of them stopped", watched_step, [&] { paused.pause(); }}},
                                         arguments.limits());
  paused.go_on();
  bench::Report report;
  report.part = "monitor";
  report.threads = options.threads;
  report.facts = {{"network", cat(options.edge, "^3 voxels, batch 1")},
                  {"sent", cat(human_bytes(static_cast<double>(publisher.observed().bytes_sent - sent)),
                               " in ", steps, " watched steps")},
                  {"volumes", cat(publisher.observed().volumes, " of ", edge, "^3 voxels, ",
                                  publisher.observed().dropped, " dropped")},
                  {"memory", memory}};
  report.comparisons = {comparison};
  return print(report, arguments);
}

}  // namespace scaffold

// What a trainer does before the timed region, and undoes: warm-up and traces.
#include <algorithm>

#include "core/error.hpp"
#include "device/trace_mark.hpp"
#include "job/trace.hpp"
#include "job/trainer_impl.hpp"

namespace scaffold {

/// Afterwards everything is as before, bit for bit.
void Trainer::Impl::undone(const std::function<void()>& body) {
  Checkpoint before;
  capture(before, network, optimizer);
  before.state = state;
  body();
  restore(before, network, optimizer, "warm-up");
  network.zero_grad();
}

/// The first steps of this epoch, unless a signal comes.
void Trainer::Impl::some_steps(std::int64_t count, const std::function<void(std::int64_t)>& done) {
  feed.start(own_order(state.epoch, 0));
  TrainState scratch = state;
  scratch.step = 0;
  signal = parallel.status_reduce()->signal();
  for (std::int64_t n = 1; n <= count && !signal; ++n) {
    const TraceMark mark("step");
    run_step(schedule.rate(state.epoch), scratch);
    if (done) done(n);
  }
}

void Trainer::Impl::warm_up() {
  const std::int64_t batches = std::min(config.warmup_batches, steps);
  if (batches == 0) return;
  const Stopwatch clock;
  undone([&] {
    some_steps(batches, [&](std::int64_t done) { observer.on_warmup(done, batches, clock.seconds()); });
    try {
      evaluate(network, feed, validation, *score, parallel);
    } catch (const Interrupted&) {  // run() sees the signal
    }
  });
}

void Trainer::Impl::trace(const fs::path& folder, std::int64_t count) {
  undone([&] {
    std::vector<TracedInterval> flights;
    Trace trace(options.device);
    step->note_flights(&flights);
    some_steps(std::min(count, steps), {});
    const auto volumes = std::min<std::size_t>(static_cast<std::size_t>(count), validation.size());
    try {
      evaluate(network, feed, {validation.begin(), validation.begin() + static_cast<std::ptrdiff_t>(volumes)},
               *score, parallel);
    } catch (const Interrupted&) {  // run() sees the signal
    }
    step->note_flights(nullptr);
    trace.save(trace_file(folder, parallel.grid().rank()), flights);
  });
}

}  // namespace scaffold

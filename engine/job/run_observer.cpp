#include "job/run_observer.hpp"

#include <utility>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {
constexpr double seconds_between_step_events = 1.0;
}

template <class Write>
void RunObserver::record(Write&& write) {
  try {
    write();
    if (publisher_) publisher_->notify();
  } catch (const Error& error) {
    if (!told_.exchange(true))
      log::error(cat("a record of the run is lost, training goes on: ", error.what()));
  }
}

void RunObserver::on_warmup(std::int64_t done, std::int64_t total, double seconds) {
  if (!progress_) progress_ = std::make_unique<Progress>("warm-up", total, "steps");
  progress_->advance();
  if (done == total) {
    progress_.reset();
    record([&] { events_.warmup(total, seconds); });
  }
}

void RunObserver::on_epoch_start(std::int64_t epoch, std::int64_t steps) {
  progress_ = std::make_unique<Progress>(cat("epoch ", epoch), steps, "steps");
  gathered_ = {};
  gathered_.steps = 0;
  since_event_.restart();
}

void RunObserver::on_step(const StepRecord& step) {
  progress_->advance(1, cat("loss ", fixed(step.loss, 4), "  ",
                            fixed(static_cast<double>(step.samples) / step.seconds, 2), " samples/s"));
  gathered_.epoch = step.epoch;
  gathered_.step = step.step;
  ++gathered_.steps;
  gathered_.loss += step.loss;
  gathered_.gradient_norm += step.gradient_norm;
  gathered_.seconds += step.seconds;
  gathered_.samples_per_second += static_cast<double>(step.samples);
  gathered_.learning_rate = step.learning_rate;
  if (since_event_.seconds() < seconds_between_step_events && step.step < step.steps_per_epoch) return;
  const auto n = static_cast<double>(gathered_.steps);
  gathered_.loss /= n;
  gathered_.gradient_norm /= n;
  gathered_.samples_per_second /= gathered_.seconds;
  gathered_.memory_bytes = resident_memory();
  record([&] { events_.step(gathered_); });
  gathered_ = {};
  gathered_.steps = 0;
  since_event_.restart();
}

void RunObserver::on_validation(std::int64_t epoch, std::int64_t done, std::int64_t total) {
  // Replicas validate side by side: several samples are done at once.
  if (validated_ == 0) progress_ = std::make_unique<Progress>(cat("validation ", epoch), total, "samples");
  progress_->advance(static_cast<std::uint64_t>(done - validated_));
  validated_ = done;
  if (done == total || since_progress_.seconds() >= seconds_between_step_events) {
    since_progress_.restart();
    record([&] { events_.validating(epoch, done, total); });
  }
}

void RunObserver::on_samples(std::int64_t epoch, const std::vector<int>& samples,
                             const std::vector<double>& scores) {
  record([&] { events_.samples(epoch, samples, scores, score_.name); });
}

void RunObserver::on_volume(std::unique_ptr<VolumeSnapshot> volume, bool best) {
  if (publisher_) publisher_->add(std::move(volume), best);
}

void RunObserver::on_command(ParallelContext::Command order) {
  orders_.emplace_back(order == ParallelContext::checkpoint_now ? "checkpoint now" : "stop after this epoch");
  log::warning(cat("a watcher has ordered: ", orders_.back(), "; the run is unofficial now"));
  record([&] { events_.control(orders_.back()); });
}

void RunObserver::on_epoch(const EpochRecord& r) {
  progress_.reset();
  const std::int64_t validated = std::exchange(validated_, 0);
  record([&] { stats_.append(r); });
  record([&] {
    events_.validation(r.epoch, r.val_loss_avg, r.score(), score_.name, validated, r.phases.validation);
    events_.epoch(r);
  });
  if (r.epoch % config_.loss_freq == 0)
    log::info(cat("epoch ", r.epoch, "  loss ", fixed(r.overall_loss, 4), "  validation loss ",
                  fixed(r.val_loss_avg, 4), "  ", r.score_info().title(), " ", score_.text(r.score()),
                  " (target ", shortest(config_.target), ")  ", human_seconds(r.epoch_duration), "  ",
                  fixed(r.samples_per_second, 2), " samples/s"));
  if (publisher_) {
    if (const auto rejected = publisher_->observed().rejected; rejected > rejected_) {
      log::warning(cat(rejected, " attempts so far to watch this run without its key"));
      rejected_ = rejected;
    }
  }
  // A straggler is worth a line in any epoch: everybody waits for it.
  if (r.parallel && (r.parallel->step_max > 1.2 * r.parallel->step_median || r.epoch == 1))
    log::info(cat("ranks' step times without waiting: ", human_seconds(r.parallel->step_min), " / ",
                  human_seconds(r.parallel->step_median), " / ", human_seconds(r.parallel->step_max),
                  " (min, median, max); slowest: rank ", r.parallel->slowest_rank, " on ",
                  r.parallel->slowest_host));
}

void RunObserver::on_checkpoint(const CheckpointRecord& c) {
  record([&] { events_.checkpoint(c.path.string(), c.kind, c.epoch, c.steps, c.seconds, c.bytes); });
  log::debug(cat("checkpoint ", c.path.string(), ", ", human_bytes(static_cast<double>(c.bytes)), " in ",
                 human_seconds(c.seconds)));
}

void RunObserver::on_signal(int signal, bool checkpoint_saved) {
  record([&] {
    events_.signal(cat(signal), checkpoint_saved ? "checkpoint written" : "checkpoint not written");
  });
}

void RunObserver::note(log::Level level, const std::string& message) noexcept {
  try {
    level == log::Level::error ? log::error(message) : log::warning(message);
    events_.note(level == log::Level::error ? "error" : "warning", message);
    if (publisher_) publisher_->notify();
  } catch (const std::exception&) {  // the disk that failed the checkpoint fails the note too
  }
}

void RunObserver::on_problem(const std::string& message) noexcept { note(log::Level::error, message); }

void RunObserver::on_suspension(double seconds) noexcept {
  note(log::Level::warning, cat("the process was suspended for ", fixed(seconds, 1), " s"));
}

}  // namespace scaffold

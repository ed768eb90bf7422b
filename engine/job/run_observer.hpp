// Turns what happens in training into progress on the terminal and records in the run folder.
#pragma once
#include <atomic>
#include <memory>
#include <mutex>

#include "core/log.hpp"
#include "core/progress.hpp"
#include "job/trainer.hpp"
#include "monitor/publisher.hpp"
#include "run/events.hpp"
#include "run/stats_csv.hpp"
#include "workload/workload.hpp"

namespace scaffold {

class RunObserver : public TrainObserver {
 public:
  /// `publisher` may be null.
  RunObserver(StatsCsv& stats, EventLog& events, const Config& config, monitor::Publisher* publisher)
      : stats_(stats),
        events_(events),
        config_(config),
        score_(workload_of(config).metrics().front()),
        publisher_(publisher) {}

  void on_warmup(std::int64_t done, std::int64_t total, double seconds) override;
  void on_epoch_start(std::int64_t epoch, std::int64_t steps) override;
  void on_step(const StepRecord& step) override;
  void on_validation(std::int64_t epoch, std::int64_t done, std::int64_t total) override;
  void on_samples(std::int64_t epoch, const std::vector<int>& samples,
                  const std::vector<double>& scores) override;
  void on_volume(std::unique_ptr<VolumeSnapshot> volume, bool best) override;
  void on_epoch(const EpochRecord& record) override;
  void on_command(ParallelContext::Command order) override;
  void on_checkpoint(const CheckpointRecord& checkpoint) override;
  void on_signal(int signal, bool checkpoint_saved);
  void on_problem(const std::string& message) noexcept override;
  /// The process did not run for so long. From any thread.
  void on_suspension(double seconds) noexcept;
  /// Orders of watchers that were carried out.
  const std::vector<std::string>& orders() const { return orders_; }

 private:
  /// Records are worth less than the run: what cannot be written (a full disk) is told once and left out.
  template <class Write>
  void record(Write&& write);
  void note(log::Level level, const std::string& message) noexcept;
  StatsCsv& stats_;
  EventLog& events_;
  const Config& config_;
  const MetricInfo& score_;
  monitor::Publisher* publisher_;
  std::int64_t validated_ = 0;  ///< samples of the validation under way
  std::unique_ptr<Progress> progress_;
  StepEvent gathered_{};  ///< steps since the last step event
  Stopwatch since_event_, since_progress_;
  std::vector<std::string> orders_;
  std::uint64_t rejected_ = 0;  ///< attempts to watch without the key that were told
  std::atomic<bool> told_{false};
};

}  // namespace scaffold

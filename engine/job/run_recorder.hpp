// Rank 0's records of a run: its table, event log and report, and those who watch it.
#pragma once
#include <memory>
#include <optional>
#include <vector>

#include "core/clock.hpp"
#include "core/suspension.hpp"
#include "data/sample_reader.hpp"
#include "job/job.hpp"
#include "job/run_observer.hpp"
#include "job/run_setup.hpp"
#include "job/trainer.hpp"
#include "monitor/publisher.hpp"
#include "run/events.hpp"
#include "run/records.hpp"
#include "run/run_folder.hpp"
#include "run/stats_csv.hpp"

namespace scaffold {

/// Called in this order: open, describe, start_clock, start, warmed_up, trained or fail, stop_clock, finish.
class RunRecorder {
 public:
  /// `job` must outlive it. From here on log lines go into the run's log.txt too.
  RunRecorder(RunFolder folder, MergedConfig merged, const DatasetInfo& dataset, const Job& job);
  ~RunRecorder();
  RunRecorder(const RunRecorder&) = delete;
  RunRecorder& operator=(const RunRecorder&) = delete;

  /// Table, log and publisher. Of a run that continues, `epochs` becomes what its files hold of the complete
  /// epochs; where a kill came between checkpoint and table, the checkpoint's own stay.
  void open(const std::optional<LoadedCheckpoint>& loaded, std::uint64_t train_seed,
            std::vector<EpochRecord>& epochs);
  /// What the trainer, which has resumed from `loaded` if that is given, knows about the run.
  void describe(Trainer& trainer, const std::optional<LoadedCheckpoint>& loaded);
  void start_clock();
  void stop_clock();
  void start(const SampleReader& dataset);
  void warmed_up(double seconds) { record_.warmup_seconds = seconds; }
  void trained(const TrainResult& result, const Trainer& trainer);
  void fail(const std::string& why);
  /// Writes the report and prints the table, which also a full disk must not keep back. Whether the report
  /// was written.
  bool finish(const Trainer& trainer);

  fs::path checkpoint_folder() const { return folder_.checkpoints(config_.checkpoint_dir); }
  TrainObserver& observer() { return *observer_; }
  monitor::Publisher* publisher() { return publisher_.get(); }  ///< null: nobody can watch

 private:
  void describe_run(std::uint64_t train_seed);
  std::vector<std::pair<std::string, std::string>> layer_kernels(Trainer& trainer) const;
  std::string interruption(const TrainResult& result, const std::string& done) const;

  const Job& job_;
  RunFolder folder_;
  MergedConfig merged_;
  const Config& config_;
  at::Device device_;
  std::optional<StatsCsv> stats_;
  std::optional<EventLog> events_;
  std::unique_ptr<monitor::Publisher> publisher_;
  std::optional<RunObserver> observer_;
  std::optional<Stopwatch> wall_;
  std::optional<SuspensionMeter> suspension_;
  RunRecord record_;
};

}  // namespace scaffold

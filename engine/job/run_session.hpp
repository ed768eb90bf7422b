// One session of a run: everything between an opened run folder and its report. The same on every rank, but
// that rank 0 has a recorder.
//
//   RunSession session(job, merged, dataset, std::move(loaded), rank == 0 ? std::move(recorder) : nullptr);
//   return session.run();
#pragma once
#include <memory>
#include <optional>

#include "data/sample_reader.hpp"
#include "job/job.hpp"
#include "job/run_recorder.hpp"
#include "job/run_setup.hpp"
#include "job/trainer.hpp"
#include "parallel/watchdog.hpp"

namespace scaffold {

/// Nothing in a job of one rank. Collective.
class JobWatchdog {
 public:
  JobWatchdog(World& world, double timeout);
  ~JobWatchdog();
  Watchdog* get() { return dog_ ? &*dog_ : nullptr; }

 private:
  std::unique_ptr<Communicator> comm_;
  std::optional<Watchdog> dog_;
};

class RunSession {
 public:
  /// Everything that can fail before training, so that a restart that cannot be does not touch the earlier
  /// report. `recorder`: on rank 0, null elsewhere; `job` must outlive the session. Collective.
  RunSession(const Job& job, const MergedConfig& merged, std::unique_ptr<SampleReader> reader,
             std::optional<LoadedCheckpoint> loaded, std::unique_ptr<RunRecorder> recorder);
  ~RunSession();
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  /// Warm-up, training, report. Whatever happens here, the run folder gets its report; an error that this
  /// rank alone may have ends the whole job. Returns the exit code. Collective.
  int run();

 private:
  struct Outcome {
    TrainResult result;
    std::string failure;  ///< why training failed; empty: it did not
    ExitCode code = ExitCode::ok;
  };
  void make_trainer(const MergedConfig& merged, std::optional<LoadedCheckpoint> loaded);
  Outcome train();
  void train_into(TrainResult& result);
  int exit_code(const Outcome& outcome) const;

  const Job& job_;
  const Config config_;
  const at::Device device_;
  const std::unique_ptr<SampleReader> reader_;
  std::unique_ptr<RunRecorder> recorder_;  ///< null off rank 0
  TrainObserver nobody_;                   ///< what hears of training there
  std::optional<JobWatchdog> watchdog_;
  std::optional<Trainer> trainer_;
};

}  // namespace scaffold

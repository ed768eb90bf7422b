// One sitting of a run: everything between an opened run folder and its report.
#pragma once
#include <optional>

#include "comm/alarm.hpp"
#include "comm/mpi_world.hpp"
#include "core/suspension.hpp"
#include "data/node_copy.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "job/checkpoint.hpp"
#include "job/trainer.hpp"
#include "parallel/parallel_context.hpp"
#include "run/official.hpp"
#include "run/report_json.hpp"
#include "run/run_folder.hpp"
#include "run_monitor.hpp"
#include "run_observer.hpp"

namespace scaffold {

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  fs::path file;
};

/// The processes that run together, and what each has of the machine.
struct Job {
  World& world;
  Alarm& alarm;
  ParallelContext& team;
  int cores = 1;        ///< of this rank
  fs::path trace = {};  ///< folder for traces; empty: none
  std::int64_t trace_steps = 0;
  const NodeCopy* staged = nullptr;  ///< what is read in place of the dataset
};

/// Nothing in a job of one rank. Collective.
class JobWatchdog {
 public:
  JobWatchdog(Job& job, double timeout);
  Watchdog* get() { return dog_ ? &*dog_ : nullptr; }

 private:
  std::unique_ptr<Communicator> comm_;
  std::optional<Watchdog> dog_;
};

/// Rank 0's: it keeps the records. The others follow.
class RunSession {
 public:
  RunSession(RunFolder folder, MergedConfig merged, const DatasetInfo& info,
             std::optional<LoadedCheckpoint> loaded, Job& job);
  ~RunSession();
  RunSession(const RunSession&) = delete;
  RunSession& operator=(const RunSession&) = delete;

  /// Warm-up, training, report. Whatever happens here, the run folder gets its report. Returns the exit code.
  int run();

 private:
  void prepare(std::optional<LoadedCheckpoint> loaded);
  void describe_run(std::uint64_t train_seed);
  void resume(LoadedCheckpoint& loaded, std::vector<EpochRecord> epochs);
  void train();
  void fill_result(const TrainResult& result);
  bool finish();
  std::vector<std::pair<std::string, std::string>> layer_kernels();

  Job& job_;
  RunFolder folder_;
  MergedConfig merged_;
  const Config& config_;
  at::Device device_;
  DatasetReader reader_;
  std::optional<StatsCsv> stats_;
  std::optional<EventLog> events_;
  std::unique_ptr<monitor::Publisher> publisher_;
  std::optional<RunObserver> observer_;
  std::optional<JobWatchdog> watchdog_;
  std::optional<SuspensionMeter> suspension_;
  std::optional<Trainer> trainer_;
  int signal_ = 0;
  RunRecord record_;
};

/// What every other rank does meanwhile: the same training, no records. Returns the exit code.
int follow(const Config& config, const DatasetInfo& info, std::optional<LoadedCheckpoint> loaded, Job& job);

/// Ends the whole job for an error that this rank alone may have: rank 0 says which rank, on which host, and
/// why, once for all that fail for one reason.
[[noreturn]] void fail_alone(World& world, Alarm& alarm, const std::string& message, int code);
/// What the alarm does: `why` begins with the rank's host.
[[noreturn]] void end_job(World& world, int rank, int code, const std::string& why);

}  // namespace scaffold

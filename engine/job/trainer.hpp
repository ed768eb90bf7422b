// Trains the network to the target: the timed part of the benchmark.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/files.hpp"
#include "data/loader.hpp"
#include "job/checkpoint.hpp"
#include "job/snapshot_collector.hpp"
#include "parallel/parallel_context.hpp"
#include "parallel/watchdog.hpp"
#include "run/records.hpp"

namespace scaffold {

struct StepRecord {
  std::int64_t epoch = 0, step = 0, steps_per_epoch = 0;  ///< epoch and step 1-based
  std::int64_t samples = 0;
  double loss = 0, gradient_norm = 0, seconds = 0, learning_rate = 0;
};

struct CheckpointRecord {
  fs::path path;
  std::string kind;                   ///< "last", "best" or "final"
  std::int64_t epoch = 0, steps = 0;  ///< complete epochs and optimizer steps that it holds
  double seconds = 0;
  std::uint64_t bytes = 0;
};

/// Hears of everything as it happens, on the training thread (on_checkpoint may come from the writer's
/// thread).
class TrainObserver {
 public:
  virtual ~TrainObserver() = default;
  virtual void on_warmup(std::int64_t /*done*/, std::int64_t /*total*/, double /*seconds*/) {}
  virtual void on_epoch_start(std::int64_t /*epoch*/, std::int64_t /*steps*/) {}
  virtual void on_step(const StepRecord&) {}
  virtual void on_validation(std::int64_t /*epoch*/, std::int64_t /*done*/, std::int64_t /*total*/) {}
  /// What each validation sample scored: scores[i] of samples[i]; before on_epoch.
  virtual void on_samples(std::int64_t /*epoch*/, const std::vector<int>& /*samples*/,
                          const std::vector<double>& /*scores*/) {}
  /// A volume that was kept (TrainerOptions::keep); `best`: the epoch's score is the run's best so far.
  virtual void on_volume(std::unique_ptr<VolumeSnapshot> /*volume*/, bool /*best*/) {}
  virtual void on_epoch(const EpochRecord&) {}
  /// A watcher's order that is being carried out.
  virtual void on_command(ParallelContext::Command) {}
  virtual void on_checkpoint(const CheckpointRecord&) {}
  /// Must not throw: it is called where something has already gone wrong.
  virtual void on_problem(const std::string& /*message*/) noexcept {}
};

struct TrainerOptions {
  Config config;
  std::string config_yaml, commit;  ///< stored in checkpoints
  at::Device device = at::kCPU;
  int threads = 1;
  std::uint64_t train_seed = 0;
  fs::path checkpoint_folder;
  Watchdog* watchdog = nullptr;  ///< hears of every step, and when the rank may take its time
  SnapshotOptions keep;          ///< validation volumes for those who watch
};

/// How training ended.
struct TrainResult {
  RunStatus status = RunStatus::epochs_exhausted;
  int signal = 0;                 ///< that interrupted it
  bool checkpoint_saved = false;  ///< when interrupted: last.h5 holds this moment
  bool commanded = false;         ///< interrupted by a watcher's command, not by a signal
};

class Trainer {
 public:
  /// Throws ConfigError when the dataset has nothing to train or validate on.
  /// `observer` hears what this rank sees; `dataset`, `observer` and `parallel` must outlive the trainer.
  /// Collective.
  Trainer(TrainerOptions options, const SampleReader& dataset, TrainObserver& observer,
          ParallelContext& parallel);
  ~Trainer();

  /// Continues from a checkpoint; `epochs` are the complete records up to it.
  void resume(const Checkpoint& checkpoint, const fs::path& file, std::vector<EpochRecord> epochs);
  /// Steps and a validation pass outside the timed region; afterwards everything is as before, bit for bit.
  void warm_up();
  /// `steps` steps and the validation of as many volumes, recorded into <folder>/trace-rank<r>.json of each
  /// rank (job/trace.hpp). Outside the timed region, and undone like the warm-up. Collective.
  void trace(const fs::path& folder, std::int64_t steps);
  /// To the target, the last epoch, or a signal. NumericalError when a loss is not finite.
  TrainResult run();
  /// After run() has reached the target: the network as it is now into final.h5, without optimizer state. In
  /// no epoch's time. A write that fails is told to the observer. The watchdog may be gone by now.
  void keep_final();

  const std::vector<EpochRecord>& epochs() const;  ///< complete ones, of all sessions
  const std::vector<double>& step_seconds() const;
  const TrainState& state() const;
  const Network& network() const;
  Optimizer& optimizer();
  std::int64_t steps_per_epoch() const;
  std::int64_t validation_samples() const;  ///< that an epoch validates on
  std::int64_t global_batch() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// How this rank of `grid` reads its part of each sample.
LoaderOptions loader_options(const Config& config, const SampleReader& dataset, const ProcessGrid& grid);

/// Throws ConfigError when training one batch of samples cut into `shards` cannot fit the memory that is
/// free, which `ranks_here` ranks share, saying how much it needs.
void check_training_memory(const Config& config, const at::Device& device, const Extent3& shards = {1, 1, 1},
                           int ranks_here = 1);

}  // namespace scaffold

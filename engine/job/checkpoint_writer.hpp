// Writes last.h5 and best.h5, on the training thread or beside it, and final.h5.
#pragma once
#include <future>
#include <optional>

#include "job/checkpoint.hpp"
#include "job/trainer.hpp"

namespace scaffold {

class CheckpointWriter {
 public:
  CheckpointWriter(fs::path folder, bool async, TrainObserver& observer)
      : folder_(std::move(folder)), async_(async), observer_(observer) {}
  ~CheckpointWriter() { wait(); }
  CheckpointWriter(const CheckpointWriter&) = delete;
  CheckpointWriter& operator=(const CheckpointWriter&) = delete;

  /// Writes last.h5, and at an epoch's end a copy of it as best.h5 when its score is better than that of the
  /// best.h5 that is there. A write that fails is told to the observer and leaves the older files whole;
  /// training goes on. In async mode at most one write is under way: an earlier one is waited for first.
  void save(Checkpoint checkpoint, bool epoch_end);
  /// Of a run that goes on: what its best.h5 holds counts, not what was meant to be written.
  void resume();
  /// Writes final.h5, told of likewise. Of no use to a restart, which it leaves alone.
  void save_final(const Checkpoint& checkpoint);
  /// Until nothing is under way. Whether the latest save() reached its last.h5.
  bool wait();

 private:
  void write(const Checkpoint& checkpoint, bool best);
  void keep_best(const Checkpoint& checkpoint, std::int64_t epoch, std::uint64_t bytes);
  fs::path folder_;
  bool async_;
  TrainObserver& observer_;
  std::future<void> pending_;
  // Written on the writer's thread, read after wait().
  bool last_written_ = false;
  std::optional<double> best_score_;  ///< of best.h5 on the disk; nothing: there is none
};

}  // namespace scaffold

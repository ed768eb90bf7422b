// Writes last.h5 and best.h5, on the training thread or beside it.
#pragma once
#include <future>

#include "train/checkpoint.hpp"
#include "train/trainer.hpp"

namespace scaffold {

class CheckpointWriter {
 public:
  CheckpointWriter(fs::path folder, bool async, TrainObserver& observer)
      : folder_(std::move(folder)), async_(async), observer_(observer) {}
  ~CheckpointWriter() { wait(); }

  /// Writes last.h5, and best.h5 as the same file when `best`. A write that fails is told to the observer and
  /// leaves the older files whole; training goes on. In async mode at most one write is under way: an earlier
  /// one is waited for first.
  void save(Checkpoint checkpoint, bool best);
  void wait();

 private:
  void write(const Checkpoint& checkpoint, bool best) const;
  fs::path folder_;
  bool async_;
  TrainObserver& observer_;
  std::future<void> pending_;
};

}  // namespace scaffold

#include "train/checkpoint_writer.hpp"

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// A second name for a file, replacing what had that name; a copy where the file system has no hard links.
void publish_as(const fs::path& file, const fs::path& name) {
  const fs::path temporary = temporary_beside(name);
  std::error_code error;
  fs::create_hard_link(file, temporary, error);
  if (error) {
    fs::copy_file(file, temporary);
    sync_path(temporary);
  }
  publish(temporary, name);
}

}  // namespace

void CheckpointWriter::save(Checkpoint checkpoint, bool best) {
  wait();
  if (!async_) return write(checkpoint, best);
  pending_ =
      std::async(std::launch::async, [this, held = std::move(checkpoint), best] { write(held, best); });
}

void CheckpointWriter::wait() {
  if (pending_.valid()) pending_.get();
}

void CheckpointWriter::write(const Checkpoint& checkpoint, bool best) const {
  try {
    const Stopwatch clock;
    fs::create_directories(folder_);
    const std::int64_t epoch = checkpoint.epochs.empty() ? 0 : checkpoint.epochs.back().epoch;
    const std::uint64_t bytes = write_checkpoint(folder_ / "last.h5", checkpoint);
    observer_.on_checkpoint({folder_ / "last.h5", "last", epoch, clock.seconds(), bytes});
    if (best) {
      publish_as(folder_ / "last.h5", folder_ / "best.h5");
      observer_.on_checkpoint({folder_ / "best.h5", "best", epoch, clock.seconds(), bytes});
    }
  } catch (const std::exception& error) {
    observer_.on_problem(
        cat("the checkpoint of this moment could not be written, older ones are untouched: ", error.what()));
  }
}

}  // namespace scaffold

#include "job/checkpoint_writer.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// With the system's reason where it fails, as a full disk.
void copy_contents(const fs::path& from, const fs::path& to) {
  const FileDescriptor in = open_read(from);
  const FileDescriptor out(::open(to.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!out) throw_errno("create", to.string());
  std::vector<char> piece(std::size_t{4} << 20);
  for (ssize_t got = 0; (got = ::read(in.get(), piece.data(), piece.size())) != 0;) {
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("read", from.string());
    for (ssize_t done = 0; done < got;) {
      const ssize_t n = ::write(out.get(), piece.data() + done, static_cast<std::size_t>(got - done));
      if (n < 0 && errno != EINTR) throw_errno("write", to.string());
      if (n > 0) done += n;
    }
  }
}

/// A copy of its own, not a second name: what damages last.h5 must leave best.h5 to fall back on.
void publish_copy(const fs::path& file, const fs::path& name) {
  const fs::path temporary = temporary_beside(name);
  try {
    copy_contents(file, temporary);
    sync_path(temporary);
    publish(temporary, name);
  } catch (...) {
    std::error_code ignored;
    fs::remove(temporary, ignored);
    throw;
  }
}

}  // namespace

void CheckpointWriter::save(Checkpoint checkpoint, bool epoch_end) {
  wait();
  bool best = false;
  if (epoch_end && !checkpoint.epochs.empty()) {
    const EpochRecord& last = checkpoint.epochs.back();
    best = !best_score_ || last.score_info().better(last.score(), *best_score_);
  }
  checkpoint.state.best_saved_score = best ? checkpoint.epochs.back().score() : best_score_.value_or(-1);
  if (!async_) return write(checkpoint, best);
  pending_ =
      std::async(std::launch::async, [this, held = std::move(checkpoint), best] { write(held, best); });
}

void CheckpointWriter::resume() {
  const fs::path best = folder_ / "best.h5";
  std::error_code ignored;
  try {
    best_score_ = fs::exists(best, ignored) ? last_score(best) : std::nullopt;
  } catch (const DataError&) {
    best_score_.reset();  // damaged: the next epoch that is saved takes its place
  }
}

void CheckpointWriter::save_final(const Checkpoint& checkpoint) {
  wait();
  try {
    const Stopwatch clock;
    fs::create_directories(folder_);
    const fs::path file = folder_ / "final.h5";
    const std::uint64_t bytes = write_checkpoint(file, checkpoint);
    observer_.on_checkpoint(
        {file, "final", checkpoint.state.epoch - 1, checkpoint.state.total_steps, clock.seconds(), bytes});
  } catch (const std::exception& error) {
    observer_.on_problem(cat(
        "the network that converged could not be kept, so its result cannot be verified: ", error.what()));
  }
}

bool CheckpointWriter::wait() {
  if (pending_.valid()) pending_.get();
  return last_written_;
}

void CheckpointWriter::write(const Checkpoint& checkpoint, bool best) {
  last_written_ = false;
  try {
    const Stopwatch clock;
    fs::create_directories(folder_);
    const std::int64_t epoch = checkpoint.epochs.empty() ? 0 : checkpoint.epochs.back().epoch;
    const std::uint64_t bytes = write_checkpoint(folder_ / "last.h5", checkpoint);
    observer_.on_checkpoint(
        {folder_ / "last.h5", "last", epoch, checkpoint.state.total_steps, clock.seconds(), bytes});
    last_written_ = true;
    if (best) keep_best(checkpoint, epoch, bytes);
  } catch (const std::exception& error) {
    observer_.on_problem(
        cat("the checkpoint of this moment could not be written, older ones are untouched: ", error.what()));
  }
}

void CheckpointWriter::keep_best(const Checkpoint& checkpoint, std::int64_t epoch, std::uint64_t bytes) {
  try {
    const Stopwatch clock;
    publish_copy(folder_ / "last.h5", folder_ / "best.h5");
    best_score_ = checkpoint.state.best_saved_score;
    observer_.on_checkpoint(
        {folder_ / "best.h5", "best", epoch, checkpoint.state.total_steps, clock.seconds(), bytes});
  } catch (const std::exception& error) {
    observer_.on_problem(
        cat("last.h5 of this moment is written, but not its copy best.h5, which stays as it was: ",
            error.what()));
  }
}

}  // namespace scaffold

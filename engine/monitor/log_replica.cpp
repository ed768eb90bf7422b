#include "monitor/log_replica.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/log_tail.hpp"

namespace scaffold::monitor {

LogReplica::LogReplica(fs::path folder) : folder_(std::move(folder)) {
  const fs::path path = folder_ / "events.jsonl";
  log_ = FileDescriptor(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  if (!log_) throw_errno("create", path.string());
}

void LogReplica::begin(std::uint64_t log_id, std::uint64_t offset, const std::string& config) {
  if (offset == 0 || offset != size_) {
    if (::ftruncate(log_.get(), 0) != 0) throw_errno("truncate", (folder_ / "events.jsonl").string());
    size_ = 0;
  }
  id_ = log_id;
  if (!config.empty()) write_atomic(folder_ / "config.yaml", config);
}

bool LogReplica::append(std::uint64_t offset, std::string_view bytes) {
  if (offset != size_) return false;
  if (size_ + bytes.size() > max_bytes)
    throw DataError(cat("the run's log is longer than ", human_bytes(static_cast<double>(max_bytes))));
  // The run had no line when it was asked for its log, so that it could not say which one this is.
  if (id_ == 0 && offset == 0) id_ = log_id(bytes);
  while (!bytes.empty()) {
    const ssize_t n = ::pwrite(log_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) throw_errno("write", (folder_ / "events.jsonl").string());
    size_ += static_cast<std::uint64_t>(n);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace scaffold::monitor

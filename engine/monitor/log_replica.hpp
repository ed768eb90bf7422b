// A run's log as a watcher has it: a copy that grows.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "core/files.hpp"

namespace scaffold::monitor {

class LogReplica {
 public:
  /// `folder` must be there; what it has of a log is begun anew.
  explicit LogReplica(fs::path folder);
  /// The log that is sent from now on. From 0 on: what was there is dropped.
  void begin(std::uint64_t log_id, std::uint64_t offset, const std::string& config);
  /// Bytes at `offset`; false when they do not go on where the copy ends (nothing is written then).
  bool append(std::uint64_t offset, std::string_view bytes);

  std::uint64_t id() const { return id_; }
  std::uint64_t size() const { return size_; }

  static constexpr std::uint64_t max_bytes = std::uint64_t{2} << 30;

 private:
  fs::path folder_;
  FileDescriptor log_;
  std::uint64_t id_ = 0, size_ = 0;
};

}  // namespace scaffold::monitor

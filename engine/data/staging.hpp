// Private to data and what makes datasets: the folder a dataset grows in, ".staging-<hash>-<host>-<pid>", its
// heartbeat, and what becomes of those whose owner died.
#pragma once
#include <atomic>
#include <functional>
#include <string>

#include "core/clock.hpp"
#include "core/files.hpp"

namespace scaffold {

/// The caller holds the lock of this hash. Removed on destruction unless published.
class Staging {
 public:
  Staging(const fs::path& dataset_dir, const std::string& hash);
  ~Staging();
  Staging(const Staging&) = delete;
  Staging& operator=(const Staging&) = delete;

  const fs::path& path() const { return path_; }
  /// Touches the heartbeat file, at most every 5 s. Thread-safe.
  void alive();
  /// Drops the heartbeat and renames to `final`; a folder that is there already is exchanged and removed.
  void publish_as(const fs::path& final);

 private:
  fs::path path_;
  Stopwatch clock_;
  std::atomic<std::int64_t> beats_{0};
};

/// The advisory lock file of a dataset.
fs::path lock_path(const fs::path& dataset_dir, const std::string& hash);

/// Removes staging folders nobody works on: those of a dead process of this host, and any whose heartbeat is
/// a day older than `now` (a file's time, so that the file server's clock is compared with itself), where
/// their lock is free. `held`: the hash whose lock the caller has. What cannot be removed, as another user's
/// in a sticky folder, is named and stays. Returns how many went.
int reclaim_leftovers(const fs::path& dataset_dir, const std::string& held, fs::file_time_type now);

}  // namespace scaffold

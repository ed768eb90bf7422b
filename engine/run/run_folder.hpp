// A run's folder: made once, owned by one process at a time.
#pragma once
#include <optional>
#include <string>

#include "config/config.hpp"
#include "core/files.hpp"
#include "run/artifact.hpp"

namespace scaffold {

class RunFolder {
 public:
  /// <base_run_dir>/<job_name>_<YYYYmmdd-HHMMSS>[-n]/ with the configuration files given, config.yaml,
  /// overrides.yaml and restart.sh (which starts `program` again in today's working folder).
  static RunFolder create(const MergedConfig& config, const std::string& program);
  /// An existing run's; DataError when it is none, or when another process runs in it.
  static RunFolder open(const fs::path& path);

  /// The same without the lock, to read: for other ranks than the one that opened it.
  static RunFolder look(const fs::path& path);

  const fs::path& path() const { return path_; }
  /// config.yaml as it was recorded.
  Config config() const;
  /// The checkpoint folder under the `checkpoint_dir` key; outside the run folder, one of this run's name
  /// below it.
  fs::path checkpoints(const std::string& checkpoint_dir) const;

 private:
  RunFolder(fs::path path, std::optional<FileLock> lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  fs::path path_;
  std::optional<FileLock> lock_;
};

/// An executable script that runs `program command FOLDER [options]` in today's working folder, where FOLDER
/// is the one that the script lies in, wherever that was moved to.
void write_continuation(const fs::path& script, const std::string& says, const std::string& program,
                        const std::string& command);

/// Single-quoted for a POSIX shell.
std::string shell_quoted(const std::string& text);

}  // namespace scaffold

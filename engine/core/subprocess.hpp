// Another program, started without a shell.
//
//   Subprocess sleeper({"sleep", "10"}, {.ends_with_us = SIGTERM});
//   sleeper.signal(SIGTERM);
//   sleeper.wait();  // 143
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"

namespace scaffold {

/// There is no program of this name, or it cannot be run.
struct NoSuchProgram : SystemError {
  explicit NoSuchProgram(const std::string& m) : SystemError(m) {}
};

struct SubprocessOptions {
  int in = -1, out = -1, error = -1;  ///< descriptors of ours that become its streams; -1: /dev/null
  int kept = -1;                      ///< one more that it has, under the same number; -1: none
  bool own_group = false;             ///< a Ctrl-C of the terminal does not reach it
  int ends_with_us = 0;  ///< the signal that it gets when the thread that started it ends; 0: none
};

/// It has no signal blocked, and does not ignore SIGPIPE and SIGUSR1, whatever we do.
class Subprocess {
 public:
  /// argv[0] is looked for on PATH. NoSuchProgram, SystemError.
  explicit Subprocess(const std::vector<std::string>& argv, const SubprocessOptions& options = {});
  /// Ends it where it has not: SIGTERM, and after a second SIGKILL.
  ~Subprocess();
  Subprocess(Subprocess&& other) noexcept;
  Subprocess& operator=(Subprocess&&) = delete;

  pid_t pid() const { return pid_; }
  /// Exit code, or 128 + the signal that ended it; nothing while it runs.
  std::optional<int> poll();
  /// The same, waited for.
  int wait();
  /// To it, or to its group where it has one of its own. Nothing once it has ended.
  void signal(int number, bool group = false);

 private:
  pid_t pid_ = -1;
  std::optional<int> code_;
};

/// Where `name` would be found as execvp finds it; empty when nowhere.
fs::path find_program(const std::string& name);

/// Read and write end, both closed in programs that are started.
std::pair<FileDescriptor, FileDescriptor> make_pipe();

}  // namespace scaffold

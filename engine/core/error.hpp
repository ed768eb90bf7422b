// Errors for people: what happened, in which file or key, and what to do. Each class has one exit code.
#pragma once
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace scaffold {

/// Exit codes of both programs; documented in docs/cli.md.
enum class ExitCode : int {
  ok = 0,
  internal = 1,   ///< anything without a better code
  usage = 2,      ///< command line or configuration
  data = 3,       ///< a missing or bad library, dataset, checkpoint or run folder
  target = 4,     ///< the run ended before it reached its target
  numerical = 5,  ///< a loss or parameter is not finite
};

class Error : public std::runtime_error {
 public:
  explicit Error(const std::string& message, ExitCode code = ExitCode::internal)
      : std::runtime_error(message), code_(code) {}
  ExitCode code() const noexcept { return code_; }

 private:
  ExitCode code_;
};

/// The command line or the configuration is wrong.
struct ConfigError : Error {
  explicit ConfigError(const std::string& m) : Error(m, ExitCode::usage) {}
};

/// A library, dataset, checkpoint or run folder is missing, damaged, foreign or too new.
struct DataError : Error {
  explicit DataError(const std::string& m) : Error(m, ExitCode::data) {}
};

/// A value that must be finite is not.
struct NumericalError : Error {
  explicit NumericalError(const std::string& m) : Error(m, ExitCode::numerical) {}
};

/// Ranks of a job do not agree, or messages between them fail.
struct CommError : Error {
  explicit CommError(const std::string& m) : Error(m, ExitCode::internal) {}
};

/// The operating system refused: disk full, no permission, out of memory.
struct SystemError : Error {
  explicit SystemError(const std::string& m) : Error(m, ExitCode::internal) {}
};

/// Work stopped because a signal asked for it; the exit code is 128 + signal.
class Interrupted : public std::runtime_error {
 public:
  explicit Interrupted(int signal) : std::runtime_error("interrupted"), signal_(signal) {}
  int signal() const noexcept { return signal_; }

 private:
  int signal_;
};

/// What to tell people about an error, and the exit code that goes with it.
std::pair<std::string, int> describe_error(const std::exception_ptr& error);

/// SystemError from errno: "cannot <what> '<path>': <reason>".
[[noreturn]] void throw_errno(std::string_view what, std::string_view path);

}  // namespace scaffold

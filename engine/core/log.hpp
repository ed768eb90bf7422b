// Logging behind a header of ours: spdlog stays in log.cpp, since its fmt clashes with Torch's.
#pragma once
#include <string_view>

namespace scaffold::log {

enum class Level { debug, info, warning, error, off };

/// Messages go to standard error; standard output is left to results.
void set_level(Level level);
/// Nothing is logged while it lives.
class Silence {
 public:
  Silence();
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int before_;
};
void debug(std::string_view message);
void info(std::string_view message);
void warning(std::string_view message);
void error(std::string_view message);
/// Also append every message to this file (the run folder's log). Throws SystemError.
void add_file(std::string_view path);
/// Stop writing to files and flush.
void close_files();

}  // namespace scaffold::log

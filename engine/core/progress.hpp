// Progress of long work: a bar with rate and time left on a terminal, plain lines otherwise.
#pragma once
#include <cstdint>
#include <mutex>
#include <string>

#include "core/clock.hpp"

namespace scaffold {

/// The one terminal line that a bar occupies, so that log lines do not run into it.
struct ProgressLine {
  static void clear();
  static void show(const std::string& line);
};

/// Thread-safe. Shown on standard error; a bar every 0.2 s on a terminal, else a line every 30 s.
class Progress {
 public:
  Progress(std::string label, std::uint64_t total, std::string unit);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Adds done items; note is appended ("loss 0.31").
  void advance(std::uint64_t items = 1, const std::string& note = {});

 private:
  void draw(bool final);
  std::mutex mutex_;
  std::string label_, unit_, note_;
  std::uint64_t total_, done_ = 0;
  Stopwatch clock_;
  double last_ = 0;
  bool terminal_;
};

}  // namespace scaffold

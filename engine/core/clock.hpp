// Time is measured on the steady clock; the wall clock only names things.
#pragma once
#include <chrono>
#include <string>

namespace scaffold {

/// Seconds since construction or the last restart().
class Stopwatch {
 public:
  double seconds() const { return std::chrono::duration<double>(clock::now() - start_).count(); }
  void restart() { start_ = clock::now(); }

 private:
  using clock = std::chrono::steady_clock;
  clock::time_point start_ = clock::now();
};

/// Local time as YYYYmmdd-HHMMSS, for folder names.
std::string timestamp_name();
/// UTC as 2026-11-21T10:20:30Z, for records.
std::string timestamp_utc();

}  // namespace scaffold

// What a run's curves are drawn over: epochs, seconds of training, optimizer steps, or the clock.
//
//   const AlongRun seconds(run, RunAxis::seconds);
//   seconds(2.5);   // seconds that had been trained for in the middle of the third epoch
#pragma once
#include <vector>

#include "monitor/run_source.hpp"

namespace scaffold::viewer {

enum class RunAxis { epochs, seconds, steps, clock };
inline constexpr const char* run_axis_names[] = {"epochs", "seconds", "steps", "clock"};
/// "seconds of training"
const char* title(RunAxis axis);

/// From epochs since the start of a run (2.5: the middle of the third) to what the axis counts.
class AlongRun {
 public:
  /// `origin`: seconds since 1970 that are 0 on the clock's axis.
  AlongRun(const RunData& run, RunAxis axis, double origin = 0);
  /// Between what is known in proportion, beyond it at the last pace; NaN where nothing is known.
  double operator()(double epoch) const;

 private:
  struct Knot {
    double epoch, value;
  };
  void add(double epoch, double value);
  void add_seconds(const RunData& run);
  void add_clock(const RunData& run, double origin);

  bool as_it_is_;
  std::vector<Knot> knots_;  ///< ascending by epoch
};

/// Seconds since 1970 when the run's first epoch began, as far as it is known; else 0.
double began(const RunData& run);

}  // namespace scaffold::viewer

#include "train/schedule.hpp"

#include <cmath>
#include <numbers>

namespace scaffold {

double Schedule::rate(std::int64_t epoch) const {
  if (disabled) return starting;
  std::int64_t done = epoch - 1, cycle = T_0;
  if (T_mult == 1) done %= T_0;
  while (done >= cycle) {
    done -= cycle;
    cycle *= T_mult;
  }
  const double phase = std::numbers::pi * static_cast<double>(done) / static_cast<double>(cycle);
  return minimum + (starting - minimum) * (1 + std::cos(phase)) / 2;
}

}  // namespace scaffold

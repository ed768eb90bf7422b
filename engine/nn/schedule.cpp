#include "nn/schedule.hpp"

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

BatchScaling BatchScaling::of(const std::string& rule, std::int64_t global_batch, std::int64_t base_batch,
                              std::int64_t warmup_steps) {
  const double ratio = static_cast<double>(global_batch) / static_cast<double>(base_batch);
  return {rule == "linear" ? ratio : rule == "sqrt" ? std::sqrt(ratio) : 1.0, warmup_steps};
}

double BatchScaling::apply(double rate, std::int64_t step) const {
  if (step < warmup_steps) rate *= static_cast<double>(step) / static_cast<double>(warmup_steps);
  return rate * factor;
}

}  // namespace scaffold

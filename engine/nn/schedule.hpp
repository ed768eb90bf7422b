// Learning rate by epoch: cosine annealing with warm restarts, stepped once an epoch.
// Source: Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017,
// equation 5.
#pragma once
#include <cstdint>
#include <string>

namespace scaffold {

struct Schedule {
  double starting = 1e-3, minimum = 1e-4;
  std::int64_t T_0 = 10, T_mult = 2;  ///< epochs in the first cycle; growth factor of the cycles
  bool disabled = false;              ///< then always `starting`

  /// Rate in force during an epoch, 1-based: epoch 1 has the starting rate.
  double rate(std::int64_t epoch) const;
};

/// What large batches add to it. Linear scaling and gradual warm-up: Goyal et al., "Accurate, large minibatch
/// SGD", arXiv:1706.02677; square-root scaling: You et al., arXiv:1904.00962.
struct BatchScaling {
  double factor = 1;  ///< of every rate
  std::int64_t warmup_steps =
      0;  ///< the first steps' rates rise linearly: step n has n / warmup_steps of its rate

  /// `rule`: "none", "linear" or "sqrt".
  static BatchScaling of(const std::string& rule, std::int64_t global_batch, std::int64_t base_batch,
                         std::int64_t warmup_steps);
  /// Rate of an optimizer step, 1-based over the whole run, whose schedule says `rate`.
  double apply(double rate, std::int64_t step) const;
};

}  // namespace scaffold

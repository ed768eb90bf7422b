// Learning rate by epoch: cosine annealing with warm restarts, stepped once an epoch.
// Source: Loshchilov and Hutter, "SGDR: Stochastic gradient descent with warm restarts", ICLR 2017,
// equation 5.
#pragma once
#include <cstdint>

namespace scaffold {

struct Schedule {
  double starting = 1e-3, minimum = 1e-4;
  std::int64_t T_0 = 10, T_mult = 2;  ///< epochs in the first cycle; growth factor of the cycles
  bool disabled = false;              ///< then always `starting`

  /// Rate in force during an epoch, 1-based: epoch 1 has the starting rate.
  double rate(std::int64_t epoch) const;
};

}  // namespace scaffold

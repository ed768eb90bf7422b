// A whole training step for `scaffold bench step`: with the fused kernels and by plain operators, in turns.
#pragma once
#include <c10/core/Device.h>

#include <functional>

#include "bench/harness.hpp"
#include "fractal_unet/network/unet.hpp"

namespace scaffold {

struct StepBenchOptions {
  UNetOptions network;
  std::int64_t edge = 32, batch = 1;
  at::Device device = at::kCPU;
  int threads = 1;
  bool validation = true;  ///< also a pass over a validation volume
  bench::Limits limits = {};
};

/// Steps of Adam on random volumes by plain operators and with the fused kernels: the whole step, then, on a
/// CPU, its parts.
bench::Report bench_step(const StepBenchOptions& options);

/// One training step a call, on one network and one random batch. The volume's mask is what it learns.
std::function<void()> training_step_body(const StepBenchOptions& options);

}  // namespace scaffold

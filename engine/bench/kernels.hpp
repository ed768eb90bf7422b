// The kernels of a training step for `scaffold bench kernels`: plain operators first, then whatever of ours
// does the same.
#pragma once
#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/harness.hpp"
#include "bench/kernel.hpp"

namespace scaffold {

struct KernelCase {
  std::string name;
  bench::Work work;          ///< bytes: the least that must cross the memory bus, each tensor once
  at::ScalarType precision;  ///< whose matrix-multiply peak the operations are a share of
  /// Allocates the tensors, which live as long as the bodies. The first alternative is the plain one.
  std::function<std::vector<bench::Alternative>()> make;
};

struct KernelBenchOptions {
  std::int64_t edge = 32, width = 64;  ///< of the largest tensors [1, width, edge, edge, edge]
  int levels = 1;                      ///< of the network: each has half the edge and twice the width
  std::string only;                    ///< cases whose name holds this; empty: all
  int threads = 1;
  at::Device device = at::kCPU;
  bench::Limits limits = {};
  /// What else is measured, on tensors of the first level: a loss, say.
  std::function<std::vector<bench::Kernel>(const bench::Volume&)> more = nullptr;
};

std::vector<KernelCase> kernel_cases(const KernelBenchOptions& options);
/// ConfigError naming the kernels there are when `only` fits none.
bench::Report bench_kernels(const KernelBenchOptions& options);

/// A roof: FLOP/s of at::mm of square matrices, large enough to reach the peak, on at::get_num_threads()
/// threads; the best of three.
bench::Roof matmul_roof(at::ScalarType type, const at::Device& device = at::kCPU);
/// A roof: bytes/s of a copy within the device's memory, read and written bytes both counted.
bench::Roof copy_roof(int threads, const at::Device& device);

}  // namespace scaffold

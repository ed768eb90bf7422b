// What device kernels compute from given tensors, for the tests that compare them.
#pragma once
#include <ATen/ATen.h>

#include <limits>
#include "catch.hpp"

#include "cuda/device_table.hpp"
#include "fractal_unet/fractal/chains.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "fractal_unet/network/device_fractals.hpp"
#include "fractal_unet/network/device_voxels.hpp"

namespace scaffold::device_results {

inline at::Tensor channels_last(const at::Tensor& x) {
  return x.contiguous(at::MemoryFormat::ChannelsLast3d);
}

/// The GPU's kernels, run by the CPU.
template <bool backwards>
fused::DeviceKernels table() {
  fused::DeviceKernels kernels{};
  gpu::fill_norm<gpu::Cpu<backwards>>(kernels);
  gpu::fill_loss<gpu::Cpu<backwards>>(kernels);
  gpu::fill_volumes<gpu::Cpu<backwards>>(kernels);
  return kernels;
}

/// Everything that a table computes from some tensors.
inline std::vector<at::Tensor> all_results(const fused::DeviceKernels& k, const at::Tensor& x,
                                           const at::Tensor& grad, const at::Tensor& mask,
                                           const at::Tensor& weight, std::int64_t groups) {
  const std::int64_t c = x.size(1);
  const at::Tensor statistics = k.norm_statistics(x, groups);
  const at::Tensor constants =
      k.norm_constants(statistics, static_cast<double>(c / groups), weight, at::ones_like(weight));
  const fused::DeviceNormSums sums = k.norm_gradient_sums(x, grad, c, constants, weight, groups);
  const auto size = static_cast<double>(gpu::voxels(x) * (c / groups));
  const auto gradients = k.norm_gradient(x, grad, c, constants, sums, size, at::empty_like(x));
  const at::Tensor of_sums = k.softmax_sums(x, mask, weight.abs());
  return {statistics,
          constants,
          k.norm_apply(x, constants),
          gradients.x,
          gradients.weight,
          gradients.bias,
          of_sums,
          k.softmax_gradient(x, mask, weight.abs(), of_sums),
          k.confusion(x, mask),
          k.pool(x, c),
          k.pool_gradient(x, c, k.pool(x, c), grad, c),
          k.expand(mask, weight.view({c, 1}).expand({c, 3}).contiguous())};
}

/// Chains of all kinds: most stay, some run away, some end in numbers that are none.
inline std::vector<CloudTask> chains(int count) {
  std::vector<CloudTask> tasks;
  for (int i = 0; i < count; ++i) {
    CloudTask task{{}, 77, fractal_purpose::instance_cloud, static_cast<std::uint32_t>(i), 5};
    Stream stream(9, fractal_purpose::category_coefficients, static_cast<std::uint32_t>(i));
    const double size = i % 7 == 3 ? 8 : 1.1;
    for (AffineMap& map : task.ifs)
      for (int c = 0; c < 12; ++c) coefficient(map, c) = (2 * stream.uniform() - 1) * (c < 9 ? size / 2 : 1);
    set_probabilities(task.ifs);
    if (i % 11 == 5) task.ifs[1].translation[1] = std::numeric_limits<double>::quiet_NaN();
    tasks.push_back(task);
  }
  return tasks;
}

/// The same states and, where a chain is sound, the same voxels as the scalar code's.
inline void check_fractals(const DeviceFractals& found, const std::vector<CloudTask>& tasks,
                           std::uint64_t points, std::int64_t edge) {
  REQUIRE(found.states.size() == tasks.size());
  for (std::size_t i = 0; i < tasks.size(); ++i) {
    CAPTURE(i, points, edge);
    const CloudResult expected = generate_cloud_scalar(tasks[i], points);
    CHECK(static_cast<int>(found.states[i]) == static_cast<int>(expected.state));
    const auto voxels = voxels_of_bitmap(found.bitmaps[static_cast<std::int64_t>(i)]);
    if (expected.state == CloudState::ok)
      CHECK(voxels == occupied_voxels(expected.cloud, edge));
    else
      CHECK(voxels.empty());
  }
}

}  // namespace scaffold::device_results

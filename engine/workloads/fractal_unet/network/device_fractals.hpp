// Fractals made on a GPU: points and the voxels that they occupy, bit for bit those of the CPU.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace scaffold {

/// One chain, as CloudTask of fractal_unet/fractal/cloud.hpp: map 0 where a word of the stream is below the
/// threshold (fractal_unet/fractal/chains.hpp: choice_threshold).
struct FractalJob {
  double coefficient[2][12];  ///< matrix row-major, then translation
  std::uint64_t threshold, seed;
  std::uint32_t purpose, a, b;
};

/// As CloudState of fractal_unet/fractal/cloud.hpp.
enum class FractalState : int { ok, runaway, not_finite };

struct DeviceFractals {
  at::Tensor
      bitmaps;  ///< [jobs, edge³ / 32, rounded up] int32 in host memory: voxel v is bit v % 32 of word v / 32
  std::vector<FractalState> states;  ///< of bitmaps that are not ok nothing is marked
};

/// This workload's table in the CUDA plug-in.
struct FractalKernels {
  static constexpr std::string_view name = "fractals";
  DeviceFractals (*make)(const at::Device& device, std::span<const FractalJob> jobs, std::int64_t points,
                         std::int64_t edge);
};

/// Ascending linear voxel indices of one bitmap.
std::vector<std::uint64_t> voxels_of_bitmap(const at::Tensor& bitmap);

/// On a CUDA device, which select_device has chosen. Device memory: 12 bytes a point and job, and a bit a
/// voxel and job. SystemError.
DeviceFractals fractals_on_device(const at::Device& device, std::span<const FractalJob> jobs,
                                  std::int64_t points, std::int64_t edge);

}  // namespace scaffold

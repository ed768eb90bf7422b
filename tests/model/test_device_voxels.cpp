// Datasets made by the GPU's code, which the CPU runs here.
#include <ATen/ATen.h>

#include "catch.hpp"
#include "device_results.hpp"
#include "fractal_unet/cuda/fractal_device.hpp"
#include "small.hpp"

using namespace scaffold;

namespace {

DeviceFractals by_device_code(std::span<const FractalJob> jobs, std::int64_t points, std::int64_t edge) {
  return gpu::fractals<gpu::Cpu<true>>(at::kCPU, jobs, points, edge);
}

/// File names and contents but for the time of making.
std::map<std::string, std::string> made(const fs::path& dir, const VoxelMaker& voxels) {
  GenerationLimits how;
  how.voxels = voxels;
  return testing::contents(
      ensure_dataset(testing::small_spec(dir), testing::small_library(3), 2, false, how).folder);
}

}  // namespace

TEST_CASE("device kernels: a dataset is the CPU's, byte for byte, also a few instances at a time") {
  const TemporaryFolder folder;
  const auto expected = made(folder / "cpu", nullptr);
  CHECK(expected.size() > 2);
  std::atomic<std::size_t> jobs_made = 0;
  const FractalMaker counted = [&](auto jobs, auto points, auto edge) {
    jobs_made += jobs.size();
    return by_device_code(jobs, points, edge);
  };
  CHECK(made(folder / "device", voxels_by(counted)) == expected);
  CHECK(jobs_made > 0);
  CHECK(made(folder / "few", voxels_by(counted, 1)) == expected);
}

TEST_CASE("device kernels: what a device cannot make the CPU makes, and a device that is wrong is not used") {
  const TemporaryFolder folder;
  const auto expected = made(folder / "cpu", nullptr);
  const FractalMaker some = [](auto jobs, auto points, auto edge) {
    DeviceFractals found = by_device_code(jobs, points, edge);
    for (std::size_t i = 0; i < found.states.size(); i += 2) found.states[i] = FractalState::runaway;
    return found;
  };
  CHECK(made(folder / "some", voxels_by(some)) == expected);
  const FractalMaker wrong = [](auto jobs, auto points, auto edge) {
    DeviceFractals found = by_device_code(jobs, points, edge);
    found.bitmaps.bitwise_not_();
    return found;
  };
  CHECK(made(folder / "wrong", voxels_by(wrong)) == expected);
}

#include "fractal_unet/network/device_voxels.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "core/log.hpp"
#include "fractal_unet/dataset/spec.hpp"
#include "fractal_unet/fractal/chains.hpp"
#include "fractal_unet/fractal/voxelize.hpp"

namespace scaffold {
namespace {

using VoxelList = std::vector<std::uint64_t>;

class DeviceVoxels {
 public:
  DeviceVoxels(FractalMaker make, std::uint64_t max_bytes) : make_(std::move(make)), max_bytes_(max_bytes) {}

  std::vector<std::optional<VoxelList>> operator()(std::span<const InstanceRequest> requests,
                                                   const DatasetSpec& spec) {
    std::vector<std::optional<VoxelList>> lists(requests.size());
    const auto points = static_cast<std::int64_t>(cloud_points(spec.problem_scale));
    const std::int64_t edge = spec.edge();
    const auto each = static_cast<std::uint64_t>(12 * points + edge * edge * edge / 8 + 1);
    const auto at_once = static_cast<std::size_t>(std::clamp<std::uint64_t>(max_bytes_ / each, 1, 4096));
    for (std::size_t begin = 0; begin < requests.size(); begin += at_once) {
      const auto part = requests.subspan(begin, std::min(at_once, requests.size() - begin));
      const std::optional<DeviceFractals> made = make(part, spec, points);
      if (!made) return std::vector<std::optional<VoxelList>>(requests.size());
      for (std::size_t i = 0; i < part.size(); ++i)
        if (made->states[i] == FractalState::ok)
          lists[begin + i] = voxels_of_bitmap(made->bitmaps[static_cast<std::int64_t>(i)]);
    }
    return lists;
  }

 private:
  /// The device takes one thread's fractals at a time. Nothing when it makes others than the CPU does, which
  /// the first of them tell.
  std::optional<DeviceFractals> make(std::span<const InstanceRequest> requests, const DatasetSpec& spec,
                                     std::int64_t points) {
    const std::lock_guard lock(mutex_);
    if (differs_) return std::nullopt;
    std::vector<FractalJob> jobs;
    for (const InstanceRequest& request : requests) jobs.push_back(job_of(instance_task(request, spec.seed)));
    DeviceFractals made = make_(jobs, points, spec.edge());
    if (!compared_) compare(requests, made, spec);
    if (differs_) return std::nullopt;
    return made;
  }

  void compare(std::span<const InstanceRequest> requests, const DeviceFractals& made,
               const DatasetSpec& spec) {
    const auto first = std::ranges::find(made.states, FractalState::ok);
    if (first == made.states.end()) return;
    const auto i = first - made.states.begin();
    const InstanceRequest& request = requests[static_cast<std::size_t>(i)];
    const auto expected = generate_instances({&request, 1}, spec.seed, cloud_points(spec.problem_scale));
    compared_ = true;
    differs_ = expected.front().deviation != 1 ||
               occupied_voxels(expected.front().cloud, spec.edge()) != voxels_of_bitmap(made.bitmaps[i]);
    if (differs_)
      log::warning(
          "the GPU makes other fractals than the CPU: the dataset is made by the CPU (please report this "
          "GPU)");
  }

  FractalMaker make_;
  std::uint64_t max_bytes_;
  std::mutex mutex_;
  bool compared_ = false, differs_ = false;
};

}  // namespace

FractalJob job_of(const CloudTask& task) {
  FractalJob job{};
  for (int map = 0; map < 2; ++map)
    for (int c = 0; c < 12; ++c) job.coefficient[map][c] = coefficient(task.ifs[map], c);
  job.threshold = choice_threshold(task.ifs[0].probability);
  job.seed = task.seed;
  job.purpose = static_cast<std::uint32_t>(task.purpose);
  job.a = task.a;
  job.b = task.b;
  return job;
}

VoxelMaker voxels_by(FractalMaker make, std::uint64_t max_bytes) {
  const auto maker = std::make_shared<DeviceVoxels>(std::move(make), max_bytes);
  return [maker](std::span<const InstanceRequest> requests, const DatasetSpec& spec) {
    return (*maker)(requests, spec);
  };
}

VoxelMaker device_voxels(const at::Device& device) {
  if (device.is_cpu()) return nullptr;
  return voxels_by([device](std::span<const FractalJob> jobs, std::int64_t points, std::int64_t edge) {
    return fractals_on_device(device, jobs, points, edge);
  });
}

}  // namespace scaffold

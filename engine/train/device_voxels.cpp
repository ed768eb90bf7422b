#include "train/device_voxels.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <memory>
#include <mutex>

#include "core/log.hpp"
#include "dataset/spec.hpp"
#include "fractal/chains.hpp"
#include "fractal/voxelize.hpp"

namespace scaffold {
namespace {

using VoxelList = std::vector<std::uint64_t>;

class DeviceVoxels {
 public:
  DeviceVoxels(FractalMaker make, std::uint64_t most_bytes)
      : make_(std::move(make)), most_bytes_(most_bytes) {}

  std::vector<std::optional<VoxelList>> operator()(std::span<const InstanceRequest> requests,
                                                   const DatasetSpec& spec) {
    const std::lock_guard lock(mutex_);
    std::vector<std::optional<VoxelList>> lists(requests.size());
    const auto points = static_cast<std::int64_t>(cloud_points(spec.problem_scale));
    const std::int64_t edge = spec.edge();
    const auto each = static_cast<std::uint64_t>(12 * points + edge * edge * edge / 8 + 1);
    const auto at_once = static_cast<std::size_t>(std::clamp<std::uint64_t>(most_bytes_ / each, 1, 4096));
    for (std::size_t begin = 0; begin < requests.size() && !differs_; begin += at_once) {
      const auto part = requests.subspan(begin, std::min(at_once, requests.size() - begin));
      std::vector<FractalJob> jobs;
      for (const InstanceRequest& request : part) jobs.push_back(job_of(instance_task(request, spec.seed)));
      const DeviceFractals made = make_(jobs, points, edge);
      for (std::size_t i = 0; i < part.size(); ++i)
        if (made.states[i] == FractalState::ok)
          lists[begin + i] = voxels_of_bitmap(made.bitmaps[static_cast<std::int64_t>(i)]);
      if (!compared_) compare(part, std::span(lists).subspan(begin, part.size()), spec);
    }
    if (differs_) return std::vector<std::optional<VoxelList>>(requests.size());
    return lists;
  }

 private:
  void compare(std::span<const InstanceRequest> requests, std::span<const std::optional<VoxelList>> lists,
               const DatasetSpec& spec) {
    const auto first = std::ranges::find_if(lists, [](const auto& list) { return list.has_value(); });
    if (first == lists.end()) return;
    const InstanceRequest& request = requests[static_cast<std::size_t>(first - lists.begin())];
    const auto expected = generate_instances({&request, 1}, spec.seed, cloud_points(spec.problem_scale));
    compared_ = true;
    differs_ = expected.front().deviation != 1 ||
               occupied_voxels(expected.front().cloud, spec.edge()) != first->value();
    if (differs_)
      log::warning(
          "the GPU makes other fractals than the CPU: the dataset is made by the CPU (please report this "
          "GPU)");
  }

  FractalMaker make_;
  std::uint64_t most_bytes_;
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

VoxelMaker voxels_by(FractalMaker make, std::uint64_t most_bytes) {
  const auto maker = std::make_shared<DeviceVoxels>(std::move(make), most_bytes);
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

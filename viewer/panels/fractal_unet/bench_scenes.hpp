// What frame times are measured with: fractals made in memory.
#pragma once
#include <functional>
#include <memory>

#include "scene/label_volume.hpp"
#include "scene/view.hpp"

namespace scaffold::viewer {

/// The first three accepted categories of seed 42 at this size, as in a dataset's volume.
std::shared_ptr<const LabelVolume> bench_volume(std::int64_t edge);
/// The gallery's large view of a category: with each update a map's number moves, and the cloud is tested and
/// made again.
std::function<View&(int update)> bench_cloud(std::uint64_t points);

}  // namespace scaffold::viewer

#include "sources/fractal_unet/cloud_thumbnails.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "sources/fractal_unet/library_source.hpp"

namespace scaffold::viewer {
namespace {

std::uint64_t points_of(const ThumbnailRequest& request) { return std::min(request.points, max_tile_points); }

}  // namespace

ThumbnailRequest task_thumbnail(const CloudTask& task, std::uint64_t points) {
  ThumbnailRequest request;
  request.points = points;
  request.draw = [task](const ThumbnailRequest& as) {
    TracedCloud traced;
    trace_cloud(task, points_of(as), traced);
    DrawnThumbnail drawn;
    if (traced.state != CloudState::ok) {
      drawn.problem = traced.state == CloudState::runaway ? "runaway" : "not finite";
      traced.cloud = {};
    }
    drawn.picture = cloud_thumbnail(traced.cloud, as.edge, as.style);
    return drawn;
  };
  return request;
}

ThumbnailRequest instance_thumbnail(const InstanceRequest& instance, std::uint64_t seed,
                                    std::uint64_t points) {
  ThumbnailRequest request;
  request.points = points;
  request.draw = [instance, seed](const ThumbnailRequest& as) {
    const auto made = generate_instances({&instance, 1}, seed, points_of(as));
    DrawnThumbnail drawn;
    if (const double kept = made.front().deviation; kept < 1)
      drawn.note = cat("kept ", fixed(100 * kept, 0), " %");
    drawn.picture = cloud_thumbnail(made.front().cloud, as.edge, as.style);
    return drawn;
  };
  return request;
}

}  // namespace scaffold::viewer

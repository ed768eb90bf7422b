// Small pictures of a category's clouds, as ThumbnailMaker makes them.
#pragma once
#include "fractal_unet/fractal/instance.hpp"
#include "sources/thumbnail_maker.hpp"

namespace scaffold::viewer {

/// A tile's pixels are settled by then: of more points no more are drawn.
inline constexpr std::uint64_t max_tile_points = 200'000;

/// The caller sets key, version, edge and style.
ThumbnailRequest task_thumbnail(const CloudTask& task, std::uint64_t points);
/// Its stream is made of seed, category and instance. The note says where its factor's deviation was not
/// kept.
ThumbnailRequest instance_thumbnail(const InstanceRequest& instance, std::uint64_t seed,
                                    std::uint64_t points);

}  // namespace scaffold::viewer

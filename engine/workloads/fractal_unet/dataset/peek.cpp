#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/reader.hpp"

namespace scaffold {
namespace {

/// Where a voxel is: its chunk's number, and its place within it.
struct Place {
  std::size_t chunk = 0;
  std::uint64_t voxel = 0;
};

Place place_of(const DatasetIndex& index, const Extent3& voxel) {
  const Extent3 grid = index.chunk_grid(), chunk = index.chunk;
  std::int64_t number = 0, within = 0;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    number = number * grid[axis] + voxel[axis] / chunk[axis];
    within = within * chunk[axis] + voxel[axis] % chunk[axis];
  }
  return {static_cast<std::size_t>(number), static_cast<std::uint64_t>(within)};
}

}  // namespace

void DatasetReader::peek_mask(std::int64_t volume, const Block& box, std::uint8_t* mask) const {
  check_box(volume, box);
  const auto& entry = index_.volumes[static_cast<std::size_t>(volume)];
  const fs::path path = folder_ / entry.file;
  const FileDescriptor fd = open_read(path);
  const Extent3 chunk = index_.chunk, &begin = box.begin, &size = box.size;
  // Rows that follow each other in the chunk are read at once: whole planes, where the box is as wide as it.
  const bool wide = size[2] == chunk[2] && begin[2] % chunk[2] == 0;
  for (std::int64_t d = 0; d < size[0]; ++d)
    for (std::int64_t h = 0; h < size[1];) {
      const std::int64_t rows = wide ? std::min(chunk[1] - (begin[1] + h) % chunk[1], size[1] - h) : 1;
      for (std::int64_t w = 0; w < size[2];) {
        const Extent3 voxel{begin[0] + d, begin[1] + h, begin[2] + w};
        const std::int64_t length = std::min(chunk[2] - voxel[2] % chunk[2], size[2] - w);
        const Place place = place_of(index_, voxel);
        pread_exact(fd.get(), mask + (d * size[1] + h) * size[2] + w, static_cast<std::size_t>(rows * length),
                    entry.mask_offset[place.chunk] + place.voxel, path);
        w += length;
      }
      h += rows;
    }
  if (*std::max_element(mask, mask + box.voxels()) > index_.spec.n_categories)
    throw DataError(cat("'", path.string(), "' is damaged: a mask value is no class"));
}

std::array<float, 3> DatasetReader::peek_image(std::int64_t volume, const Extent3& voxel) const {
  std::array<float, 3> channels{};
  if (index_.spec.compact()) {
    std::uint8_t label = 0;
    peek_mask(volume, {voxel, {1, 1, 1}}, &label);
    return index_.palette[label];
  }
  check_box(volume, {voxel, {1, 1, 1}});
  const auto& entry = index_.volumes[static_cast<std::size_t>(volume)];
  const fs::path path = folder_ / entry.file;
  const FileDescriptor fd = open_read(path);
  const Place place = place_of(index_, voxel);
  const std::uint64_t plane = index_.mask_chunk_bytes();  // voxels of a chunk
  for (std::size_t c = 0; c < 3; ++c)
    pread_exact(fd.get(), &channels[c], sizeof(float),
                entry.image_offset[place.chunk] + (c * plane + place.voxel) * sizeof(float), path);
  return channels;
}

}  // namespace scaffold

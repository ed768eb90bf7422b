#include "fractal_unet/dataset/volume.hpp"

#include <algorithm>
#include <cstring>

#include "core/text.hpp"
#include "storage/checksum.hpp"
#include "storage/h5.hpp"

namespace scaffold {

namespace {

constexpr std::size_t slab_voxels = std::size_t{1} << 20;  // 4 MiB of float32

Block chunk_block(const DatasetIndex& index, const ChunkAddress& chunk) {
  const std::size_t axis = chunk.begin.size() - 3;  // an image has a channel axis before D, H, W
  return {{chunk.begin[axis], chunk.begin[axis + 1], chunk.begin[axis + 2]}, index.chunk};
}

void describe(H5Writer& file, const DatasetIndex& index, std::size_t volume) {
  const auto& spec = index.spec;
  std::vector<std::int32_t> categories, instances;
  for (const auto& fractal : index.plan.volumes[volume]) {
    categories.push_back(fractal.category);
    instances.push_back(fractal.instance);
  }
  const auto fractals = static_cast<std::int64_t>(categories.size());
  const Dims palette_dims = {static_cast<std::int64_t>(index.palette.size()), 3};
  file.attribute("/", "format", spec.format);
  file.attribute("/", "format_version", std::int64_t{dataset_version});
  file.attribute("/", "dataset", index.hash);
  file.attribute("/", "volume", static_cast<std::int64_t>(volume));
  file.attribute("/", "split", index.plan.validates[volume] ? "validation" : "training");
  file.attribute("/", "problem_scale", std::int64_t{spec.problem_scale});
  file.attribute("/", "seed", std::to_string(spec.seed));
  file.attribute("/", "n_categories", std::int64_t{spec.n_categories});
  file.attribute("/", "categories", DataType::int32, {fractals}, categories.data());
  file.attribute("/", "instances", DataType::int32, {fractals}, instances.data());
  file.attribute("/", "palette", DataType::float32, palette_dims, index.palette.data());
  if (spec.compact()) file.write("/palette", DataType::float32, palette_dims, index.palette.data());
}

// Writes a chunk of /image channel by channel in slabs, and returns its checksum.
std::uint64_t write_image_chunk(H5Writer& file, const ChunkAddress& chunk, const Palette& palette,
                                const std::vector<std::uint8_t>& mask, const std::function<void()>& alive) {
  Checksum sum;
  std::uint64_t offset = chunk.offset;
  std::vector<float> slab(std::min(slab_voxels, mask.size()));
  for (std::size_t channel = 0; channel < 3; ++channel)
    for (std::size_t begin = 0; begin < mask.size(); begin += slab_voxels) {
      const std::size_t count = std::min(slab_voxels, mask.size() - begin);
      for (std::size_t v = 0; v < count; ++v) slab[v] = palette[mask[begin + v]][channel];
      file.write_bytes(offset, slab.data(), count * sizeof(float));
      sum.update(slab.data(), count * sizeof(float));
      offset += count * sizeof(float);
      alive();
    }
  return sum.value();
}

}  // namespace

void paint(std::span<const Occupied> fractals, int problem_scale, const Block& block, std::uint8_t* mask) {
  std::memset(mask, 0, static_cast<std::size_t>(block.voxels()));
  const std::int64_t last = (std::int64_t{1} << problem_scale) - 1;
  const int plane_bits = 2 * problem_scale;
  for (const auto& fractal : fractals) {
    const auto label = static_cast<std::uint8_t>(fractal.category + 1);
    const auto from = static_cast<std::uint64_t>(block.begin[0]) << plane_bits;
    const auto to = static_cast<std::uint64_t>(block.begin[0] + block.size[0]) << plane_bits;
    auto at = std::ranges::lower_bound(fractal.voxels, from);
    for (; at != fractal.voxels.end() && *at < to; ++at) {
      const auto index = static_cast<std::int64_t>(*at);
      const std::int64_t d = (index >> plane_bits) - block.begin[0];
      const std::int64_t h = ((index >> problem_scale) & last) - block.begin[1];
      const std::int64_t w = (index & last) - block.begin[2];
      if (h >= 0 && h < block.size[1] && w >= 0 && w < block.size[2])
        mask[(d * block.size[1] + h) * block.size[2] + w] = label;
    }
  }
}

void write_volume(const fs::path& folder, const DatasetIndex& index, std::size_t volume,
                  std::span<const Occupied> fractals, DatasetIndex::Volume& entry,
                  const std::function<void()>& alive) {
  const std::int64_t edge = index.spec.edge();
  const auto [d, h, w] = index.chunk;
  const Extent3 grid = index.chunk_grid();
  const auto per_dataset = static_cast<std::size_t>(grid[0] * grid[1] * grid[2]);
  const bool dense = !index.spec.compact();

  entry.file = cat("volumes/", padded(volume, 6), ".h5");
  const fs::path path = folder / entry.file;
  H5Writer file(path, "volume", dataset_version, 2 * per_dataset);
  describe(file, index, volume);
  file.create_chunked("/mask", DataType::uint8, {edge, edge, edge}, {d, h, w});
  if (dense) file.create_chunked("/image", DataType::float32, {3, edge, edge, edge}, {3, d, h, w});
  const std::vector<ChunkAddress> chunks = file.seal();

  std::vector<std::uint8_t> mask(index.mask_chunk_bytes());
  for (std::size_t c = 0; c < per_dataset; ++c) {
    paint(fractals, index.spec.problem_scale, chunk_block(index, chunks[c]), mask.data());
    alive();
    file.write_bytes(chunks[c].offset, mask.data(), mask.size());
    entry.mask_offset.push_back(chunks[c].offset);
    entry.mask_xxh3.push_back(checksum(mask.data(), mask.size()));
    file.set_chunk_checksum(c, entry.mask_xxh3.back());
    if (!dense) continue;
    const ChunkAddress& image = chunks[per_dataset + c];
    entry.image_offset.push_back(image.offset);
    entry.image_xxh3.push_back(write_image_chunk(file, image, index.palette, mask, alive));
    file.set_chunk_checksum(per_dataset + c, entry.image_xxh3.back());
  }
  file.finish(false);
  entry.bytes = fs::file_size(path);
}

}  // namespace scaffold

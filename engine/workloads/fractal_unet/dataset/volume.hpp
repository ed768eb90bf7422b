// Private to fractal_unet: one volume's file.
#pragma once
#include <functional>

#include "fractal_unet/dataset/reader.hpp"

namespace scaffold {

/// One fractal of a volume: its occupied voxels, ascending, (d·edge + h)·edge + w.
struct Occupied {
  int category = 0;
  std::vector<std::uint64_t> voxels;
};

/// Mask of a block: category + 1 where occupied, later fractals over earlier ones, else 0. mask:
/// block.voxels() bytes.
void paint(std::span<const Occupied> fractals, int problem_scale, const Block& block, std::uint8_t* mask);

/// Writes <folder>/volumes/NNNNNN.h5 and fills in the index's entry (file, bytes, addresses, checksums).
/// `index` needs everything else already. Not synced to disk. `alive` is called every few MiB. Memory: one
/// chunk of mask + 4 MiB.
void write_volume(const fs::path& folder, const DatasetIndex& index, std::size_t volume,
                  std::span<const Occupied> fractals, DatasetIndex::Volume& entry,
                  const std::function<void()>& alive);

/// dataset.xdmf: a temporal collection of all volumes (their number is the time).
std::string xdmf(const DatasetIndex& index);

}  // namespace scaffold

// A kept validation sample as one block of bytes: what lies in snapshots/ and what is sent. docs/formats.md.
#pragma once
#include <array>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.hpp"
#include "monitor/protocol.hpp"
#include "monitor/volume_snapshot.hpp"

namespace scaffold::monitor {

using Dims = std::array<std::uint32_t, 3>;  ///< D, H, W
std::uint64_t voxels(const Dims& dims);

/// zlib at its fastest: label volumes are mostly background.
std::string compress(std::string_view bytes);
/// DataError, beginning with `where`, when it does not give exactly `size` bytes.
std::vector<std::uint8_t> expand(std::string_view compressed, std::uint64_t size, const std::string& where);

/// The whole file. Coarser levels follow until the longest edge is at most 64.
std::string encode_volume(const VolumeSnapshot& volume);

class VolumeFile {
 public:
  /// Checks header and checksum; DataError, beginning with `where`, for anything but a sound file.
  VolumeFile(std::string bytes, std::string where);
  /// DataError naming the file.
  static VolumeFile read(const fs::path& path);

  const Kept& facts() const { return facts_; }
  const std::vector<double>& scores() const { return scores_; }  ///< by class
  Dims dims(int level) const { return dims_[static_cast<std::size_t>(level)]; }
  /// As it is stored; `part` is prediction or truth.
  std::string_view compressed(Part part, int level) const;
  /// Voxels, row-major; error volumes are made from the two others.
  std::vector<std::uint8_t> labels(Part part, int level) const;
  /// One plane across an axis (0 D, 1 H, 2 W).
  std::vector<std::uint8_t> slice(Part part, int level, int axis, std::uint32_t index) const;
  /// Extents of such a plane: 1 along its axis.
  Dims slice_dims(int level, int axis) const;
  const std::string& bytes() const { return bytes_; }

 private:
  struct Blob {
    std::size_t offset = 0, size = 0;
  };
  std::string bytes_, where_;
  Kept facts_;
  std::vector<double> scores_;
  std::vector<Dims> dims_;                  ///< by level
  std::vector<std::array<Blob, 2>> blobs_;  ///< by level: prediction, truth
};

/// "epoch_000003_volume_000012.vol"
std::string volume_file_name(std::int64_t epoch, std::int64_t volume);
/// The numbers in such a name; false for any other name.
bool parse_volume_file_name(std::string_view name, std::int64_t& epoch, std::int64_t& volume);

/// Part::error from the two others.
std::vector<std::uint8_t> voxel_errors(std::span<const std::uint8_t> prediction,
                                       std::span<const std::uint8_t> truth);

}  // namespace scaffold::monitor

// Reads a dataset's folder: the index once, then blocks by pread from any number of threads, without libhdf5
// and without any lock.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "comm/shard_layout.hpp"
#include "core/files.hpp"
#include "data/dataset_info.hpp"
#include "data/node_copy.hpp"
#include "data/sample_reader.hpp"
#include "fractal_unet/dataset/plan.hpp"
#include "fractal_unet/dataset/spec.hpp"
#include "storage/bulk_file.hpp"

namespace scaffold {

/// What index.json says (docs/formats.md), checked against itself.
struct DatasetIndex {
  struct Volume {
    std::string file;                                     ///< "volumes/NNNNNN.h5"
    std::uint64_t bytes = 0;                              ///< of the file
    std::vector<std::uint64_t> image_offset, image_xxh3;  ///< by chunk; empty when compact
    std::vector<std::uint64_t> mask_offset, mask_xxh3;    ///< by chunk
  };
  DatasetSpec spec;  ///< dataset_dir is the folder's parent
  std::string hash;
  Extent3 chunk{};  ///< voxels of a chunk; a shard is one chunk, or several along D
  Plan plan;
  Palette palette;
  std::vector<std::string> categories;  ///< their CSV
  std::vector<Volume> volumes;

  /// Chunks along D, H, W; chunk (i, j, k) is number (i·n[1] + j)·n[2] + k.
  Extent3 chunk_grid() const;
  std::uint64_t image_chunk_bytes() const;  ///< 3 float32 a voxel; 0 when compact
  std::uint64_t mask_chunk_bytes() const;   ///< 1 byte a voxel
};
/// Longest index.json that is read (and written).
inline constexpr std::uint64_t max_index_bytes = std::uint64_t{512} << 20;
/// Text of index.json, and back. from_json throws DataError naming `file` for anything that is not a sound
/// index of this version: hostile JSON included.
std::string to_json(const DatasetIndex& index);
DatasetIndex index_from_json(const std::string& text, const fs::path& file);
/// <folder>/index.json. DataError when the folder is missing or is no dataset, too.
DatasetIndex read_index(const fs::path& folder);

/// One volume whole: its header, its place in the dataset and every chunk's checksum. DataError otherwise.
void verify_volume(const DatasetIndex& index, std::int64_t volume, const fs::path& folder);

/// Numbers of a volume's fields.
namespace field {
inline constexpr std::size_t image = 0;  ///< [3, D, H, W] float32
inline constexpr std::size_t mask = 1;   ///< [D, H, W] uint8
}  // namespace field

class DatasetReader : public SampleReader {
 public:
  /// Reads and checks the index and that every volume file is there in full. DataError otherwise.
  /// `direct_io`: volumes are read around the page cache (storage/bulk_file.hpp).
  explicit DatasetReader(fs::path folder, bool direct_io = false);
  /// Checks the index alone, for whoever looks at what is left of a dataset: check_volume() tells of the
  /// rest.
  static DatasetReader of_index(fs::path folder) { return {std::move(folder), IndexAlone{}}; }
  /// DataError unless the volume's file is there in full.
  void check_volume(std::int64_t volume) const;

  DatasetInfo info() const;
  const fs::path& folder() const { return folder_; }
  const DatasetIndex& index() const { return index_; }
  const ShardLayout& layout() const { return layout_; }
  std::int64_t volumes() const { return static_cast<std::int64_t>(index_.volumes.size()); }
  const std::vector<FieldInfo>& fields() const override;
  Extent3 extents() const override { return layout_.whole(); }
  const std::vector<int>& training() const override { return index_.plan.training; }
  const std::vector<int>& validation() const override { return index_.plan.validation; }
  const std::string& hash() const override { return index_.hash; }
  /// read_box.
  void read(std::int64_t volume, const Block& box, std::span<void* const> into) const override;

  /// One shard of one volume: image [3, d, h, w] float32, mask [d, h, w] uint8, (d, h, w) =
  /// layout().block(shard).size. A null image or mask is not read. Every chunk read is checked against its
  /// checksum, every mask value against the number of classes. DataError names file and block. Thread-safe,
  /// no lock.
  void read_block(std::int64_t volume, std::int64_t shard, float* image, std::uint8_t* mask) const;

  /// Any box of voxels, whatever the layout on disk: the chunks that it touches are read whole, to check
  /// them, through at most 3 MiB of memory (image and mask of pieces), and cut. A box that is a stored shard
  /// is read without a copy.
  void read_box(std::int64_t volume, const Block& box, float* image, std::uint8_t* mask) const;

  /// The mask of a box by its bytes alone: nothing around it is read, and no checksum tells damage; values
  /// that are no class are DataError. To look at parts of volumes that are too large to read.
  void peek_mask(std::int64_t volume, const Block& box, std::uint8_t* mask) const;
  /// The image's channels at a voxel (D, H, W), likewise; the palette's color where the dataset is compact.
  std::array<float, 3> peek_image(std::int64_t volume, const Extent3& voxel) const;

  /// Everything: headers, metadata and every chunk's checksum, index against headers. Returns the problems
  /// found (empty: all is well), polls signals, shows progress.
  std::vector<std::string> verify(int threads) const;

 private:
  struct IndexAlone {};
  DatasetReader(fs::path folder, IndexAlone /*unchecked*/);
  Block chunk_block(std::int64_t chunk) const;
  [[noreturn]] void fail(std::int64_t volume, std::int64_t chunk, const char* dataset,
                         std::string_view what) const;
  template <class Body>
  void each_mask_piece(std::int64_t volume, const BulkFile& file, std::int64_t chunk, std::uint8_t* whole,
                       const Body& body) const;
  void read_chunk_into_box(std::int64_t volume, const BulkFile& file, std::int64_t chunk, const Block& box,
                           float* image, std::uint8_t* mask) const;
  void read_chunk(std::int64_t volume, const BulkFile& file, std::int64_t chunk, std::int64_t part,
                  std::int64_t parts, float* image, std::uint8_t* mask) const;
  void check_box(std::int64_t volume, const Block& box) const;

  fs::path folder_;
  bool direct_io_ = false;
  DatasetIndex index_;
  ShardLayout layout_;
};

/// For NodeCopy: the volumes and index.json.
DatasetFiles dataset_files(const fs::path& folder);

/// image[c · stride + v] = palette[mask[v]][c] for `voxels` voxels. Mask values must be below palette.size(),
/// which is at most 256.
void expand(const Palette& palette, const std::uint8_t* mask, std::int64_t voxels, float* image,
            std::int64_t stride);

}  // namespace scaffold

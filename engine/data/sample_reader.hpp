// What a dataset's samples consist of, and how they are read.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/data_type.hpp"
#include "core/extent.hpp"

namespace scaffold {

/// One array of every sample: what a network reads, or what its output is compared with.
struct FieldInfo {
  std::string name;                         ///< "image"
  DataType type = DataType::float32;        ///< of its elements
  std::vector<std::int64_t> channels = {};  ///< extents before the spatial ones; empty: there are none
  bool spatial =
      true;  ///< the sample's D, H, W follow, and are cut into shards; else every shard has it whole
  bool is_target = false;

  /// Extents of the part of it in a box.
  std::vector<std::int64_t> dims(const Extent3& box) const;
  std::int64_t elements(const Extent3& box) const;
  std::uint64_t bytes(const Extent3& box) const;
};

/// A dataset's samples, by number. The trainer, loaders and prefetching know no more of a format than this.
class SampleReader {
 public:
  virtual ~SampleReader() = default;
  /// The same for all samples; a batch has a tensor for each, in this order.
  virtual const std::vector<FieldInfo>& fields() const = 0;
  /// Extents D, H, W of a whole sample: D is 1 where samples are flat.
  virtual Extent3 extents() const = 0;
  /// Numbers of the samples, ascending.
  virtual const std::vector<int>& training() const = 0;
  virtual const std::vector<int>& validation() const = 0;
  /// What tells datasets apart: equal for equal samples.
  virtual const std::string& hash() const = 0;
  /// The part of a sample in a box, of each field into memory of its own, of bytes(box.size) bytes; of a null
  /// pointer nothing is read. DataError names file and place. Any thread calls it.
  virtual void read(std::int64_t sample, const Block& box, std::span<void* const> into) const = 0;
};

/// All of a sample.
inline Block whole(const SampleReader& reader) { return {{0, 0, 0}, reader.extents()}; }

}  // namespace scaffold

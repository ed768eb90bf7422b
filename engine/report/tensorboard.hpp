// TensorBoard's event files: scalars by name and step, as its own writers would have written them.
//
// A file is a series of TFRecords: length (8 bytes, little-endian), CRC-32C of it, data, CRC-32C of
// that, each rotated, plus a constant (tensorflow/core/lib/io/record_writer.h). The data is an Event in
// protocol buffers (tensorboard/compat/proto/event.proto, summary.proto).
//
// A TensorBoard that is open reads on where it was and never turns back, so a file only grows. What has
// become void is taken back by an event that a session starts at a step: readers drop what they have of that
// step and of later ones, of all tags (tensorboard/backend/event_processing/plugin_event_accumulator.py).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

/// CRC-32C (Castagnoli), as in iSCSI: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

/// A value that is not finite is written as it is: TensorBoard marks it.
struct TensorboardPoint {
  std::string tag;
  std::int64_t step = 0;
  double time = 0;  ///< seconds since 1970
  float value = 0;
  /// Of the same bits: a value that is no number equals itself.
  bool operator==(const TensorboardPoint& other) const;
};

/// The points of each tag in ascending steps.
using TensorboardPoints = std::vector<TensorboardPoint>;

/// A new file.
std::string tensorboard_file(const TensorboardPoints& points);

struct TensorboardContents {
  TensorboardPoints points;     ///< that a reader has in the end
  std::size_t valid_bytes = 0;  ///< before a torn or damaged record; 0: it is no event file
};
TensorboardContents read_tensorboard(std::string_view bytes);

/// What is appended to a file with the points `before`, so that a reader has `now`; empty when it has.
std::string tensorboard_continuation(const TensorboardPoints& before, const TensorboardPoints& now);

}  // namespace scaffold

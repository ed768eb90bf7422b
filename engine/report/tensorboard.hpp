// TensorBoard's event files: scalars by name and step, as its own writers would have written them.
//
// A file is a series of TFRecords: length (8 bytes, little-endian), masked CRC-32C of it, data, masked
// CRC-32C of that (tensorflow/core/lib/io/record_writer.h). The data is an Event in protocol buffers
// (tensorboard/compat/proto/event.proto, summary.proto).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace scaffold {

/// CRC-32C (Castagnoli), as in iSCSI: RFC 3720, appendix B.4.
std::uint32_t crc32c(std::string_view bytes);

class TensorboardFile {
 public:
  /// `time`: seconds since 1970 of the first record.
  explicit TensorboardFile(double time);
  /// A value that is not finite is written as it is: TensorBoard marks it.
  void scalar(std::string_view tag, std::int64_t step, double time, double value);
  /// What the file is to hold.
  const std::string& bytes() const { return bytes_; }

 private:
  void record(std::string_view data);
  std::string bytes_;
};

}  // namespace scaffold

// gzip (RFC 1952) of bytes that arrive in pieces. No time and no name is recorded: equal bytes in, equal
// bytes out.
#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

namespace scaffold {

/// zlib's level 6, which is what Zarr's metadata says of our chunks.
inline constexpr int gzip_level = 6;

class Gzip {
 public:
  Gzip();
  ~Gzip();
  Gzip(const Gzip&) = delete;
  Gzip& operator=(const Gzip&) = delete;
  void add(std::span<const std::uint8_t> bytes);
  /// Ends the stream and hands it out; nothing can be added afterwards.
  std::string finish();

 private:
  void run(int flush);

  struct Stream;
  std::unique_ptr<Stream> stream_;
  std::string out_;
};

}  // namespace scaffold

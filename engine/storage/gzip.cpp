#include "storage/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "core/error.hpp"

namespace scaffold {

namespace {
constexpr int gzip_window = 15 + 16;  // the largest window, and gzip's header instead of zlib's
constexpr std::size_t piece = std::size_t{1} << 16;
}  // namespace

struct Gzip::Stream {
  z_stream z{};
  Stream() {
    if (::deflateInit2(&z, gzip_level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw SystemError("not enough memory to compress");
  }
  ~Stream() { ::deflateEnd(&z); }
};

Gzip::Gzip() : stream_(std::make_unique<Stream>()) {}
Gzip::~Gzip() = default;

void Gzip::run(int flush) {
  z_stream& z = stream_->z;
  Bytef buffer[piece];
  do {
    z.next_out = buffer;
    z.avail_out = piece;
    ::deflate(&z, flush);  // cannot fail: there is room for output, and finish() ends the stream
    out_.append(reinterpret_cast<const char*>(buffer), piece - z.avail_out);
  } while (z.avail_out == 0);
}

void Gzip::add(std::span<const std::uint8_t> bytes) {
  constexpr std::size_t most = std::size_t{1} << 30;  // zlib counts in 32 bits
  while (!bytes.empty()) {
    const std::size_t count = std::min(most, bytes.size());
    stream_->z.next_in = const_cast<Bytef*>(bytes.data());
    stream_->z.avail_in = static_cast<uInt>(count);
    run(Z_NO_FLUSH);
    bytes = bytes.subspan(count);
  }
}

std::string Gzip::finish() {
  stream_->z.next_in = nullptr;
  stream_->z.avail_in = 0;
  run(Z_FINISH);
  return std::move(out_);
}

}  // namespace scaffold

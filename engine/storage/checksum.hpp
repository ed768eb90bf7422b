// XXH3-64, the one checksum of our files: about 9 GB/s on one core with SSE2, 35 with AVX2.
#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "core/files.hpp"

namespace scaffold {

/// XXH3-64 (seed 0) of `size` bytes.
std::uint64_t checksum(const void* data, std::size_t size);
inline std::uint64_t checksum(std::string_view text) { return checksum(text.data(), text.size()); }

/// The same over bytes that arrive in pieces.
class Checksum {
 public:
  Checksum();
  ~Checksum();
  Checksum(Checksum&&) noexcept;
  Checksum& operator=(Checksum&&) noexcept;
  void update(const void* data, std::size_t size);
  std::uint64_t value() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Adds bytes [offset, offset + size) of an open file; throws DataError when it ends before.
void update_from_file(Checksum& sum, int fd, std::uint64_t offset, std::uint64_t size, const fs::path& path);

/// 16 lower-case hexadecimal digits, and back (false for anything else).
std::string hex16(std::uint64_t value);
bool parse_hex16(std::string_view text, std::uint64_t& value);

}  // namespace scaffold

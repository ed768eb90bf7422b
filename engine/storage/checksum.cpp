#include "storage/checksum.hpp"

#include <xxhash.h>
#if defined(SCAFFOLD_XXHASH_DISPATCH)
#include <xxh_x86dispatch.h>  // renames XXH3_64bits and its kin
#endif

#include <algorithm>
#include <new>
#include <vector>

namespace scaffold {

std::uint64_t checksum(const void* data, std::size_t size) { return XXH3_64bits(data, size); }

struct Checksum::State {
  XXH3_state_t* xxh = XXH3_createState();
  State() {
    if (!xxh) throw std::bad_alloc();
    XXH3_64bits_reset(xxh);
  }
  ~State() { XXH3_freeState(xxh); }
  State(const State&) = delete;
  State& operator=(const State&) = delete;
};

Checksum::Checksum() : state_(std::make_unique<State>()) {}
Checksum::~Checksum() = default;
Checksum::Checksum(Checksum&&) noexcept = default;
Checksum& Checksum::operator=(Checksum&&) noexcept = default;
void Checksum::update(const void* data, std::size_t size) {
  if (size > 0) XXH3_64bits_update(state_->xxh, data, size);
}
std::uint64_t Checksum::value() const { return XXH3_64bits_digest(state_->xxh); }

void update_from_file(Checksum& sum, int fd, std::uint64_t offset, std::uint64_t size, const fs::path& path) {
  std::vector<char> buffer(std::min<std::uint64_t>(size, std::uint64_t{1} << 20));
  while (size > 0) {
    const std::size_t piece = std::min<std::uint64_t>(size, buffer.size());
    pread_exact(fd, buffer.data(), piece, offset, path);
    sum.update(buffer.data(), piece);
    offset += piece;
    size -= piece;
  }
}

std::string hex16(std::uint64_t value) {
  std::string text(16, '0');
  for (int i = 15; i >= 0; --i, value >>= 4) text[i] = "0123456789abcdef"[value & 15];
  return text;
}

bool parse_hex16(std::string_view text, std::uint64_t& value) {
  if (text.size() != 16) return false;
  std::uint64_t result = 0;
  for (const char c : text) {
    if (c >= '0' && c <= '9')
      result = result << 4 | static_cast<std::uint64_t>(c - '0');
    else if (c >= 'a' && c <= 'f')
      result = result << 4 | static_cast<std::uint64_t>(c - 'a' + 10);
    else
      return false;
  }
  value = result;
  return true;
}

}  // namespace scaffold

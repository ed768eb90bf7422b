#include "report/tensorboard.hpp"

#include <array>
#include <bit>

namespace scaffold {
namespace {

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t i = 0; i < 256; ++i) {
    std::uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = value & 1 ? value >> 1 ^ 0x82f63b78u : value >> 1;
    table[i] = value;
  }
  return table;
}

/// A checksum of data that holds checksums would be weak (tensorflow/core/lib/hash/crc32c.h).
std::uint32_t masked(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }

template <class Number>
void little_endian(std::string& to, Number value) {
  for (std::size_t i = 0; i < sizeof value; ++i) to += static_cast<char>(value >> 8 * i & 0xff);
}

// Protocol buffers: a field is its number and wire type, then its value.
enum Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void put_varint(std::string& to, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) to += static_cast<char>((value & 0x7f) | 0x80);
  to += static_cast<char>(value);
}
void put_key(std::string& to, std::uint32_t field, Wire wire) { put_varint(to, field << 3 | wire); }
void put_bytes(std::string& to, std::uint32_t field, std::string_view value) {
  put_key(to, field, bytes);
  put_varint(to, value.size());
  to += value;
}
void put_double(std::string& to, std::uint32_t field, double value) {
  put_key(to, field, fixed64);
  little_endian(to, std::bit_cast<std::uint64_t>(value));
}
void put_float(std::string& to, std::uint32_t field, float value) {
  put_key(to, field, fixed32);
  little_endian(to, std::bit_cast<std::uint32_t>(value));
}

// Field numbers of the .proto files named above.
constexpr std::uint32_t event_wall_time = 1, event_step = 2, event_file_version = 3, event_summary = 5,
                        summary_value = 1, value_tag = 1, value_simple_value = 2;

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  static constexpr auto table = make_table();
  std::uint32_t crc = ~0u;
  for (const char c : data) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
  return ~crc;
}

TensorboardFile::TensorboardFile(double time) {
  std::string event;
  put_double(event, event_wall_time, time);
  put_bytes(event, event_file_version, "brain.Event:2");
  record(event);
}

void TensorboardFile::scalar(std::string_view tag, std::int64_t step, double time, double value) {
  std::string one, summary, event;
  put_bytes(one, value_tag, tag);
  put_float(one, value_simple_value, static_cast<float>(value));
  put_bytes(summary, summary_value, one);
  put_double(event, event_wall_time, time);
  put_key(event, event_step, varint);
  put_varint(event, static_cast<std::uint64_t>(step));
  put_bytes(event, event_summary, summary);
  record(event);
}

void TensorboardFile::record(std::string_view data) {
  std::string length;
  little_endian(length, static_cast<std::uint64_t>(data.size()));
  bytes_ += length;
  little_endian(bytes_, masked(crc32c(length)));
  bytes_ += data;
  little_endian(bytes_, masked(crc32c(data)));
}

}  // namespace scaffold

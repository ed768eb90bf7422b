#include "report/tensorboard.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <limits>
#include <map>
#include <optional>

#include "core/coding.hpp"

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
std::uint32_t stored(std::uint32_t crc) { return std::rotr(crc, 15) + 0xa282ead8u; }

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
  append_little_endian(to, std::bit_cast<std::uint64_t>(value));
}
void put_float(std::string& to, std::uint32_t field, float value) {
  put_key(to, field, fixed32);
  append_little_endian(to, std::bit_cast<std::uint32_t>(value));
}

// Field numbers of the .proto files named above.
constexpr std::uint32_t event_wall_time = 1, event_step = 2, event_file_version = 3, event_summary = 5,
                        event_session_log = 7, summary_value = 1, value_tag = 1, value_simple_value = 2,
                        session_status = 1;
constexpr std::uint64_t session_start = 1;
constexpr std::string_view file_version = "brain.Event:2";  // of 2 on: a session's start makes steps void

void put_record(std::string& to, std::string_view data) {
  std::string length;
  append_little_endian(length, static_cast<std::uint64_t>(data.size()));
  to += length;
  append_little_endian(to, stored(crc32c(length)));
  to += data;
  append_little_endian(to, stored(crc32c(data)));
}

std::string event_at(std::int64_t step, double time) {
  std::string event;
  put_double(event, event_wall_time, time);
  put_key(event, event_step, varint);
  put_varint(event, static_cast<std::uint64_t>(step));
  return event;
}

void put_point(std::string& to, const TensorboardPoint& point) {
  std::string one, summary, event = event_at(point.step, point.time);
  put_bytes(one, value_tag, point.tag);
  put_float(one, value_simple_value, point.value);
  put_bytes(summary, summary_value, one);
  put_bytes(event, event_summary, summary);
  put_record(to, event);
}

void put_session_start(std::string& to, std::int64_t step, double time) {
  std::string log, event = event_at(step, time);
  put_key(log, session_status, varint);
  put_varint(log, session_start);
  put_bytes(event, event_session_log, log);
  put_record(to, event);
}

/// Reads what the functions above write, of bytes that anybody may have written.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_(bytes) {}
  bool empty() const { return rest_.empty(); }
  template <class Number>
  std::optional<Number> number() {
    if (rest_.size() < sizeof(Number)) return std::nullopt;
    return take_little_endian<Number>(rest_);
  }
  std::optional<std::uint64_t> variable() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const auto byte = static_cast<unsigned char>(rest_.front());
      rest_.remove_prefix(1);
      value |= std::uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    return std::nullopt;
  }
  std::optional<std::string_view> take(std::uint64_t size) {
    if (size > rest_.size()) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

 private:
  std::string_view rest_;
};

struct Field {
  std::uint64_t number = 0, value = 0;  ///< a number's bits
  std::string_view bytes;
};

/// Calls `use` with each field of a message; false where it is damaged.
template <class Use>
bool for_each_field(std::string_view message, const Use& use) {
  for (Reader reader(message); !reader.empty();) {
    const auto key = reader.variable();
    if (!key) return false;
    Field field{.number = *key >> 3, .value = 0, .bytes = {}};
    std::optional<std::uint64_t> value;
    switch (*key & 7) {
      case varint:
        value = reader.variable();
        break;
      case fixed64:
        value = reader.number<std::uint64_t>();
        break;
      case fixed32:
        value = reader.number<std::uint32_t>();
        break;
      case bytes: {
        value = reader.variable();
        const auto taken = value ? reader.take(*value) : std::nullopt;
        if (!taken) return false;
        field.bytes = *taken;
        break;
      }
      default:
        break;
    }
    if (!value) return false;
    field.value = *value;
    if (!use(field)) return false;
  }
  return true;
}

/// Applies one event to what a reader has.
bool use_event(std::string_view event, TensorboardPoints& points) {
  TensorboardPoint point;
  std::string_view summary, log;
  bool starts = false;
  const bool whole = for_each_field(event, [&](const Field& field) {
    if (field.number == event_wall_time) point.time = std::bit_cast<double>(field.value);
    if (field.number == event_step) point.step = static_cast<std::int64_t>(field.value);
    if (field.number == event_summary) summary = field.bytes;
    if (field.number == event_session_log) log = field.bytes;
    return true;
  });
  const bool logs = for_each_field(log, [&](const Field& field) {
    starts |= field.number == session_status && field.value == session_start;
    return true;
  });
  if (!whole || !logs) return false;
  if (starts) std::erase_if(points, [&](const auto& each) { return each.step >= point.step; });
  return for_each_field(summary, [&](const Field& one) {
    if (one.number != summary_value) return true;
    bool simple = false;
    const bool read = for_each_field(one.bytes, [&](const Field& field) {
      if (field.number == value_tag) point.tag = field.bytes;
      if (field.number != value_simple_value) return true;
      point.value = std::bit_cast<float>(static_cast<std::uint32_t>(field.value));
      simple = true;
      return true;
    });
    if (simple) points.push_back(point);
    return read;
  });
}

using PointsByTag = std::map<std::string_view, std::vector<const TensorboardPoint*>>;

PointsByTag by_tag(const TensorboardPoints& points) {
  PointsByTag series;
  for (const auto& point : points) series[point.tag].push_back(&point);
  return series;
}

/// The first step of which a reader has something that is no longer so; nothing when all of it still is.
std::optional<std::int64_t> first_void_step(const PointsByTag& before, const PointsByTag& now) {
  std::optional<std::int64_t> first;
  for (const auto& [tag, old] : before) {
    const auto found = now.find(tag);
    static const std::vector<const TensorboardPoint*> nothing;
    const auto& fresh = found == now.end() ? nothing : found->second;
    const auto [mine, theirs] = std::mismatch(old.begin(), old.end(), fresh.begin(), fresh.end(),
                                              [](const auto* a, const auto* b) { return *a == *b; });
    if (mine == old.end()) continue;
    const std::int64_t step =
        theirs == fresh.end() ? (*mine)->step : std::min((*mine)->step, (*theirs)->step);
    first = std::min(first.value_or(step), step);
  }
  return first;
}

}  // namespace

std::uint32_t crc32c(std::string_view data) {
  static constexpr auto table = make_table();
  std::uint32_t crc = ~0u;
  for (const char c : data) crc = table[(crc ^ static_cast<unsigned char>(c)) & 0xff] ^ crc >> 8;
  return ~crc;
}

bool TensorboardPoint::operator==(const TensorboardPoint& other) const {
  return tag == other.tag && step == other.step &&
         std::bit_cast<std::uint64_t>(time) == std::bit_cast<std::uint64_t>(other.time) &&
         std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(other.value);
}

std::string tensorboard_file(const TensorboardPoints& points) {
  std::string file, event;
  put_double(event, event_wall_time, points.empty() ? 0 : points.front().time);
  put_bytes(event, event_file_version, file_version);
  put_record(file, event);
  for (const auto& point : points) put_point(file, point);
  return file;
}

TensorboardContents read_tensorboard(std::string_view file) {
  TensorboardContents contents;
  bool known_version = false;
  for (Reader reader(file); !reader.empty();) {
    const std::string_view length_bytes = file.substr(contents.valid_bytes, sizeof(std::uint64_t));
    const auto length = reader.number<std::uint64_t>();
    const auto length_crc = reader.number<std::uint32_t>();
    if (!length || !length_crc || *length_crc != stored(crc32c(length_bytes))) break;
    const auto data = reader.take(*length);
    const auto data_crc = reader.number<std::uint32_t>();
    if (!data || !data_crc || *data_crc != stored(crc32c(*data))) break;
    if (contents.valid_bytes == 0) {  // of an earlier version nothing could be taken back
      for_each_field(*data, [&](const Field& field) {
        known_version |= field.number == event_file_version && field.bytes == file_version;
        return true;
      });
      if (!known_version) break;
    }
    if (!use_event(*data, contents.points)) break;
    contents.valid_bytes += sizeof(std::uint64_t) + 2 * sizeof(std::uint32_t) + *length;
  }
  return contents;
}

std::string tensorboard_continuation(const TensorboardPoints& before, const TensorboardPoints& now) {
  const PointsByTag old = by_tag(before), fresh = by_tag(now);
  const auto first_void = first_void_step(old, fresh);
  std::string bytes;
  // Twice: for pages with --load_fast=false the first one in a file begins the run and makes nothing void
  // (plugin_event_accumulator.py; findings/tensorboard_first_session_start.sh).
  for (int times = first_void ? 2 : 0; times > 0; --times)
    put_session_start(bytes, *first_void, now.empty() ? 0 : now.back().time);
  std::map<std::string_view, std::size_t> seen;
  for (const auto& point : now) {
    const auto known = old.find(point.tag);
    const std::size_t index = seen[point.tag]++;
    const bool there = known != old.end() && index < known->second.size();
    if (!there || (first_void && point.step >= *first_void)) put_point(bytes, point);
  }
  return bytes;
}

}  // namespace scaffold

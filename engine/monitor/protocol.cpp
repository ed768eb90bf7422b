#include "monitor/protocol.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <type_traits>

#include "core/coding.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

/// Grows a frame.
class Writer {
 public:
  template <class T>
  requires std::is_integral_v<T>
  void put(T value) { append_little_endian(bytes_, value); }
  void put(double value) { put(std::bit_cast<std::uint64_t>(value)); }
  void put(bool value) { put(static_cast<std::uint8_t>(value)); }
  void text(std::string_view text, std::size_t most) {
    text = text.substr(0, most);
    put(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  std::string take() { return std::move(bytes_); }
  std::string bytes_;
};

/// Takes a frame apart; after the first thing that is not there everything is zero and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class T>
  T get() {
    if constexpr (std::is_same_v<T, double>) {
      return std::bit_cast<double>(get<std::uint64_t>());
    } else if constexpr (std::is_same_v<T, bool>) {
      const auto value = get<std::uint8_t>();
      if (value > 1) ok_ = false;
      return value == 1;
    } else {
      if (bytes_.size() < sizeof(T)) ok_ = false;
      if (!ok_) return 0;
      return take_little_endian<T>(bytes_);
    }
  }
  /// A value of an enumeration whose last is `last`.
  template <class T>
  T one_of(T last) {
    const auto value = get<std::uint8_t>();
    if (value > static_cast<std::uint8_t>(last)) ok_ = false;
    return static_cast<T>(value);
  }
  std::string text(std::size_t most) {
    const auto size = get<std::uint32_t>();
    if (size > most || size > bytes_.size()) ok_ = false;
    if (!ok_) return "";
    std::string text(bytes_.substr(0, size));
    bytes_.remove_prefix(size);
    return text;
  }
  void require(bool holds) { ok_ = ok_ && holds; }
  /// Everything was there. Later versions may add to a body's end, so a rest is no fault.
  bool ok() const { return ok_; }
  std::size_t left() const { return bytes_.size(); }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

// One pair of functions a message; the position in Body is its type on the wire.

void write(Writer& w, const Hello& m) {
  for (const auto byte : m.token) w.put(byte);
  w.put(m.log_id);
  w.put(m.log_offset);
  w.text(m.program, max_text);
}
void read(Reader& r, Hello& m) {
  for (auto& byte : m.token) byte = r.get<std::uint8_t>();
  m.log_id = r.get<std::uint64_t>();
  m.log_offset = r.get<std::uint64_t>();
  m.program = r.text(max_text);
}

void write(Writer& w, const Welcome& m) {
  w.put(m.log_id);
  w.put(m.log_offset);
  w.put(m.scalars_only);
  w.put(m.control);
  w.text(m.run, max_text);
  w.text(m.program, max_text);
  w.text(m.config, max_config_bytes);
}
void read(Reader& r, Welcome& m) {
  m.log_id = r.get<std::uint64_t>();
  m.log_offset = r.get<std::uint64_t>();
  m.scalars_only = r.get<bool>();
  m.control = r.get<bool>();
  m.run = r.text(max_text);
  m.program = r.text(max_text);
  m.config = r.text(max_config_bytes);
}

void write(Writer& w, const Refused& m) {
  w.put(m.oldest);
  w.put(m.newest);
  w.text(m.reason, max_text);
}
void read(Reader& r, Refused& m) {
  m.oldest = r.get<std::uint16_t>();
  m.newest = r.get<std::uint16_t>();
  m.reason = r.text(max_text);
}

void write(Writer& w, const Log& m) {
  w.put(m.offset);
  w.text(m.bytes, max_log_bytes);
}
void read(Reader& r, Log& m) {
  m.offset = r.get<std::uint64_t>();
  m.bytes = r.text(max_log_bytes);
}

void write(Writer& w, const Ack& m) { w.put(m.offset); }
void read(Reader& r, Ack& m) { m.offset = r.get<std::uint64_t>(); }

template <class Empty>
requires std::is_empty_v<Empty>
void write(Writer&, const Empty&) {}
template <class Empty>
requires std::is_empty_v<Empty>
void read(Reader&, Empty&) {}

void write(Writer& w, const std::array<std::uint32_t, 3>& dims) {
  for (const auto edge : dims) w.put(edge);
}
void read(Reader& r, std::array<std::uint32_t, 3>& dims) {
  std::uint64_t voxels = 1;
  for (auto& edge : dims) {
    edge = r.get<std::uint32_t>();
    r.require(edge >= 1 && edge <= (1u << 14));
    voxels *= edge;
  }
  r.require(voxels <= std::uint64_t{1} << 42);
}

void write(Writer& w, const Volumes& m) {
  const auto count = std::min(m.kept.size(), max_listed);
  w.put(static_cast<std::uint32_t>(count));
  for (std::size_t i = m.kept.size() - count; i < m.kept.size(); ++i) {  // the latest
    const Kept& k = m.kept[i];
    w.put(k.epoch);
    w.put(k.volume);
    write(w, k.dims);
    w.put(k.reduction);
    w.put(k.levels);
    w.put(k.score);
  }
}
void read(Reader& r, Volumes& m) {
  constexpr std::size_t kept_bytes = 4 + 4 + 12 + 1 + 1 + 8;
  const auto count = r.get<std::uint32_t>();
  r.require(count <= max_listed && count * kept_bytes <= r.left());
  if (!r.ok()) return;
  m.kept.resize(count);
  for (Kept& k : m.kept) {
    k.epoch = r.get<std::uint32_t>();
    k.volume = r.get<std::uint32_t>();
    read(r, k.dims);
    k.reduction = r.get<std::uint8_t>();
    k.levels = r.get<std::uint8_t>();
    k.score = r.get<double>();
    r.require(k.reduction <= 14 && k.levels >= 1 && k.levels <= 15 && std::isfinite(k.score));
  }
}

void write(Writer& w, const Request& m) {
  w.put(m.epoch);
  w.put(m.volume);
  w.put(static_cast<std::uint8_t>(m.part));
  w.put(m.level);
  w.put(m.axis);
  w.put(m.index);
  w.put(m.offset);
  w.put(m.length);
}
void read(Reader& r, Request& m) {
  m.epoch = r.get<std::uint32_t>();
  m.volume = r.get<std::uint32_t>();
  m.part = r.one_of(Part::error);
  m.level = r.get<std::uint8_t>();
  m.axis = r.get<std::uint8_t>();
  m.index = r.get<std::uint32_t>();
  m.offset = r.get<std::uint32_t>();
  m.length = r.get<std::uint32_t>();
  r.require((m.axis <= 2 || m.axis == Request::whole) && m.length <= max_piece_bytes);
}

void write(Writer& w, const Chunk& m) {
  write(w, m.dims);
  w.put(m.total);
  w.put(m.offset);
  w.text(m.bytes, max_piece_bytes);
}
void read(Reader& r, Chunk& m) {
  read(r, m.dims);
  m.total = r.get<std::uint32_t>();
  m.offset = r.get<std::uint32_t>();
  m.bytes = r.text(max_piece_bytes);
  r.require(m.offset <= m.total && m.bytes.size() <= m.total - m.offset);
}

void write(Writer& w, const NotFound& m) { w.text(m.reason, max_text); }
void read(Reader& r, NotFound& m) { m.reason = r.text(max_text); }

void write(Writer& w, const Choose& m) { w.put(m.volume); }
void read(Reader& r, Choose& m) { m.volume = r.get<std::uint32_t>(); }

void write(Writer& w, const Command& m) { w.put(static_cast<std::uint8_t>(m.what)); }
void read(Reader& r, Command& m) { m.what = r.one_of(Control::stop_after_epoch); }

void write(Writer& w, const Done& m) {
  w.put(m.accepted);
  w.text(m.text, max_text);
}
void read(Reader& r, Done& m) {
  m.accepted = r.get<bool>();
  m.text = r.text(max_text);
}

/// Reads the alternative number `type` of Body.
template <std::size_t I = 0>
bool read_body(Reader& r, std::size_t type, Body& body) {
  if constexpr (I < std::variant_size_v<Body>) {
    if (type != I) return read_body<I + 1>(r, type, body);
    read(r, body.emplace<I>());
    return r.ok();
  }
  return false;
}

}  // namespace

std::string encode(const Message& message) {
  Writer body;
  std::visit([&](const auto& m) { write(body, m); }, message.body);
  Writer frame;
  frame.put(magic);
  frame.put(message.version);
  frame.put(static_cast<std::uint16_t>(message.body.index()));
  frame.put(message.id);
  frame.put(static_cast<std::uint64_t>(body.bytes_.size()));
  return frame.take() + body.bytes_;
}

std::optional<Message> decode(std::string_view frame, std::string* why) {
  const auto fail = [&](const std::string& text) -> std::optional<Message> {
    if (why) *why = text;
    return std::nullopt;
  };
  if (frame.size() < header_bytes) return fail(cat("a frame of ", frame.size(), " bytes"));
  if (frame.size() > max_message_bytes) return fail(cat("a frame of ", frame.size(), " bytes: too long"));
  Reader r(frame);
  if (r.get<std::uint32_t>() != magic) return fail("not a message of this protocol");
  Message message;
  message.version = r.get<std::uint16_t>();
  const auto type = r.get<std::uint16_t>();
  message.id = r.get<std::uint32_t>();
  if (r.get<std::uint64_t>() != r.left()) return fail("its length is not the one it names");
  if (!read_body(r, type, message.body)) return fail(cat("a damaged or unknown message of type ", type));
  return message;
}

bool can_talk(std::uint16_t theirs, std::uint16_t ours) {
  const int apart = static_cast<int>(theirs) - static_cast<int>(ours);
  return apart >= -versions_apart && apart <= versions_apart;
}

std::string version_text(std::uint16_t theirs, std::uint16_t ours) {
  const std::string both = cat("monitor protocol ", theirs, " there, ", ours, " here");
  if (theirs == ours) return both;
  return cat(both, can_talk(theirs, ours) ? ": curves only, no volumes" : ": too far apart",
             "; use the same version of both programs");
}

}  // namespace scaffold::monitor

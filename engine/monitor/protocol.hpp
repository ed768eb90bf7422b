// The live protocol between rank 0 of a run and whoever watches it: docs/protocol.md.
//
// A message is one ZeroMQ frame: a header of 20 bytes and a body, little-endian. What is decoded is checked
// first: every length against what is there and against the limits here, every number against its range.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace scaffold::monitor {

inline constexpr std::uint32_t magic = 0x4d464353;  ///< "SCFM"
inline constexpr std::uint16_t protocol_version = 1;
/// Versions whose greeting and log we understand; volumes and controls need the same one.
inline constexpr int versions_apart = 1;

inline constexpr std::size_t header_bytes = 20;
inline constexpr std::size_t token_bytes = 32;
inline constexpr std::size_t max_log_bytes = 64 << 10;     ///< of the log in one message
inline constexpr std::size_t max_piece_bytes = 256 << 10;  ///< of a volume in one message
inline constexpr std::size_t max_listed = 1024;            ///< volumes in a list
inline constexpr std::size_t max_text = 1024;
inline constexpr std::size_t max_config_bytes = 64 << 10;
inline constexpr std::size_t max_message_bytes = header_bytes + max_piece_bytes + 4096;
/// What a watcher sends is small.
inline constexpr std::size_t max_question_bytes = 4096;
inline constexpr int max_classes = 255;
/// A watcher that said nothing for so long is gone; it says Ping more often.
inline constexpr double forgotten_seconds = 15;

/// The classes are whole numbers below 255.
enum class Part : std::uint8_t { prediction = 0, truth = 1, error = 2 };
/// Values of Part::error.
enum class VoxelError : std::uint8_t { right = 0, false_positive = 1, false_negative = 2, wrong_class = 3 };
enum class Control : std::uint8_t { checkpoint_now = 0, stop_after_epoch = 1 };

/// The first word of a watcher. Its layout is the same in every version.
struct Hello {
  std::array<std::uint8_t, token_bytes> token{};
  std::uint64_t log_id = 0;      ///< of the log that it has a beginning of; 0: none
  std::uint64_t log_offset = 0;  ///< bytes of it
  std::string program;           ///< for messages, such as "scaffold-viewer 0.1.0"
};

/// The answer. Layout the same in every version.
struct Welcome {
  std::uint64_t log_id = 0, log_offset = 0;  ///< where the log will be sent from: 0 when it is another one
  bool scalars_only = false;                 ///< of another version: no volumes, no controls
  bool control = false;                      ///< checkpoint_now and stop_after_epoch are allowed
  std::string run, program, config;          ///< run folder's name, program and version, config.yaml
};

/// Of a version too far away. Layout the same in every version. A wrong token gets nothing at all.
struct Refused {
  std::uint16_t oldest = 0, newest = 0;  ///< versions that are understood
  std::string reason;
};

/// Bytes of events.jsonl from `offset` on: whole lines.
struct Log {
  std::uint64_t offset = 0;
  std::string bytes;
};
/// The watcher has the log up to there; it is sent at most a window ahead of that.
struct Ack {
  std::uint64_t offset = 0;
};
struct Ping {};
struct Pong {};
struct Bye {};

/// A validation sample as the network saw it in an epoch's validation pass.
struct Kept {
  std::uint32_t epoch = 0, volume = 0;
  std::array<std::uint32_t, 3> dims{};     ///< of its finest level, D, H, W
  std::uint8_t reduction = 0, levels = 1;  ///< the finest level is 2^reduction coarser than the volume
  double score = 0;                        ///< mean over its classes that count
  bool operator==(const Kept&) const = default;
};
/// All that can be asked for, in the order of epochs.
struct Volumes {
  std::vector<Kept> kept;
};
/// Bytes [offset, offset + length) of a part's encoded voxels; a slice of them for axis 0 to 2.
struct Request {
  static constexpr std::uint8_t whole = 255;
  std::uint32_t epoch = 0, volume = 0;
  Part part = Part::prediction;
  std::uint8_t level = 0;     ///< 0 is the finest
  std::uint8_t axis = whole;  ///< 0 D, 1 H, 2 W
  std::uint32_t index = 0;    ///< of the slice
  std::uint32_t offset = 0, length = 0;
  bool operator==(const Request&) const = default;
};
/// zlib-compressed bytes, one a voxel, row-major; `total` compressed bytes in all.
struct Chunk {
  std::array<std::uint32_t, 3> dims{};
  std::uint32_t total = 0, offset = 0;
  std::string bytes;
};
struct NotFound {
  std::string reason;
};
/// This sample is to be kept in the validation passes to come.
struct Choose {
  std::uint32_t volume = 0;
};
struct Command {
  Control what = Control::checkpoint_now;
};
struct Done {
  bool accepted = false;
  std::string text;
};

using Body = std::variant<Hello, Welcome, Refused, Log, Ack, Ping, Pong, Bye, Volumes, Request, Chunk,
                          NotFound, Choose, Command, Done>;

struct Message {
  std::uint16_t version = protocol_version;
  std::uint32_t id = 0;  ///< of a question, repeated in its answer; 0 for the rest
  Body body;
};

std::string encode(const Message& message);
/// Nothing for what is no message of this protocol; `why`, if given, then says what is wrong with it.
std::optional<Message> decode(std::string_view frame, std::string* why = nullptr);

/// Whether a peer of that version is served at all, and with more than scalars.
bool can_talk(std::uint16_t theirs, std::uint16_t ours);
/// "protocol 3 there, 1 here" and what that means.
std::string version_text(std::uint16_t theirs, std::uint16_t ours);

}  // namespace scaffold::monitor

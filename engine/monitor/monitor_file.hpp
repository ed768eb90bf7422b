// monitor.json in the run folder: how to reach a run that publishes, and the key to it. For its owner's eyes
// only (mode 0600); whoever can read it may watch. docs/protocol.md.
#pragma once
#include <array>
#include <cstdint>
#include <string>

#include "core/files.hpp"
#include "core/namespaces.hpp"
#include "monitor/protocol.hpp"

namespace scaffold::monitor {

using Token = std::array<std::uint8_t, token_bytes>;

struct MonitorFile {
  std::string address = "127.0.0.1";  ///< that it listens on
  std::string host;                   ///< the machine's name
  int port = 0;
  std::uint16_t version = protocol_version;
  std::string public_key;  ///< CURVE, Z85: 40 characters
  Token token{};
  std::int64_t pid = 0;
  std::string started_utc;
  Namespaces namespaces;  ///< in which address and pid are meant; not known of earlier versions

  /// "tcp://127.0.0.1:41235", as it is listened on.
  std::string endpoint() const;
  /// The same as others can reach it: what listens on all addresses is found by the machine's name.
  std::string reachable_endpoint() const;
  /// Whether its process may still be there: another machine's is, as far as can be known here.
  bool may_be_there() const;
  /// Whether the address leads to the run from here: `no` where it is the loopback of another machine.
  Same same_network() const;
  /// For people: why such an address does not, and what to do.
  std::string why_unreachable() const;
};

inline constexpr const char* monitor_file_name = "monitor.json";

/// Appears whole, readable by its owner alone.
void write_monitor_file(const fs::path& path, const MonitorFile& file);
/// `path` is the file or the run folder that holds it. DataError saying what to do when it is missing,
/// damaged or of another user.
MonitorFile read_monitor_file(const fs::path& path);
/// The same from its text; `where` begins messages.
MonitorFile parse_monitor_file(const std::string& text, const std::string& where);

/// A name or number of a machine: what may stand in an endpoint and on a command line of ssh.
bool is_host(const std::string& text);
/// "tcp://HOST:PORT"; false for anything else.
bool is_endpoint(const std::string& text);

}  // namespace scaffold::monitor

// The watcher's side: a thread that follows a run's log into a folder of its own and fetches volumes. What
// it leaves in that folder is a run folder's events.jsonl and config.yaml, byte for byte, so that a live run,
// a finished one and a recording are read in one way. docs/protocol.md.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "monitor/protocol.hpp"
#include "monitor/route.hpp"
#include "monitor/volume_file.hpp"

namespace scaffold::monitor {

struct LiveStatus {
  enum class Phase {
    looking,     ///< for monitor.json: the run has not begun, or has ended
    connecting,  ///< or connecting again
    live,
    lost,     ///< was live; it is tried again
    refused,  ///< wrong key or version; it is tried again, slowly
    ended,    ///< the run said bye; another session is waited for
  };
  Phase phase = Phase::looking;
  std::string message;       ///< what it waits for, for people
  std::string run, program;  ///< of the run, once known
  bool scalars_only = false, control = false;
  bool killed = false;            ///< its process is known to have ended without notice
  double round_trip = 0;          ///< seconds of the last ping; 0: none yet
  std::uint64_t bytes = 0;        ///< received
  std::uint64_t connections = 0;  ///< that were welcomed
  std::vector<Kept> volumes;
};
const char* name(LiveStatus::Phase phase);

struct Fetched {
  Request ask;
  Dims dims{};
  std::vector<std::uint8_t> labels;  ///< [D, H, W] of dims
  std::string problem;               ///< why there are none
};

class Subscriber {
 public:
  struct Options {
    std::string program = "scaffold";
    std::uint16_t version = protocol_version;  ///< another one in tests
    double patience = 8;                       ///< seconds without a word until a connection counts as lost
    fs::path run_folder{};  ///< where it is at hand: what of the log did not come is read there
  };
  /// `folder` must be there and be ours alone. `changed` is called from the thread after anything in status
  /// or folder has changed.
  Subscriber(std::unique_ptr<Route> route, fs::path folder, Options options, std::function<void()> changed);
  ~Subscriber();
  Subscriber(const Subscriber&) = delete;
  Subscriber& operator=(const Subscriber&) = delete;

  LiveStatus status() const;
  const fs::path& folder() const;
  /// A whole part (offset and length are ours) or a slice of it. `done` is called once, from the thread; with
  /// a problem when the connection is lost meanwhile. Answers come in the order of asking.
  void fetch(const Request& ask, std::function<void(Fetched)> done);
  /// This sample is to be kept from the next validation on.
  void choose(std::uint32_t volume);
  /// `done` hears whether it was accepted, and why not.
  void order(Control what, std::function<void(bool, std::string)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaffold::monitor

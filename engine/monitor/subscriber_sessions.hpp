// Who watches a run, and what each of them is told. The protocol's logic on the run's side, without sockets
// and clocks, so that it can be tested message by message.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "monitor/monitor_file.hpp"
#include "monitor/protocol.hpp"
#include "monitor/volume_store.hpp"
#include "run/log_tail.hpp"

namespace scaffold::monitor {

struct SubscriberSessionsOptions {
  Token token{};
  bool control = false;
  std::string run, program, config;  ///< as in Welcome
  std::uint16_t version = protocol_version;
  double silence_seconds = forgotten_seconds;
  std::size_t max_watchers = 32;
};

class SubscriberSessions {
 public:
  /// Hands a frame to a watcher; false when it takes none now (its queue is full) or is gone.
  using Send = std::function<bool(const std::string& watcher, const std::string& frame)>;
  using OnChoose = std::function<void(std::uint32_t volume)>;
  using OnControl = std::function<void(Control)>;

  SubscriberSessions(SubscriberSessionsOptions options, LogTail& log, VolumeStore& volumes, Send send,
                     OnChoose choose, OnControl control);

  /// A frame of somebody: hostile until it has shown the token.
  void on_message(const std::string& watcher, std::string_view frame, double now);
  /// Sends what the log and the list of volumes have that watchers have not; forgets silent ones.
  void flush(double now);
  void volumes_changed();
  /// Tells everybody that the run ends.
  void bye();

  std::size_t watchers() const { return watchers_.size(); }
  /// Every watcher has been sent the whole log.
  bool all_sent() const;
  std::uint64_t welcomed() const { return welcomed_; }  ///< watchers since the beginning
  std::uint64_t rejected() const { return rejected_; }  ///< wrong token, or no message of ours

 private:
  struct Watcher {
    std::uint16_t version = 0;
    double heard = 0;
    std::uint64_t sent = 0, acknowledged = 0;  ///< of the log
    bool list_due = true;
    bool scalars_only = false;
  };
  void handshake(const std::string& name, const Message& message, const Hello& hello, double now);
  bool answer(const std::string& name, std::uint32_t id, Body body, std::uint16_t version);
  Body serve(const Request& ask);
  void send_log(const std::string& name, Watcher& watcher);
  struct Cut {  ///< what was cut from a volume last, for the next bytes of it
    Request ask;
    Dims dims{};
    std::string bytes;
    bool valid = false;
  };

  SubscriberSessionsOptions options_;
  LogTail& log_;
  VolumeStore& volumes_;
  Send send_;
  OnChoose choose_;
  OnControl control_;
  std::map<std::string, Watcher> watchers_;
  std::uint64_t welcomed_ = 0, rejected_ = 0;
  Cut cut_;
};

}  // namespace scaffold::monitor

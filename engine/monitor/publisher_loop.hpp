// The publisher's thread from inside: its sockets, and what goes through them.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "monitor/publisher.hpp"

namespace scaffold::monitor {

class PublisherLoop {
 public:
  struct Orders {
    std::function<void(std::uint32_t volume)> choose;
    std::function<void(Control)> control;
  };
  /// `wake`: an eventfd that is written to when there is something to do. By the thread that will use it.
  PublisherLoop(const PublisherOptions& options, int wake, Orders orders);
  ~PublisherLoop();

  const std::string& endpoint() const;
  /// Waits for something to do, and does it.
  void turn();
  void add(const VolumeSnapshot& volume, bool best);
  /// The rest of the log to everybody, for at most a second, and bye.
  void finish();
  Observed observed() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaffold::monitor

// Notices a rank that has stopped: hung in a file system, stopped by a signal, lost with its machine. Every
// rank tells rank 0 once a second how far it is (rank 0 tells rank 1); one that is silent for too long, or
// that lets all others wait for too long, is named and the job is ended. Time counts while the watchdog's own
// process runs: a whole job that was suspended goes on afterwards.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"

namespace scaffold {

struct WatchdogOptions {
  double timeout =
      0;  ///< seconds; 0: the larger of 60 s and 30 median steps, half an hour before the first step
  double beat = 1;                            ///< seconds between two signs of life
  std::vector<std::string> hosts;             ///< of every rank
  std::function<std::int64_t()> collectives;  ///< that this rank has begun: the same on ranks in step
  std::function<void(const std::string& message)>
      on_stall;  ///< called once, on the watchdog's thread; ends the job
};

class Watchdog {
 public:
  /// `comm`: all ranks, used by nothing else; must outlive the watchdog.
  Watchdog(Communicator& comm, WatchdogOptions options);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// After every training step: what is long is measured by it.
  void step(double seconds);

  /// While this lives the rank may take its time: it writes a checkpoint.
  class Pause {
   public:
    explicit Pause(Watchdog* dog) : dog_(dog) {
      if (dog_) ++dog_->paused_;
    }
    ~Pause() {
      if (dog_) --dog_->paused_;
    }
    Pause(const Pause&) = delete;
    Pause& operator=(const Pause&) = delete;

   private:
    Watchdog* dog_;
  };

 private:
  struct Peer;
  void run();
  double limit() const;
  std::string stalled(const std::vector<Peer>& peers, double now) const;

  Communicator& comm_;
  WatchdogOptions options_;
  std::atomic<double> typical_step_{0};
  std::atomic<int> paused_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace scaffold

// One message for a job that ends because of what one rank met: rank 0 speaks for whoever failed, so that
// ranks which fail for one reason are heard once, in an order that messages decide and no clock.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "comm/communicator.hpp"

namespace scaffold {

class Alarm {
 public:
  /// Ends the job, saying why. Called once, on rank 0: on the alarm's thread for another rank, else on the
  /// one that raised it.
  using End = std::function<void(int rank, int code, const std::string& why)>;

  /// `comm`: of all ranks, used by nothing else.
  Alarm(std::unique_ptr<Communicator> comm, End end);
  ~Alarm();
  Alarm(const Alarm&) = delete;
  Alarm& operator=(const Alarm&) = delete;

  /// On the rank that has failed, once. `why` is cut after a thousand bytes. Returns only where the job has
  /// not ended `patience` seconds later: rank 0 does not answer, and the caller must end the job.
  void raise(int code, const std::string& why, double patience = 10);
  /// On rank 0, which has failed and has something to write before it raises the alarm: nobody else's is told
  /// any more.
  void claim();
  /// All is well on this rank, and nothing is raised any more; rank 0 waits for the others. Collective,
  /// before the communicator's library ends.
  void close();

 private:
  struct Word;  ///< of another rank: an alarm, or that all is well
  void listen();

  std::unique_ptr<Communicator> comm_;
  End end_;
  std::vector<Word> words_;
  std::atomic<bool> raised_{false}, abandoned_{false};
  bool claimed_ = false;
  std::thread thread_;
};

}  // namespace scaffold

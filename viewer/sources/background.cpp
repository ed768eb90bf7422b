#include "sources/background.hpp"

#include <mutex>
#include <vector>

namespace scaffold::viewer {
namespace {

class LeftBehind {
 public:
  ~LeftBehind() {
    for (auto& [thread, ended] : threads_) thread.join();
  }
  void add(std::thread thread, std::shared_ptr<const std::atomic<bool>> ended) {
    const std::lock_guard lock(mutex_);
    std::erase_if(threads_, [](auto& one) {
      if (!*one.second) return false;
      one.first.join();
      return true;
    });
    threads_.emplace_back(std::move(thread), std::move(ended));
  }

 private:
  std::mutex mutex_;
  std::vector<std::pair<std::thread, std::shared_ptr<const std::atomic<bool>>>> threads_;
};

}  // namespace

void leave_behind(std::thread thread, std::shared_ptr<const std::atomic<bool>> ended) {
  // The process's own: made after the libraries' statics, so gone before them.
  static LeftBehind all;
  all.add(std::move(thread), std::move(ended));
}

}  // namespace scaffold::viewer

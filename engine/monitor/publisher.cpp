#include "monitor/publisher.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <future>
#include <thread>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "monitor/publisher_loop.hpp"

namespace scaffold::monitor {

/// The thread and what it alone touches.
struct Publisher::Loop {
  explicit Loop(Publisher& owner, PublisherOptions given) : publisher(owner), options(std::move(given)) {
    std::promise<std::string> listening;
    auto heard = listening.get_future();
    thread = std::thread([this, &listening] { run(listening); });
    try {
      endpoint = heard.get();
    } catch (...) {
      thread.join();
      throw;
    }
  }
  ~Loop() {
    publisher.stop_ = true;
    publisher.notify();
    thread.join();
  }

  void run(std::promise<std::string>& listening) {
    bool told = false;
    try {
      PublisherLoop loop(
          options, publisher.wake_.get(),
          {[this](std::uint32_t volume) { publisher.choose(volume); },
           [this](Control what) { publisher.ordered_[static_cast<std::size_t>(what)] = true; }});
      listening.set_value(loop.endpoint());
      told = true;
      while (!publisher.stop_) {
        loop.turn();
        take_volumes(loop);
        report(loop.observed());
      }
      take_volumes(loop);
      loop.finish();
      report(loop.observed());
    } catch (const std::exception& error) {
      if (told)
        log::error(cat("the run is no longer published, training goes on: ", error.what()));
      else
        listening.set_exception(std::current_exception());
    }
  }

  void take_volumes(PublisherLoop& loop) {
    std::deque<Offered> waiting;
    {
      const std::lock_guard lock(publisher.offered_lock_);
      waiting.swap(publisher.offered_);
    }
    for (const auto& [volume, best] : waiting) {
      ++publisher.volumes_;
      loop.add(*volume, best);
    }
  }

  void report(const Observed& now) {
    publisher.watchers_ = now.watchers;
    publisher.at_once_ = now.at_once;
    publisher.rejected_ = now.rejected;
    publisher.bytes_sent_ = now.bytes_sent;
  }

  Publisher& publisher;
  PublisherOptions options;
  std::string endpoint;
  std::thread thread;
};

Publisher::Publisher(PublisherOptions options) : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (!wake_) throw_errno("create", "an eventfd");
  for (auto& slot : chosen_) slot = -1;
  loop_ = std::make_unique<Loop>(*this, std::move(options));
  endpoint_ = loop_->endpoint;
}

Publisher::~Publisher() = default;

void Publisher::notify() noexcept {
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto ignored = ::write(wake_.get(), &one, sizeof one);
}

void Publisher::add(std::unique_ptr<VolumeSnapshot> volume, bool best) noexcept {
  try {
    const std::lock_guard lock(offered_lock_);
    if (offered_.size() >= max_waiting) {  // the thread is behind: what waits is old by now
      dropped_ += offered_.size();
      offered_.clear();
    }
    offered_.push_back({std::move(volume), best});
  } catch (const std::bad_alloc&) {  // the run needs the memory more
    return;
  }
  notify();
}

void Publisher::choose(std::uint32_t volume) noexcept {
  for (const auto& slot : chosen_)
    if (slot == static_cast<std::int64_t>(volume)) return;
  chosen_[next_chosen_++ % max_chosen] = volume;
}

std::vector<std::int64_t> Publisher::chosen() const {
  std::vector<std::int64_t> all;
  for (const auto& slot : chosen_)
    if (const std::int64_t volume = slot; volume >= 0) all.push_back(volume);
  return all;
}

bool Publisher::take(Control what) noexcept {
  return ordered_[static_cast<std::size_t>(what)].exchange(false);
}

Observed Publisher::observed() const {
  return {watchers_, at_once_, rejected_, bytes_sent_, volumes_, dropped_};
}

}  // namespace scaffold::monitor

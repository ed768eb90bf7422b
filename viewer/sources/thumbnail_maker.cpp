#include "sources/thumbnail_maker.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace scaffold::viewer {

FinishedThumbnail make_thumbnail(const ThumbnailRequest& request) {
  FinishedThumbnail made;
  try {
    static_cast<DrawnThumbnail&>(made) = request.draw(request);
  } catch (const std::exception& error) {
    made.problem = error.what();
    made.picture = cloud_thumbnail({}, request.edge, request.style);
  }
  made.request = request;
  return made;
}

ThumbnailMaker::ThumbnailMaker(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this](const std::stop_token& token) { work(token); }) {}

ThumbnailMaker::~ThumbnailMaker() {
  thread_.request_stop();
  thread_.join();
}

void ThumbnailMaker::want(std::vector<ThumbnailRequest> requests) {
  std::reverse(requests.begin(), requests.end());
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(requests);
  }
  changed_.notify_all();
}

std::vector<FinishedThumbnail> ThumbnailMaker::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

bool ThumbnailMaker::busy() const {
  const std::lock_guard lock(mutex_);
  return working_ || !wanted_.empty() || !finished_.empty();
}

void ThumbnailMaker::work(const std::stop_token& stop) {
  constexpr std::size_t at_once = 8;  // then the window draws them
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !wanted_.empty(); })) {
    ThumbnailRequest request = std::move(wanted_.back());
    wanted_.pop_back();
    working_ = true;
    lock.unlock();
    FinishedThumbnail made = make_thumbnail(request);
    lock.lock();
    working_ = false;
    finished_.push_back(std::move(made));
    const bool tell = wanted_.empty() || finished_.size() % at_once == 0;
    if (!tell) continue;
    lock.unlock();
    wake_();
    lock.lock();
  }
}

}  // namespace scaffold::viewer

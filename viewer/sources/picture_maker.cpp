#include "sources/picture_maker.hpp"

#include <algorithm>
#include <exception>
#include <utility>

#include "sources/library_source.hpp"

namespace scaffold::viewer {

FinishedPicture make_picture(const PictureRequest& request) {
  FinishedPicture made;
  made.request = request;
  const std::uint64_t points = std::min(request.points, max_tile_points);
  Cloud cloud;
  try {
    if (request.instance) {
      auto clouds = generate_instances({&*request.instance, 1}, request.task.seed, points);
      made.deviation = clouds.front().deviation;
      cloud = std::move(clouds.front().cloud);
    } else {
      TracedCloud traced;
      trace_cloud(request.task, points, traced);
      if (traced.state == CloudState::ok)
        cloud = std::move(traced.cloud);
      else
        made.problem = traced.state == CloudState::runaway ? "runaway" : "not finite";
    }
  } catch (const std::exception& error) {
    made.problem = error.what();
  }
  made.picture = cloud_picture(cloud, request.edge, request.style);
  return made;
}

PictureMaker::PictureMaker(std::function<void()> wake)
    : wake_(std::move(wake)), thread_([this](const std::stop_token& token) { work(token); }) {}

PictureMaker::~PictureMaker() {
  thread_.request_stop();
  thread_.join();
}

void PictureMaker::want(std::vector<PictureRequest> requests) {
  std::reverse(requests.begin(), requests.end());
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(requests);
  }
  changed_.notify_all();
}

std::vector<FinishedPicture> PictureMaker::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(finished_, {});
}

bool PictureMaker::busy() const {
  const std::lock_guard lock(mutex_);
  return working_ || !wanted_.empty() || !finished_.empty();
}

void PictureMaker::work(const std::stop_token& stop) {
  constexpr std::size_t at_once = 8;  // then the window draws them
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !wanted_.empty(); })) {
    PictureRequest request = std::move(wanted_.back());
    wanted_.pop_back();
    working_ = true;
    lock.unlock();
    FinishedPicture made = make_picture(request);
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

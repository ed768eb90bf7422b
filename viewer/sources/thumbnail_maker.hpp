// Pictures of clouds, made by a thread of its own in the order in which they are wanted now.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fractal_unet/fractal/instance.hpp"
#include "scene/cloud_thumbnail.hpp"

namespace scaffold::viewer {

struct ThumbnailRequest {
  std::uint64_t key = 0;      ///< the caller's name for it
  std::uint64_t version = 0;  ///< of the caller's numbers: another one is another picture
  /// An instance of a category (its stream is made of seed, category and instance), else the task's cloud.
  std::optional<InstanceRequest> instance;
  CloudTask task{};
  std::uint64_t points = 0;  ///< at most max_tile_points are drawn
  int edge = 128;
  ThumbnailStyle style;
};

struct FinishedThumbnail {
  ThumbnailRequest request;
  Thumbnail picture;
  double deviation = 1;  ///< of an instance: see InstanceCloud
  std::string problem;   ///< why it is empty
};

/// A tile's pixels are settled by then.
inline constexpr std::uint64_t max_tile_points = 200'000;

FinishedThumbnail make_thumbnail(const ThumbnailRequest& request);

class ThumbnailMaker {
 public:
  explicit ThumbnailMaker(std::function<void()> wake);
  ~ThumbnailMaker();
  /// Replaces what was wanted and is not begun.
  void want(std::vector<ThumbnailRequest> requests);
  std::vector<FinishedThumbnail> take();
  /// Also while finished ones wait to be taken.
  bool busy() const;

 private:
  void work(const std::stop_token& stop);

  std::function<void()> wake_;
  mutable std::mutex mutex_;
  std::condition_variable_any changed_;
  std::vector<ThumbnailRequest> wanted_;  ///< the next one last
  std::vector<FinishedThumbnail> finished_;
  bool working_ = false;
  std::jthread thread_;
};

}  // namespace scaffold::viewer

// Small pictures, made by a thread of its own in the order in which they are wanted now.
#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "scene/cloud_thumbnail.hpp"

namespace scaffold::viewer {

struct DrawnThumbnail {
  Thumbnail picture;
  std::string note;     ///< a few words that belong on it; may be empty
  std::string problem;  ///< why it is empty
};

struct ThumbnailRequest {
  std::uint64_t key = 0;      ///< the caller's name for it
  std::uint64_t version = 0;  ///< of the caller's numbers: another one is another picture
  std::uint64_t points = 0;   ///< that it is made of, likewise
  int edge = 128;
  ThumbnailStyle style;
  /// Makes it, in another thread.
  std::function<DrawnThumbnail(const ThumbnailRequest&)> draw;
};

struct FinishedThumbnail : DrawnThumbnail {
  ThumbnailRequest request;
};

/// What its drawing throws becomes its problem.
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

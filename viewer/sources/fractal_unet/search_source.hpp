// The attempts of the category search, tested anew by a thread of its own so that they can be looked at.
#pragma once
#include <atomic>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "fractal_unet/fractal/library.hpp"

namespace scaffold::viewer {

struct Attempt {
  std::uint64_t number = 0;
  Candidate candidate;
};

class SearchSource {
 public:
  static constexpr std::size_t max_attempts = 100'000;  ///< kept; then browse from a later first attempt

  explicit SearchSource(std::function<void()> wake);
  ~SearchSource();
  /// Tests attempts first … first + count − 1 at the spec's points; what was tested of another spec or first
  /// attempt is forgotten, else only what is missing is tested.
  void browse(const LibrarySpec& spec, std::uint64_t first, std::size_t count);
  std::uint64_t first() const { return first_; }
  std::size_t wanted() const { return wanted_; }
  std::size_t tested() const { return tested_; }
  bool busy() const { return tested_ < wanted_; }
  /// Copies of attempts from..to of those tested.
  std::vector<Attempt> attempts(std::size_t from, std::size_t to) const;
  LibraryStatistics statistics() const;

 private:
  void stop();
  void work(const std::stop_token& stop);

  std::function<void()> wake_;
  LibrarySpec spec_;
  std::uint64_t first_ = 0;
  std::size_t wanted_ = 0;
  std::atomic<std::size_t> tested_ = 0;
  mutable std::mutex mutex_;
  std::vector<Attempt> attempts_;
  LibraryStatistics statistics_;
  std::jthread thread_;
};

}  // namespace scaffold::viewer

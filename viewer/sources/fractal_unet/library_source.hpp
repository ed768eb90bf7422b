// Fractal libraries as the viewer sees them: categories read, tested and measured by a thread of their own.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fractal_unet/fractal/inspect.hpp"
#include "fractal_unet/fractal/library.hpp"
#include "fractal_unet/fractal/measures.hpp"

namespace scaffold::viewer {

/// Clouds are shown, measured and tested on at most this many points; a library of more says so. Clouds are
/// prefixes of one another, so these are the first of the real ones.
inline constexpr std::uint64_t max_cloud_points = 2'000'000;

/// The stream that a category was tested on: its attempt's, where library.json knows that; else
/// instance cloud (category, 0), which is what load_library() tests a reference's library on.
CloudTask candidate_task(const Ifs& ifs, std::uint64_t seed, int category,
                         std::optional<std::uint64_t> attempt);
/// "attempt 17 of seed 42" or "instance cloud (3, 0) of seed 42".
std::string describe_stream(const CloudTask& task);

/// A category's cloud, or of one that leaves the numbers the part before that, at most `points`. `maps[i]`:
/// which map made point i.
struct TracedCloud {
  Cloud cloud;
  std::vector<std::uint8_t> maps;
  CloudState state = CloudState::ok;
};
void trace_cloud(const CloudTask& task, std::uint64_t points, TracedCloud& into);

/// Which map each of a task's points comes from; point 0 from none, said as 0.
std::vector<std::uint8_t> map_choices(const CloudTask& task, std::size_t points);

struct Category {
  enum class State { waiting, ready, unreadable };
  State state = State::waiting;
  std::string problem;  ///< why it is unreadable
  Ifs ifs{};
  Candidate result;
  CloudMeasures measures;  ///< zeros where the cloud runs away
  std::array<double, 2> determinants{};
  double smallest_variance() const;
};

class LibrarySource {
 public:
  /// A library's folder or one above several. DataError when none is there. `wake` is called from the
  /// thread, at most some 20 times a second.
  explicit LibrarySource(
      const fs::path& path, std::function<void()> wake = [] {});
  ~LibrarySource();
  LibrarySource(const LibrarySource&) = delete;
  LibrarySource& operator=(const LibrarySource&) = delete;

  const fs::path& path() const { return path_; }
  std::string title() const;
  const std::vector<LibrarySummary>& libraries() const { return info_.libraries; }
  std::size_t chosen() const { return chosen_; }
  /// Reads that library from now on. Clamped.
  void choose(std::size_t library);
  const LibrarySummary& library() const { return info_.libraries[chosen_]; }

  /// Settings of the chosen library; `points` as the clouds are made, at most max_cloud_points.
  const LibrarySpec& spec() const { return spec_; }
  /// False where the files do not tell for how many points the library was made: then it may be set.
  bool points_known() const { return points_known_; }
  void set_points(std::uint64_t points);
  /// What library.json says, also where that is more than is shown.
  std::uint64_t full_points() const { return full_points_; }
  std::int64_t edge() const { return cube_edge(full_points_); }

  std::size_t size() const { return numbers_.size(); }
  int number(std::size_t index) const { return numbers_[index]; }
  std::optional<std::uint64_t> attempt(std::size_t index) const;
  Category category(std::size_t index) const;
  /// The same, read here and now where the thread is not yet so far.
  Category category_now(std::size_t index) const;
  CloudTask task(std::size_t index, const Ifs& ifs) const {
    return candidate_task(ifs, spec_.seed, number(index), attempt(index));
  }
  /// Ready or unreadable.
  std::size_t done() const { return done_; }
  bool busy() const { return done_ < numbers_.size(); }
  /// Waits for all of them (pictures made without a window).
  void wait() const;
  /// Holes, files that cannot be listed and the like.
  const std::string& problem() const { return problem_; }

 private:
  void start();
  void stop();
  void work(const std::stop_token& stop);
  Category read(std::size_t index) const;

  fs::path path_;
  std::function<void()> wake_;
  LibraryInfo info_;
  std::size_t chosen_ = 0;
  LibrarySpec spec_;
  bool points_known_ = true;
  std::uint64_t full_points_ = 0;
  std::vector<int> numbers_;
  std::vector<std::uint64_t> attempts_;
  std::string problem_;
  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  std::vector<Category> categories_;
  std::atomic<std::size_t> done_ = 0;
  std::jthread thread_;
};

}  // namespace scaffold::viewer

#include "fractal/bench.hpp"

#include <time.h>

#include <algorithm>
#include <functional>
#include <span>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "fractal/cloud.hpp"
#include "fractal/library.hpp"

namespace scaffold {
namespace {

/// Processor time of this thread: on a shared machine wall time would measure the neighbours.
double thread_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

/// The first candidates of seed 42 that stay bounded.
std::vector<CloudTask> bounded_tasks(int count, std::uint64_t points) {
  std::vector<CloudTask> tasks;
  for (std::uint32_t attempt = 0; static_cast<int>(tasks.size()) < count; ++attempt) {
    const CloudTask task{candidate_ifs(42, attempt), 42, Purpose::category_cloud, attempt, 0};
    if (generate_cloud_scalar(task, points).state == CloudState::ok) tasks.push_back(task);
  }
  return tasks;
}

Rate rate(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const std::size_t middle = values.size() / 2;
  const double median = values.size() % 2 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  return {median, values.front(), values.back()};
}

/// Makes the clouds a few at a time into memory that is used again, as the making of a dataset does.
class Generator {
 public:
  Generator(std::span<const CloudTask> tasks, std::uint64_t points) : tasks_(tasks), points_(points) {}

  void scalar() {
    for (std::size_t first = 0; first < tasks_.size(); first += batch) scalar_batch(first);
  }
  void lanes() {
    for (std::size_t first = 0; first < tasks_.size(); first += batch) lanes_batch(first);
  }
  bool identical() {
    bool same = true;
    for (std::size_t first = 0; first < tasks_.size(); first += batch) {
      scalar_batch(first);
      lanes_batch(first);
      for (std::size_t i = 0; i < lanes_.size(); ++i) {
        const CloudResult &p = scalar_[i], &q = lanes_[i];
        same = same && p.state == q.state && p.cloud.x == q.cloud.x && p.cloud.y == q.cloud.y &&
               p.cloud.z == q.cloud.z;
      }
    }
    return same;
  }

 private:
  static constexpr std::size_t batch = 8;

  std::span<const CloudTask> tasks_at(std::size_t first) const {
    return tasks_.subspan(first, std::min(batch, tasks_.size() - first));
  }
  void scalar_batch(std::size_t first) {
    scalar_.resize(batch);
    for (std::size_t i = 0; i < tasks_at(first).size(); ++i)
      generate_cloud_scalar(tasks_[first + i], points_, scalar_[i]);
  }
  void lanes_batch(std::size_t first) { generate_clouds(tasks_at(first), points_, lanes_); }

  std::span<const CloudTask> tasks_;
  std::uint64_t points_;
  std::vector<CloudResult> scalar_, lanes_;
};

std::string describe(const Rate& r) {
  return cat(human_count(r.median), " points/s (", human_count(r.low), " to ", human_count(r.high), ")");
}

}  // namespace

FractalBench bench_fractals(const FractalBenchOptions& options) {
  if (options.points < 2 || options.clouds < 1 || options.repetitions < 1)
    throw ConfigError("the benchmark needs at least 2 points, 1 cloud and 1 repetition");
  FractalBench bench;
  bench.options = options;
  bench.lanes = cloud_lanes();
  bench.threads = options.threads > 0 ? options.threads : available_threads();
  const std::vector<CloudTask> tasks = bounded_tasks(options.clouds, options.points);
  Generator own(tasks, options.points);
  bench.identical = own.identical();  // also touches the memory

  const double total = static_cast<double>(options.points) * options.clouds;
  const auto measure = [&](const std::function<void()>& body) {
    const double start = thread_seconds();
    body();
    return total / (thread_seconds() - start);
  };
  std::vector<double> slow, fast, ratio, wide;
  for (int r = 0; r < options.repetitions; ++r) {
    slow.push_back(measure([&] { own.scalar(); }));
    fast.push_back(measure([&] { own.lanes(); }));
    ratio.push_back(fast.back() / slow.back());
  }
  std::vector<Generator> generators(static_cast<std::size_t>(bench.threads),
                                    Generator(tasks, options.points));
  const auto run_threads = [&] {
    parallel_for(generators.size(), bench.threads, [&](std::uint64_t t) { generators[t].lanes(); });
  };
  run_threads();
  for (int r = 0; r < options.repetitions; ++r) {
    const Stopwatch watch;
    run_threads();
    wide.push_back(total * bench.threads / watch.seconds());
  }
  bench.scalar = rate(slow);
  bench.simd = rate(fast);
  bench.speedup = rate(ratio).median;
  bench.simd_threads = rate(wide);
  return bench;
}

std::string describe(const FractalBench& b) {
  return cat(b.options.clouds, " clouds of ", b.options.points, " points, median of ", b.options.repetitions,
             " repetitions (lowest to highest)\n", "plain scalar loop, 1 core:  ", describe(b.scalar), "\n",
             b.lanes, " lanes, 1 core:  ", describe(b.simd), ", ", fixed(b.speedup, 2),
             " × the scalar loop\n", b.lanes, " lanes, ", b.threads, " threads:  ", describe(b.simd_threads),
             "\n", "same bits from both:  ", b.identical ? "yes" : "NO", "\n");
}

}  // namespace scaffold

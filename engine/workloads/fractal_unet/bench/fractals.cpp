#include "fractal_unet/bench/fractals.hpp"

#include <algorithm>
#include <span>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace scaffold {
namespace {

/// The first candidates of seed 42 that stay bounded.
std::vector<CloudTask> bounded_tasks(int count, std::uint64_t points) {
  std::vector<CloudTask> tasks;
  for (std::uint32_t attempt = 0; static_cast<int>(tasks.size()) < count; ++attempt) {
    const CloudTask task{candidate_ifs(42, attempt), 42, fractal_purpose::category_cloud, attempt, 0};
    if (generate_cloud_scalar(task, points).state == CloudState::ok) tasks.push_back(task);
  }
  return tasks;
}

/// Makes the clouds a few at a time into memory that is used again, as the making of a dataset does.
class Generator {
 public:
  Generator(std::span<const CloudTask> tasks, std::uint64_t points) : tasks_(tasks), points_(points) {}

  std::size_t batches() const { return (tasks_.size() + batch - 1) / batch; }
  void scalar(std::size_t number) {
    scalar_.resize(batch);
    for (std::size_t i = 0; i < tasks_at(number).size(); ++i)
      generate_cloud_scalar(tasks_[number * batch + i], points_, scalar_[i]);
  }
  void lanes(std::size_t number) { generate_clouds(tasks_at(number), points_, lanes_); }
  bool identical(std::size_t number) {
    scalar(number);
    lanes(number);
    bool same = true;
    for (std::size_t i = 0; i < lanes_.size(); ++i) {
      const CloudResult &p = scalar_[i], &q = lanes_[i];
      same = same && p.state == q.state && p.cloud.x == q.cloud.x && p.cloud.y == q.cloud.y &&
             p.cloud.z == q.cloud.z;
    }
    return same;
  }

 private:
  static constexpr std::size_t batch = 8;

  std::span<const CloudTask> tasks_at(std::size_t number) const {
    return tasks_.subspan(number * batch, std::min(batch, tasks_.size() - number * batch));
  }

  std::span<const CloudTask> tasks_;
  std::uint64_t points_;
  std::vector<CloudResult> scalar_, lanes_;
};

/// As often the clouds are made where threads share them: or their starting would be much of the time.
constexpr std::size_t times_over = 32;

/// The same clouds by `threads` threads, each with memory of its own.
bench::Alternative by_threads(std::vector<Generator>& generators, int threads) {
  return {cat(threads, threads == 1 ? " thread" : " threads"), [&generators, threads] {
            const auto parts = static_cast<std::size_t>(threads);
            parallel_for(parts, threads, [&](std::uint64_t part) {
              const std::size_t batches = generators[part].batches();
              for (std::size_t b = part; b < times_over * batches; b += parts)
                generators[part].lanes(b % batches);
            });
          }};
}

}  // namespace

bench::Report bench_fractals(const FractalBenchOptions& options) {
  if (options.points < 2 || options.clouds < 1)
    throw ConfigError("the benchmark needs at least 2 points and 1 cloud");
  bench::Report report;
  report.part = "fractals";
  report.threads = options.threads > 0 ? options.threads : available_threads();
  const std::vector<CloudTask> tasks = bounded_tasks(options.clouds, options.points);
  std::vector<Generator> generators(static_cast<std::size_t>(report.threads),
                                    Generator(tasks, options.points));
  Generator& own = generators[0];
  bool identical = true;
  for (std::size_t b = 0; b < own.batches(); ++b) identical = own.identical(b) && identical;
  report.facts = {{"clouds", cat(options.clouds, " of ", options.points, " points")},
                  {"lanes", cloud_lanes()},
                  {"same bits from lanes and loop", identical ? "yes" : "NO"}};

  bench::Work work;
  work.items = static_cast<double>(options.points) * options.clouds;
  work.item = "points";
  bench::Limits one_core = options.limits;
  one_core.processor_time = true;  // wall time would measure the neighbors
  const auto all = [&own](void (Generator::*make)(std::size_t)) {
    return [&own, make] {
      for (std::size_t b = 0; b < own.batches(); ++b) (own.*make)(b);
    };
  };
  report.comparisons.push_back(bench::compare("points of one core, processor time", work,
                                              {{"plain scalar loop", all(&Generator::scalar)},
                                               {cat(cloud_lanes(), " lanes"), all(&Generator::lanes)}},
                                              one_core));
  std::vector<bench::Alternative> scaling;
  for (int threads = 1; threads < report.threads; threads *= 2)
    scaling.push_back(by_threads(generators, threads));
  scaling.push_back(by_threads(generators, report.threads));
  work.items *= times_over;
  report.comparisons.push_back(bench::compare(cat("the same clouds, ", times_over, " times, by more threads"),
                                              work, scaling, options.limits));
  return report;
}

}  // namespace scaffold

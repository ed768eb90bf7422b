#include "config/scaling_points.hpp"

#include <algorithm>
#include <numeric>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

using Shards = std::array<std::int64_t, 3>;

constexpr std::int64_t max_ranks = 1 << 24;
constexpr std::size_t max_points = 1000;

std::string show(const Shards& s) { return cat(s[0], ",", s[1], ",", s[2]); }

std::vector<ScalingPoint> parse_ranks(std::string_view text) {
  std::vector<ScalingPoint> points;
  for (const auto& entry : split(text, ',')) {
    const std::string_view word = trim(entry);
    ScalingPoint point;
    std::int64_t ranks = 1;
    if (word == "alone")
      point.launched = false;
    else if (!parse_int(word, ranks) || ranks < 1 || ranks > max_ranks)
      throw ConfigError(cat("--ranks: '", word,
                            "' is no number of ranks; write for example 1,2,4 (from 1 to ", max_ranks,
                            ", or alone for one process without a launcher)"));
    point.ranks = static_cast<int>(ranks);
    points.push_back(point);
  }
  if (points.size() > max_points) throw ConfigError(cat("--ranks: at most ", max_points, " points"));
  return points;
}

Shards parse_shards(std::string_view word) {
  const auto parts = split(word, ',');
  Shards shards{};
  bool good = parts.size() == 3;
  for (std::size_t i = 0; good && i < 3; ++i)
    good = parse_int(trim(parts[i]), shards[i]) && shards[i] >= 1 && shards[i] <= 16384 &&
           (shards[i] & (shards[i] - 1)) == 0;
  if (!good)
    throw ConfigError(
        cat("--shards: '", word,
            "' is no way to cut a volume; write three powers of two, for example 2,1,1, one such ",
            "entry for each of --ranks: \"1,1,1 2,1,1 2,2,1\""));
  return shards;
}

void set_shards(std::vector<ScalingPoint>& points, const Config& config,
                const std::vector<std::string>& words) {
  std::vector<Shards> all;
  for (const auto& word : words)
    for (const auto& entry : split(word, ' '))
      if (!trim(entry).empty()) all.push_back(parse_shards(trim(entry)));
  if (all.empty()) all.push_back(config.dc_num_shards);
  if (all.size() != 1 && all.size() != points.size())
    throw ConfigError(cat("--shards has ", all.size(), " entries and --ranks ", points.size(),
                          "; give one for all points, or one for each"));
  for (std::size_t i = 0; i < points.size(); ++i) {
    ScalingPoint& point = points[i];
    point.num_shards = all[all.size() == 1 ? 0 : i];
    if (point.ranks % point.shard_count() != 0)
      throw ConfigError(cat(counted(point.ranks, "rank"), " cannot hold volumes cut into ",
                            show(point.num_shards), ": the ranks of a point must be a multiple of ",
                            point.shard_count(), "; give each of --ranks its own entry in --shards"));
  }
}

/// Rank counts that share a global batch evenly, in this cut.
std::string valid_ranks(std::int64_t batch, std::int64_t shards) {
  std::string text;
  int found = 0;
  for (std::int64_t replicas = 1; replicas <= std::min(batch, max_ranks) && found < 16; ++replicas)
    if (batch % replicas == 0) text += cat(found++ ? ", " : "", replicas * shards);
  return text;
}

/// The smallest local_batch_size of the first point with which every point has its share.
std::int64_t sufficient_batch(const std::vector<ScalingPoint>& points, std::int64_t parts) {
  std::int64_t all = 1;
  for (const auto& point : points) {
    all = std::lcm(all, point.replicas());
    if (all > max_ranks) return 0;
  }
  const std::int64_t first = parts * points.front().replicas();
  return all / std::gcd(all, first);
}

/// A replica computes at most local_batch_size samples at once, as many as divide its share, and adds up the
/// rest: no point needs more memory than the configuration's batch.
void keep_global_batch(std::vector<ScalingPoint>& points, const Config& config) {
  const std::int64_t parts = config.grad_accumulation_steps, local = config.local_batch_size;
  const std::int64_t batch = local * parts * points.front().replicas();
  for (auto& point : points) {
    if (batch % point.replicas() != 0) {
      const std::int64_t enough = sufficient_batch(points, parts);
      throw ConfigError(
          cat("--mode strong keeps the first point's global batch of ", counted(batch, "sample"),
              " (local_batch_size ", local, " x grad_accumulation_steps ", parts, " x ",
              counted(points.front().replicas(), "replica"), "), which ",
              counted(point.replicas(), "replica"), " cannot share evenly; with shards ",
              show(point.num_shards), " valid are --ranks ", valid_ranks(batch, point.shard_count()),
              enough > local ? cat("; or use --local-batch-size ", enough) : "", ", or --mode weak"));
    }
    const std::int64_t own = batch / point.replicas();
    point.local_batch = std::min(local, own);
    while (own % point.local_batch != 0) --point.local_batch;
    point.accumulation = own / point.local_batch;
  }
}

}  // namespace

std::string folder_name(const ScalingPoint& point) {
  if (!point.launched) return "alone";
  const Shards& s = point.num_shards;
  return cat(point.ranks, "-ranks-", s[0], "x", s[1], "x", s[2]);
}

std::vector<ScalingPoint> scaling_points(const Config& config, ScalingMode mode, std::string_view ranks,
                                         const std::vector<std::string>& shards) {
  std::vector<ScalingPoint> points = parse_ranks(ranks);
  set_shards(points, config, shards);
  if (mode == ScalingMode::strong) {
    keep_global_batch(points, config);
  } else {
    for (auto& point : points) {
      point.local_batch = config.local_batch_size;
      point.accumulation = config.grad_accumulation_steps;
    }
  }
  for (std::size_t i = 0; i < points.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (points[i] == points[k])
        throw ConfigError(cat("--ranks and --shards name the point ", folder_name(points[i]),
                              " twice; --repeat measures every point several times"));
  return points;
}

}  // namespace scaffold

// Runs a scaling series: data once, then every point in each round, as child processes.
#pragma once
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "config/command.hpp"
#include "config/scaling_points.hpp"

namespace scaffold {

struct ScalingArguments : ConfigArguments {
  std::string ranks, mode = "strong", launch, out;
  std::vector<std::string> shards;
  int repeat = 1;
  bool json = false;
};

/// What is known before anything runs; making it throws ConfigError for whatever cannot be run.
struct ScalingPlan {
  MergedConfig merged;                ///< of the series
  std::set<std::string> series_keys;  ///< keys that the series has set, neither files nor command line
  ScalingMode mode = ScalingMode::strong;
  std::vector<ScalingPoint> points;
  std::vector<MergedConfig> configs;  ///< of the points
  std::string launch;                 ///< with {ranks}
  bool own_launch = false;            ///< the user's, to be taken as it is
  int rounds = 1;
  std::filesystem::path folder;
};
ScalingPlan plan_scaling(const ScalingArguments& arguments);

/// The launcher's words for so many ranks.
std::vector<std::string> launch_words(const ScalingPlan& plan, int ranks);

/// Exit code: 0 when every run of every point has succeeded.
int run_scaling(const ScalingArguments& arguments);

}  // namespace scaffold

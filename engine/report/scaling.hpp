// A scaling series as a table: what each point measured, against the first one. From the runs' report.json to
// JSON, CSV and a page; starting the runs is the command's business. Definitions: docs/scaling.md.
#pragma once
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/scaling_points.hpp"
#include "core/extent.hpp"
#include "core/system.hpp"
#include "run/records.hpp"

namespace scaffold {

/// What one run says. Sizes in bytes, times in seconds.
struct ScalingMeasure {
  int ranks = 1, threads = 1, hosts = 1;
  std::array<std::int64_t, 3> shards{1, 1, 1};  ///< along D, H, W
  std::int64_t global_batch = 1;
  std::int64_t steps = 0, whole_steps = 0;  ///< of an epoch: as run, and uncut
  double epoch_seconds = 0;                 ///< of a whole epoch: scaled where it was cut
  double step_seconds = 0;                  ///< median
  double samples_per_second = 0;            ///< training
  /// Means of a step over ranks.
  double computing = 0, halo_wait = 0, statistics_wait = 0, allreduce_exposed = 0;
  double exposed_share = 0, total_share = 0;           ///< of communication in the training part
  double halo_bytes = 0, allreduce_bytes = 0;          ///< a step, the busiest rank
  double halo_bandwidth = 0, allreduce_bandwidth = 0;  ///< a second; NaN where nothing is sent
  std::uint64_t peak_memory_bytes = 0;                 ///< of the rank that had most
  std::string device, precision, host;
  std::string dataset_hash;
  Extent3 extents{};  ///< of a sample
};

/// Reads a run's report.json; DataError naming the file when it is none or its run has no complete epoch.
ScalingMeasure scaling_measure(const std::filesystem::path& report_json);

/// One run of a point.
struct ScalingRun {
  std::string folder, log, failure;  ///< failure: why there is no measure
  std::optional<ScalingMeasure> measure;
};

struct ScalingResult {
  ScalingPoint point;
  std::vector<ScalingRun> runs;  ///< one a round, in order
};

struct ScalingSeries {
  ScalingMode mode = ScalingMode::strong;
  std::string launch;  ///< the launcher's command with {ranks}
  int rounds = 1;
  bool interrupted = false;
  std::string started_utc, version, commit;
  MachineDescription machine;  ///< where the series was started
  std::vector<ConfigEntry> config;
  std::vector<ScalingResult> results;
};

/// Over the rounds; NaN when there is no value.
struct Spread {
  double median, low, high;
};
Spread spread(const std::vector<double>& values);

/// A point in the table.
struct ScalingRow {
  const ScalingResult* result = nullptr;
  const ScalingMeasure* first = nullptr;  ///< its first measure, for what does not vary; null when all failed
  int measured = 0;                       ///< runs that succeeded
  Spread epoch, step, samples;
  Spread speedup, efficiency;  ///< of each round against the first point in the same round
  Spread exposed_share, total_share, halo_bandwidth, allreduce_bandwidth;
  double computing = 0, halo_wait = 0, statistics_wait = 0, allreduce_exposed = 0;  ///< of a step; medians
  double ideal = 1;  ///< speed-up that would be perfect: ranks over the first point's ranks
  std::uint64_t peak_memory_bytes = 0;
  bool oversubscribed = false;  ///< more threads than cores: it shows overhead, not speed-up
  bool shares_cores = false;    ///< else: its cores have not grown with its ranks, likewise
};

/// One row a point, in order; they point into the series.
std::vector<ScalingRow> scaling_rows(const ScalingSeries& series);

/// How speed-up and efficiency are defined in this mode, for people.
std::string scaling_definition(ScalingMode mode);
/// What must be known to read the table: cut epochs, shared cores, failures; whole sentences.
std::vector<std::string> scaling_notes(const ScalingSeries& series, const std::vector<ScalingRow>& rows);

std::string scaling_json(const ScalingSeries& series);
std::string scaling_csv(const ScalingSeries& series);
std::string scaling_html(const ScalingSeries& series);
/// For the terminal.
std::string scaling_text(const ScalingSeries& series);
/// scaling.json, scaling.csv and scaling.html in `folder`, each whole.
void write_scaling(const std::filesystem::path& folder, const ScalingSeries& series);

/// "4 ranks", "alone (no launcher)"; where volumes are cut also how: "4 ranks, 2x1x1".
std::string point_label(const ScalingPoint& point);

}  // namespace scaffold

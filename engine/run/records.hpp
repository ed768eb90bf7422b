// What a run says about itself: plain data, filled by the trainer, read by report and monitor. No Torch here.
#pragma once
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "core/system.hpp"
#include "data/dataset_info.hpp"
#include "workload/metric.hpp"

namespace scaffold {

/// Of the workload that a run has unless it says otherwise.
const MetricList& default_metrics();
/// The first of them.
const MetricInfo& default_score();

/// Seconds of one epoch by phase; they add up to the epoch's duration (the rest is `other`).
struct PhaseSeconds {
  double data_wait = 0, forward = 0, backward = 0, optimizer = 0, validation = 0, checkpoint = 0, other = 0;
};

/// What the ranks of a job did in the training part of an epoch. Bytes are what the busiest rank sent
/// (all-reduce: of the values reduced).
struct ParallelRecord {
  std::int64_t steps = 0;  ///< that this is about: the epoch's, or those since a restart in its middle
  double step_min = 0, step_median = 0,
         step_max = 0;  ///< seconds of a step by rank, without waiting for others
  int slowest_rank = 0;
  std::string slowest_host;
  int hosts = 1;  ///< machines that the ranks run on
  double halo_bytes = 0, allreduce_bytes = 0, statistics_bytes = 0;
  double validation_halo_bytes = 0;  ///< the busiest rank's in the epoch's validation
  double halo_seconds = 0;           ///< of exchanges in flight, hidden or not, one by one; mean over ranks
  double halo_wait = 0, statistics_wait = 0;  ///< seconds, mean over ranks
  double allreduce_seconds = 0,
         allreduce_exposed = 0;         ///< in flight; of it after the backward pass; mean over ranks
  double communication_share = 0;       ///< exposed: all waiting / training seconds, mean over ranks
  double communication_total = 0;       ///< the same of all that was in flight, hidden or not
  std::uint64_t peak_memory_bytes = 0;  ///< of the rank that had most, since its process began
  static constexpr std::size_t max_listed_ranks = 4096;
  std::vector<double> rank_step_seconds, rank_peak_bytes;  ///< by rank; empty in larger jobs
};

/// One epoch. The losses, the metrics that are in the table, the duration and the steps are the columns of
/// train_stats.csv.
struct EpochRecord {
  /// With a place for each metric of the workload, by default the first; those in the table begin at 0.
  explicit EpochRecord(const MetricList& list = default_metrics());

  std::int64_t epoch = 0;     ///< 1-based
  double epoch_loss = 0;      ///< sum over training samples
  double overall_loss = 0;    ///< mean over training samples
  double val_loss_epoch = 0;  ///< sum over validation samples
  double val_loss_avg = 0;    ///< mean over validation samples
  double epoch_duration = 0;  ///< seconds
  std::int64_t optimizer_steps = 0, total_optimizer_steps = 0;

  double learning_rate = 0;
  PhaseSeconds phases;
  double samples_per_second = 0;  ///< training samples over the training part of the epoch
  std::uint64_t peak_memory_bytes = 0;
  double gradient_norm = 0;                ///< mean over steps, before clipping
  std::optional<ParallelRecord> parallel;  ///< of jobs of several ranks
  std::vector<Metric> metrics;             ///< as the workload lists them

  double score() const { return metrics.front().value; }
  const MetricInfo& score_info() const { return *metrics.front().info; }
  /// By key ("val_rmse"); Error where the workload has none of this name.
  double& metric(std::string_view key);
  double metric(std::string_view key) const;
  /// Values of the score's parts, by number ("recall_per_class"); empty where they are not known.
  std::vector<double>& parts() { return metrics.front().parts; }
  const std::vector<double>& parts() const { return metrics.front().parts; }

  /// Metrics in the table, those of training first: the columns between losses and duration.
  std::vector<Metric*> table();
  std::vector<const Metric*> table() const;
  /// Those, then all others.
  std::vector<const Metric*> all_metrics() const;

  Metric& find(std::string_view key);
};

enum class RunStatus { converged, epochs_exhausted, interrupted, failed };

/// How a run was watched while it ran.
struct ObservedRecord {
  std::string monitor = "0";   ///< "0", "1" or "record"
  std::uint64_t watchers = 0;  ///< that were let in
  std::uint64_t at_once = 0;   ///< most of them at one time
  std::uint64_t rejected = 0;  ///< attempts without the key
  std::uint64_t bytes_sent = 0;
  std::uint64_t volumes = 0;        ///< validation volumes that were kept for them
  std::vector<std::string> orders;  ///< of watchers, that were carried out
};

/// Everything in report.json.
struct RunRecord {
  const MetricList* metrics = &default_metrics();  ///< of its workload
  const MetricInfo& score_info() const { return metrics->front(); }

  std::string run_dir, job_name, started_utc, version, commit;
  RunStatus status = RunStatus::failed;
  std::string message;  ///< why it ended, for people
  double target = 0, best_score = 0;
  std::int64_t best_epoch = 0;
  double staging_seconds = 0;  ///< of this session
  double warmup_seconds = 0, wall_seconds = 0;
  std::int64_t restarts = 0;
  std::vector<std::string> reasons;  ///< why the run is not official; empty = official
  std::vector<EpochRecord> epochs;
  std::vector<double> step_seconds;  ///< training steps of this session, for percentiles
  double flops_forward = 0;          ///< counted, one sample, one forward pass
  double flops_per_step = 0;         ///< counted: forward + backward of the global batch
  std::int64_t parameters = 0, global_batch = 1, steps_per_epoch = 0;
  std::int64_t validation_samples = 0;  ///< that an epoch validates on
  /// At least this is the score of a network that has learnt nothing; NaN: not known.
  double trivial_score = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::pair<std::string, std::string>> kernels;  ///< kind of layer, what computes it
  std::uint64_t peak_memory_bytes = 0;
  std::uint64_t base_memory_bytes = 0;  ///< of it, in use before the network was made; 0 on GPUs
  std::uint64_t train_seed = 0;
  std::string device, precision;                ///< "cpu", "float32" or "bfloat16 autocast"
  int threads = 1, ranks = 1;                   ///< threads of a rank
  std::array<std::int64_t, 3> shards{1, 1, 1};  ///< of a volume, along D, H, W; ranks = replicas × shards
  std::int64_t deadline = 0;  ///< seconds since 1970 when the scheduler ends the job; 0: not known
  ObservedRecord observed;
  DatasetInfo dataset;
  MachineDescription machine;
  std::vector<std::pair<std::string, std::string>> software;  ///< name, version
  std::vector<ConfigEntry> config;
  double suspended_seconds = 0;  ///< of wall_seconds, in which rank 0 did not run (core/suspension.hpp)
};

}  // namespace scaffold

// The epochs of earlier sessions, from what a run folder holds.
#include <bit>
#include <cmath>
#include <map>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/events.hpp"
#include "run/stats_csv.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

constexpr double largest_whole = 9007199254740992.0;  // 2^53: beyond it a double is no exact count

double real(const Event& event, const char* name) {
  const auto found = event.numbers.find(name);
  if (found == event.numbers.end()) throw DataError(cat("an epoch event without ", name));
  return found->second;
}

double real_or(const Event& event, const char* name, double missing) {
  const auto found = event.numbers.find(name);
  return found == event.numbers.end() ? missing : found->second;
}

/// 0 when it is missing or no size.
std::uint64_t byte_count(const Event& event, const char* name) {
  const double value = real_or(event, name, 0);
  return value > 0 && value <= largest_whole ? static_cast<std::uint64_t>(value) : 0;
}

/// Empty where it is missing or too long.
std::vector<double> by_rank(const Event& event, const char* name) {
  const auto found = event.lists.find(name);
  if (found == event.lists.end() || found->second.size() > ParallelRecord::max_listed_ranks) return {};
  return found->second;
}

std::int64_t whole(const Event& event, const char* name, double least) {
  const double value = real(event, name);
  if (!(value >= least && value <= largest_whole) || value != std::floor(value))
    throw DataError(cat("an epoch event whose ", name, " is not a whole number of at least ", least));
  return static_cast<std::int64_t>(value);
}

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }

using Epochs = std::map<std::int64_t, EpochRecord>;

/// What the log says, as far as it can be read; `damage` tells why no further.
Epochs logged_epochs(const fs::path& path, const MetricList& metrics, std::string& damage) {
  Epochs epochs;
  try {
    for_each_event(path, [&](const Event& event) {
      if (event.type == "epoch") {
        auto record = epoch_from_event(event, metrics);
        epochs.insert_or_assign(record.epoch, std::move(record));
      } else if (event.type == "restart") {
        epochs.erase(epochs.upper_bound(whole(event, "epoch", 0)), epochs.end());
      }
    });
  } catch (const DataError& error) {
    damage = error.what();
  }
  return epochs;
}

Epochs table_epochs(const fs::path& path, const MetricList& metrics, std::string& damage) {
  Epochs epochs;
  try {
    for (auto& record : read_stats(path, metrics)) epochs.emplace(record.epoch, record);
  } catch (const DataError& error) {
    damage = error.what();
  }
  return epochs;
}

}  // namespace

bool same_epoch(const EpochRecord& logged, const EpochRecord& row) {
  return same(logged.epoch_duration, row.epoch_duration) && same(logged.epoch_loss, row.epoch_loss) &&
         same(logged.score(), row.score()) && logged.total_optimizer_steps == row.total_optimizer_steps;
}

EpochRecord epoch_from_event(const Event& event, const MetricList& metrics) {
  EpochRecord e(metrics);
  e.epoch = whole(event, "epoch", 1);
  e.epoch_loss = real(event, "epoch_loss");
  e.overall_loss = real(event, "overall_loss");
  e.val_loss_epoch = real(event, "val_loss_epoch");
  e.val_loss_avg = real(event, "val_loss_avg");
  e.epoch_duration = real(event, "epoch_duration");
  if (!(e.epoch_duration >= 0)) throw DataError("an epoch event whose epoch_duration is not a time");
  e.optimizer_steps = whole(event, "optimizer_steps", 0);
  e.total_optimizer_steps = whole(event, "total_optimizer_steps", 0);
  e.learning_rate = real_or(event, "learning_rate", 0);
  for (auto& metric : e.metrics) {
    const std::string key = metric.info->key();
    metric.value =
        metric.info->in_table ? real(event, key.c_str()) : real_or(event, key.c_str(), metric.value);
    if (metric.info->part.empty()) continue;
    if (const auto parts = event.lists.find(metric.info->parts_key()); parts != event.lists.end())
      metric.parts = parts->second;
  }
  e.phases.data_wait = real_or(event, "phases.data_wait", 0);
  e.phases.forward = real_or(event, "phases.forward", 0);
  e.phases.backward = real_or(event, "phases.backward", 0);
  e.phases.optimizer = real_or(event, "phases.optimizer", 0);
  e.phases.validation = real_or(event, "phases.validation", 0);
  e.phases.checkpoint = real_or(event, "phases.checkpoint", 0);
  e.phases.other = real_or(event, "phases.other", 0);
  e.samples_per_second = real_or(event, "samples_per_second", 0);
  e.peak_memory_bytes = byte_count(event, "peak_memory_bytes");
  e.gradient_norm = real_or(event, "gradient_norm", 0);
  if (event.numbers.contains("parallel.step_seconds_median")) {
    ParallelRecord p;
    p.steps = whole(event, "parallel.steps", 0);
    p.step_min = real_or(event, "parallel.step_seconds_min", 0);
    p.step_median = real_or(event, "parallel.step_seconds_median", 0);
    p.step_max = real_or(event, "parallel.step_seconds_max", 0);
    const double slowest = real_or(event, "parallel.slowest_rank", 0);
    const double hosts = real_or(event, "parallel.hosts", 1);
    p.hosts = hosts >= 1 && hosts < 1e9 ? static_cast<int>(hosts) : 1;
    p.slowest_rank = slowest >= 0 && slowest < 1e9 ? static_cast<int>(slowest) : 0;
    if (const auto host = event.texts.find("parallel.slowest_host"); host != event.texts.end())
      p.slowest_host = host->second;
    p.halo_bytes = real_or(event, "parallel.halo_bytes", 0);
    p.allreduce_bytes = real_or(event, "parallel.allreduce_bytes", 0);
    p.statistics_bytes = real_or(event, "parallel.statistics_bytes", 0);
    p.validation_halo_bytes = real_or(event, "parallel.validation_halo_bytes", 0);
    p.halo_seconds = real_or(event, "parallel.halo_seconds", 0);
    p.halo_wait = real_or(event, "parallel.halo_wait", 0);
    p.statistics_wait = real_or(event, "parallel.statistics_wait", 0);
    p.allreduce_seconds = real_or(event, "parallel.allreduce_seconds", 0);
    p.allreduce_exposed = real_or(event, "parallel.allreduce_exposed", 0);
    p.communication_share = real_or(event, "parallel.communication_share", 0);
    p.communication_total = real_or(event, "parallel.communication_total", 0);
    p.peak_memory_bytes = byte_count(event, "parallel.peak_memory_bytes");
    p.rank_step_seconds = by_rank(event, "parallel.rank_step_seconds");
    p.rank_peak_bytes = by_rank(event, "parallel.rank_peak_memory_bytes");
    e.parallel = p;
  }
  return e;
}

std::vector<EpochRecord> restore_epochs(const fs::path& run_dir, std::int64_t up_to_epoch) {
  std::string log_damage, table_damage;
  const MetricList& metrics = workload_of_run(run_dir).metrics();
  const Epochs logged = logged_epochs(run_dir / "events.jsonl", metrics, log_damage);
  const Epochs table = table_epochs(run_dir / "train_stats.csv", metrics, table_damage);
  std::vector<EpochRecord> epochs;
  for (std::int64_t epoch = 1; epoch <= up_to_epoch; ++epoch) {
    const auto row = table.find(epoch);
    const auto entry = logged.find(epoch);
    if (row != table.end())
      epochs.push_back(entry != logged.end() && same_epoch(entry->second, row->second) ? entry->second
                                                                                       : row->second);
    else if (entry != logged.end() && log_damage.empty())
      epochs.push_back(entry->second);
    else
      throw DataError(cat("run folder '", run_dir.string(), "' has no record of epoch ", epoch, " of the ",
                          up_to_epoch, " that its checkpoint has trained, so a figure of merit is impossible",
                          log_damage.empty() ? "" : "; ", log_damage, table_damage.empty() ? "" : "; ",
                          table_damage, "; start a new run"));
  }
  return epochs;
}

}  // namespace scaffold

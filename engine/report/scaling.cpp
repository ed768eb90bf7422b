#include "report/scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/json.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Where a report's values are looked up; a key that is missing or of another type is a DataError with its
/// name.
class Source {
 public:
  Source(const fs::path& file, const Json& json) : file_(file), json_(json) {}

  template <class T>
  T get(const char* key) const {
    try {
      return json_.at(key).get<T>();
    } catch (const Json::exception&) {
      throw DataError(cat("'", file_.string(), "' is no report of a run that can be compared: ", key,
                          " is missing or of another type"));
    }
  }
  Source at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end() || !found->is_object()) get<int>(key);
    return {file_, *found};
  }
  const Json& json() const { return json_; }

 private:
  const fs::path& file_;
  const Json& json_;
};

/// Sums over the run's epochs.
struct EpochSums {
  double count = 0, steps = 0, whole_seconds = 0, training = 0;
  double halo_bytes = 0, allreduce_bytes = 0, halo_seconds = 0, halo_wait = 0, statistics_wait = 0;
  double allreduce_seconds = 0, allreduce_exposed = 0, exposed = 0, total = 0;
};

void add_parallel(EpochSums& sum, const Source& p, double training) {
  sum.halo_bytes += p.get<double>("halo_bytes");
  sum.allreduce_bytes += p.get<double>("allreduce_bytes");
  sum.halo_seconds += p.get<double>("halo_seconds");
  sum.halo_wait += p.get<double>("halo_wait");
  sum.statistics_wait += p.get<double>("statistics_wait");
  sum.allreduce_seconds += p.get<double>("allreduce_seconds");
  sum.allreduce_exposed += p.get<double>("allreduce_exposed");
  sum.exposed += p.get<double>("communication_share") * training;
  sum.total += p.get<double>("communication_total") * training;
}

/// `steps_factor`, `validation_factor`: by how much a whole epoch's training and validation are longer.
void add_epoch(EpochSums& sum, const Source& epoch, double steps_factor, double validation_factor) {
  const Source phases = epoch.at("phases");
  const double training = phases.get<double>("data_wait") + phases.get<double>("forward") +
                          phases.get<double>("backward") + phases.get<double>("optimizer");
  const double validation = phases.get<double>("validation"), checkpoint = phases.get<double>("checkpoint");
  const double seconds = epoch.get<double>("epoch_duration");
  sum.count += 1;
  sum.steps += epoch.get<double>("optimizer_steps");
  sum.whole_seconds +=
      (seconds - validation - checkpoint) * steps_factor + validation * validation_factor + checkpoint;
  sum.training += training;
  if (epoch.json().contains("parallel")) add_parallel(sum, epoch.at("parallel"), training);
}

double ratio(double a, double b) { return b > 0 ? a / b : unknown; }

/// `edge` of a cube, else `extents`.
Extent3 extents_of(const Source& data) {
  return data.json().contains("edge") ? cube(data.get<std::int64_t>("edge")) : data.get<Extent3>("extents");
}

EpochSums read_epochs(const Source& run, const fs::path& file, ScalingMeasure& m) {
  const Source data = run.at("dataset");
  const auto training = data.get<std::int64_t>("training"), validation = data.get<std::int64_t>("validation");
  const auto validated = run.get<std::int64_t>("validation_samples");
  if (m.global_batch < 1 || m.steps < 1 || validated < 1)
    throw DataError(cat("'", file.string(), "' counts less than one sample, step or validation sample"));
  m.whole_steps = (training + m.global_batch - 1) / m.global_batch;
  m.dataset_hash = data.get<std::string>("hash");
  m.extents = extents_of(data);
  EpochSums sum;
  const auto table = run.json().find("epochs_table");
  if (table != run.json().end() && table->is_array())
    for (const auto& epoch : *table) {
      const Source source(file, epoch);
      add_epoch(sum, source, static_cast<double>(m.whole_steps) / static_cast<double>(m.steps),
                static_cast<double>(validation) / static_cast<double>(validated));
      if (!epoch.contains("parallel")) continue;
      m.hosts = source.at("parallel").get<int>("hosts");
      m.peak_memory_bytes =
          std::max(m.peak_memory_bytes, source.at("parallel").get<std::uint64_t>("peak_memory_bytes"));
    }
  if (sum.count == 0 || sum.steps == 0)
    throw DataError(cat("'", file.string(), "' has no complete epoch: ", run.get<std::string>("message")));
  return sum;
}

void fill_parts(ScalingMeasure& m, const EpochSums& e) {
  m.epoch_seconds = e.whole_seconds / e.count;
  m.halo_wait = e.halo_wait / e.steps;
  m.statistics_wait = e.statistics_wait / e.steps;
  m.allreduce_exposed = e.allreduce_exposed / e.steps;
  m.computing = std::max(0.0, e.training / e.steps - m.halo_wait - m.statistics_wait - m.allreduce_exposed);
  m.exposed_share = e.training > 0 ? e.exposed / e.training : 0;
  m.total_share = e.training > 0 ? e.total / e.training : 0;
  m.halo_bytes = e.halo_bytes / e.steps;
  m.allreduce_bytes = e.allreduce_bytes / e.steps;
  m.halo_bandwidth = e.halo_bytes > 0 ? ratio(e.halo_bytes, e.halo_seconds) : unknown;
  // What a link carries in a ring: each rank sends 2 (n - 1) / n of the values.
  const double carried = e.allreduce_bytes * 2 * (m.ranks - 1) / m.ranks;
  m.allreduce_bandwidth = carried > 0 ? ratio(carried, e.allreduce_seconds) : unknown;
}

}  // namespace

ScalingMeasure scaling_measure(const fs::path& file) {
  const Json json = parse_object(read_text(file), cat("'", file.string(), "'"));
  const Source run(file, json);
  if (run.get<std::string>("format") != "scaffold-report")
    throw DataError(cat("'", file.string(), "' is no run report"));
  ScalingMeasure m;
  m.ranks = run.get<int>("ranks");
  m.threads = run.get<int>("threads");
  m.shards = run.get<std::array<std::int64_t, 3>>("shards");
  m.global_batch = run.get<std::int64_t>("global_batch");
  m.steps = run.get<std::int64_t>("steps_per_epoch");
  m.device = run.get<std::string>("device");
  m.precision = run.get<std::string>("precision");
  m.host = run.at("machine").get<std::string>("host");
  m.peak_memory_bytes = run.get<std::uint64_t>("peak_memory_bytes");
  if (m.ranks < 1) throw DataError(cat("'", file.string(), "': ranks is below 1"));
  fill_parts(m, read_epochs(run, file, m));
  m.step_seconds = run.at("step_seconds").get<double>("p50");
  m.samples_per_second = run.get<double>("samples_per_second");
  return m;
}

Spread spread(const std::vector<double>& values) {
  return {percentile(values, 0.5), percentile(values, 0), percentile(values, 1)};
}

namespace {

/// Speed-up of a run against the first point's run of the same round, so that a machine whose own speed
/// wavers wavers in both.
double speedup(ScalingMode mode, const ScalingMeasure& base, const ScalingMeasure& run) {
  return mode == ScalingMode::strong ? ratio(base.epoch_seconds, run.epoch_seconds)
                                     : ratio(run.samples_per_second, base.samples_per_second);
}

template <class Value>
Spread over_runs(const ScalingResult& result, Value&& value) {
  std::vector<double> values;
  for (const auto& run : result.runs)
    if (run.measure) values.push_back(value(*run.measure));
  return spread(values);
}

std::vector<double> speedups(const ScalingSeries& series, const ScalingResult& result) {
  std::vector<double> values;
  const auto& base = series.results.front().runs;
  for (std::size_t round = 0; round < std::min(base.size(), result.runs.size()); ++round)
    if (base[round].measure && result.runs[round].measure)
      values.push_back(speedup(series.mode, *base[round].measure, *result.runs[round].measure));
  return values;
}

/// Cores that a run's threads have, as far as the machine where the series was started is like the others.
double cores_in_use(const ScalingMeasure& m, const MachineDescription& machine) {
  return std::min(static_cast<double>(m.ranks) * m.threads, static_cast<double>(m.hosts) * machine.cores);
}

void compare_cores(ScalingRow& row, const ScalingMeasure* base, const MachineDescription& machine) {
  if (!row.first || row.first->device != "cpu" || machine.cores < 1) return;
  const ScalingMeasure& m = *row.first;
  row.oversubscribed = m.ranks * m.threads > m.hosts * machine.cores;
  row.shares_cores = !row.oversubscribed && base &&
                     cores_in_use(m, machine) < cores_in_use(*base, machine) * m.ranks / base->ranks;
}

ScalingRow make_row(const ScalingSeries& series, const ScalingResult& result) {
  ScalingRow row;
  row.result = &result;
  for (const auto& run : result.runs) {
    if (!run.measure) continue;
    if (!row.first) row.first = &*run.measure;
    ++row.measured;
    row.peak_memory_bytes = std::max(row.peak_memory_bytes, run.measure->peak_memory_bytes);
  }
  using M = ScalingMeasure;
  row.epoch = over_runs(result, [](const M& m) { return m.epoch_seconds; });
  row.step = over_runs(result, [](const M& m) { return m.step_seconds; });
  row.samples = over_runs(result, [](const M& m) { return m.samples_per_second; });
  row.exposed_share = over_runs(result, [](const M& m) { return m.exposed_share; });
  row.total_share = over_runs(result, [](const M& m) { return m.total_share; });
  row.halo_bandwidth = over_runs(result, [](const M& m) { return m.halo_bandwidth; });
  row.allreduce_bandwidth = over_runs(result, [](const M& m) { return m.allreduce_bandwidth; });
  row.computing = over_runs(result, [](const M& m) { return m.computing; }).median;
  row.halo_wait = over_runs(result, [](const M& m) { return m.halo_wait; }).median;
  row.statistics_wait = over_runs(result, [](const M& m) { return m.statistics_wait; }).median;
  row.allreduce_exposed = over_runs(result, [](const M& m) { return m.allreduce_exposed; }).median;
  row.ideal = static_cast<double>(result.point.ranks) / series.results.front().point.ranks;
  auto ratios = speedups(series, result);
  row.speedup = spread(ratios);
  for (double& value : ratios) value /= row.ideal;
  row.efficiency = spread(ratios);
  return row;
}

}  // namespace

std::vector<ScalingRow> scaling_rows(const ScalingSeries& series) {
  std::vector<ScalingRow> rows;
  for (const auto& result : series.results) rows.push_back(make_row(series, result));
  for (auto& row : rows) compare_cores(row, rows.front().first, series.machine);
  return rows;
}

std::string point_label(const ScalingPoint& point) {
  if (!point.launched) return "alone (no launcher)";
  std::string label = cat(point.ranks, point.ranks == 1 ? " rank" : " ranks");
  const auto& s = point.num_shards;
  if (point.shard_count() > 1) label += cat(", ", s[0], "x", s[1], "x", s[2]);
  return label;
}

std::string scaling_definition(ScalingMode mode) {
  return mode == ScalingMode::strong ? "Strong scaling: every point trains with the same global batch, so an "
                                       "epoch has the same steps. "
                                       "Speed-up = time per epoch of the first point / time per epoch of "
                                       "this one. Efficiency = speed-up / "
                                       "(ranks / ranks of the first point)."
                                     : "Weak scaling: every replica keeps its batch, so a step's work grows "
                                       "with the replicas. Speed-up = "
                                       "training samples per second of this point / those of the first one. "
                                       "Efficiency = speed-up / (ranks / "
                                       "ranks of the first point).";
}

namespace {

std::string labels(const std::vector<ScalingRow>& rows, bool ScalingRow::*flag) {
  std::string text;
  for (const auto& row : rows)
    if (row.*flag) text += cat(text.empty() ? "" : "; ", point_label(row.result->point));
  return text;
}

void note_cut_epochs(std::vector<std::string>& notes, const std::vector<ScalingRow>& rows) {
  for (const auto& row : rows)
    if (row.first && row.first->steps < row.first->whole_steps) {
      notes.push_back(
          cat("Epochs were cut (max_steps_per_epoch), at ", point_label(row.result->point), " to ",
              row.first->steps, " of ", row.first->whole_steps,
              " steps, and validation in proportion: the time per epoch is scaled to a whole epoch."));
      return;
    }
}

void note_cores(std::vector<std::string>& notes, const ScalingSeries& series,
                const std::vector<ScalingRow>& rows) {
  const int cores = series.machine.cores;
  if (const auto text = labels(rows, &ScalingRow::oversubscribed); !text.empty())
    notes.push_back(
        cat("More threads than cores (oversubscribed; this machine has ", cores, "): ", text,
            ". These points show that the distributed path is right and what it costs, not speed-up."));
  if (const auto text = labels(rows, &ScalingRow::shares_cores); !text.empty())
    notes.push_back(
        cat("Cores did not grow with the ranks at: ", text,
            ". There the ranks share what fewer ranks had to themselves, so speed-up and efficiency "
            "show overhead, not scaling."));
  const bool measured =
      std::any_of(rows.begin(), rows.end(), [](const auto& row) { return row.first != nullptr; });
  const bool one_machine = measured && std::all_of(rows.begin(), rows.end(), [](const auto& row) {
                             return !row.first || row.first->hosts == 1;
                           });
  if (one_machine && cores <= 2)
    notes.push_back(
        cat("Everything ran on one machine of ", cores, cores == 1 ? " core" : " cores",
            ", whose memory bandwidth and caches the ranks share: this shows correctness and overhead, "
            "not how the program scales."));
}

void note_failures(std::vector<std::string>& notes, const ScalingSeries& series) {
  for (const auto& result : series.results)
    for (std::size_t round = 0; round < result.runs.size(); ++round)
      if (const auto& run = result.runs[round]; !run.failure.empty())
        notes.push_back(cat("Failed: ", point_label(result.point), ", round ", round + 1, ": ", run.failure,
                            " (", run.log, ")"));
}

}  // namespace

std::vector<std::string> scaling_notes(const ScalingSeries& series, const std::vector<ScalingRow>& rows) {
  std::vector<std::string> notes;
  if (series.interrupted) notes.push_back("The series was interrupted: points or rounds are missing.");
  note_failures(notes, series);
  if (!rows.empty() && !rows.front().first)
    notes.push_back(
        "The first point has no measurement, so there is nothing to compare with: speed-up and "
        "efficiency are unknown.");
  note_cores(notes, series, rows);
  note_cut_epochs(notes, rows);
  return notes;
}

}  // namespace scaffold

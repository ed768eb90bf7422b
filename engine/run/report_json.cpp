#include "run/report_json.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/json.hpp"
#include "run/official.hpp"
#include "run/summary.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

Ordered optional_number(std::optional<double> value) { return value ? number(*value) : Ordered(nullptr); }

Ordered step_json(const std::vector<double>& seconds) {
  const StepTimes times = step_times(seconds);
  return {{"count", times.count},     {"mean", number(times.mean)}, {"min", number(times.min)},
          {"p50", number(times.p50)}, {"p90", number(times.p90)},   {"p99", number(times.p99)},
          {"max", number(times.max)}};
}

Ordered rules_json(const RunRecord& run) {
  Ordered json = {{"official", run.reasons.empty()},
                  {"official_meaning", official_meaning},
                  {"reasons", run.reasons},
                  {"comparability", report::comparability_json(run.config)},
                  {"differs_from_baseline", differs_from_baseline(run.config)}};
  if (workload_of(run.config).official_problem()) {
    json["epoch_time"] = {{"difference", epoch_time_text(run)},
                          {"seconds_beyond_reference", number(seconds_beyond_reference(run))}};
    json["framework"] = framework_text(run);
  }
  if (const auto rules = workload_of(run.config).run_rules())
    json["run_rules"] = {{rules->name, rules->value}, {"reason", rules->reason}};
  return json;
}

Ordered observed_json(const RunRecord& run) {
  return {{"monitor", run.observed.monitor},
          {"watchers", run.observed.watchers},
          {"watchers_at_once", run.observed.at_once},
          {"attempts_without_key", run.observed.rejected},
          {"bytes_sent", run.observed.bytes_sent},
          {"volumes_kept", run.observed.volumes},
          {"orders", run.observed.orders}};
}

Ordered result_json(const RunRecord& run) {
  const EpochRecord* best = best_epoch(run.epochs);
  Ordered json = {{"format", "scaffold-report"},
                  {"report_version", report_version},
                  {"fom_seconds", optional_number(figure_of_merit(run))},
                  {"fom_inverse_seconds", optional_number(inverse_figure_of_merit(run))},
                  {"converged", run.status == RunStatus::converged},
                  {"status", status_name(run.status)},
                  {"message", run.message},
                  {"epochs", run.epochs.size()},
                  {"best_epoch", best ? Ordered(best->epoch) : Ordered(nullptr)},
                  {run.score_info().target_key(), number(run.target)}};
  if (const auto& key = run.score_info().trivial_key; !key.empty()) json[key] = number(run.trivial_score);
  json.update(rules_json(run));
  json["restarts"] = run.restarts;
  json["observed"] = observed_json(run);
  for (const auto& info : *run.metrics)
    if (!info.training) json[info.best_key()] = best ? number(best->metric(info.key())) : Ordered(nullptr);
  return json;
}

Ordered performance_json(const RunRecord& run) {
  return {{"trained_seconds", number(trained_seconds(run.epochs))},
          {"staging_seconds", number(run.staging_seconds)},
          {"warmup_seconds", number(run.warmup_seconds)},
          {"wall_seconds", number(run.wall_seconds)},
          {"suspended_seconds", number(run.suspended_seconds)},
          {"phase_seconds", report::phases_json(phase_totals(run.epochs))},
          {"step_seconds", step_json(run.step_seconds)},
          {"samples_per_second", optional_number(mean_samples_per_second(run.epochs))},
          {"flops_forward", number(run.flops_forward)},
          {"flops_per_step", number(run.flops_per_step)},
          {"achieved_flops_per_second", optional_number(achieved_flops_per_second(run))},
          {"peak_memory_bytes", run.peak_memory_bytes},
          {"base_memory_bytes", run.base_memory_bytes},
          {"parameters", run.parameters},
          {"global_batch", run.global_batch},
          {"steps_per_epoch", run.steps_per_epoch},
          {"validation_samples", run.validation_samples}};
}

Ordered kernels_json(const RunRecord& run) {
  Ordered json = Ordered::object();
  for (const auto& [layer, kernel] : run.kernels) json[layer] = kernel;
  return json;
}

Ordered setting_json(const RunRecord& run) {
  Ordered epochs = Ordered::array();
  for (const auto& epoch : run.epochs) epochs.push_back(report::epoch_json(epoch));
  return {{"job_name", run.job_name},
          {"run_dir", run.run_dir},
          {"started_utc", run.started_utc},
          {"version", run.version},
          {"commit", run.commit},
          {"train_seed", run.train_seed},
          {"device", run.device},
          {"precision", run.precision},
          {"threads", run.threads},
          {"ranks", run.ranks},
          {"shards", {run.shards[0], run.shards[1], run.shards[2]}},
          {"kernels", kernels_json(run)},
          {"machine", report::machine_json(run.machine)},
          {"software", report::software_json(run)},
          {"dataset", report::dataset_json(run.dataset)},
          {"configuration", report::configuration_json(run.config)},
          {"epochs_table", std::move(epochs)}};
}

/// Typed access to a parsed report; every mismatch is a DataError that names file and key.
class Reader {
 public:
  explicit Reader(const fs::path& path)
      : path_(path), json_(parse_object(read_text(path), cat("'", path.string(), "'"))) {}

  std::string text(const char* key) const {
    const Json& value = at(key);
    if (!value.is_string()) fail(key, "a text");
    return value.get<std::string>();
  }
  bool flag(const char* key) const {
    const Json& value = at(key);
    if (!value.is_boolean()) fail(key, "true or false");
    return value.get<bool>();
  }
  std::int64_t count(const char* key, bool null_allowed = false) const {
    const Json& value = at(key);
    if (null_allowed && value.is_null()) return 0;
    const auto n = value.is_number_integer() ? value.get<std::int64_t>() : -1;
    if (n < 0) fail(key, "a count");
    return n;
  }
  std::optional<double> real(const char* key) const {
    const Json& value = at(key);
    if (value.is_null()) return std::nullopt;
    if (!value.is_number()) fail(key, "a number or null");
    return value.get<double>();
  }
  std::vector<std::string> texts(const char* key) const {
    const Json& value = at(key);
    if (!value.is_array()) fail(key, "a list of texts");
    std::vector<std::string> list;
    for (const auto& item : value) {
      if (!item.is_string()) fail(key, "a list of texts");
      list.push_back(item.get<std::string>());
    }
    return list;
  }
  /// Reports of before workloads were named are of the default.
  const Workload& workload() const {
    const Json pointer = json_.value("/configuration/workload/value"_json_pointer, Json());
    return pointer.is_string() ? workload_named(pointer.get<std::string>()) : default_workload();
  }
  void check_format() const {
    if (text("format") != "scaffold-report") fail("format", "\"scaffold-report\"");
    if (const auto version = count("report_version"); version > report_version)
      throw DataError(cat("'", path_.string(), "' has report_version ", version,
                          ", this program reads up to ", report_version, "; use a newer one"));
  }

 private:
  const Json& at(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end())
      throw DataError(cat("'", path_.string(), "' is no run report: it has no ", key));
    return *found;
  }
  [[noreturn]] void fail(const char* key, const char* expected) const {
    throw DataError(cat("'", path_.string(), "': ", key, " is not ", expected));
  }

  fs::path path_;
  Json json_;
};

}  // namespace

std::string report_json(const RunRecord& run) {
  Ordered json = result_json(run);
  json.update(performance_json(run));
  json.update(setting_json(run));
  return dump(json, 2) + '\n';
}

ReportSummary read_report(const fs::path& path) {
  const Reader reader(path);
  reader.check_format();
  ReportSummary report;
  report.version = reader.count("report_version");
  report.job_name = reader.text("job_name");
  report.started_utc = reader.text("started_utc");
  report.status = reader.text("status");
  report.message = reader.text("message");
  report.converged = reader.flag("converged");
  report.official = reader.flag("official");
  report.fom_seconds = reader.real("fom_seconds");
  report.epochs = reader.count("epochs");
  report.best_epoch = reader.count("best_epoch", true);
  report.restarts = reader.count("restarts");
  const MetricInfo& score = reader.workload().metrics().front();
  report.best_score = reader.real(score.best_key().c_str());
  report.target = reader.real(score.target_key().c_str());
  report.reasons = reader.texts("reasons");
  return report;
}

}  // namespace scaffold

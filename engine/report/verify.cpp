#include "report/verify.hpp"

#include <algorithm>
#include <fstream>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/verify_parts.hpp"
#include "run/events.hpp"
#include "run/stats_csv.hpp"
#include "run/summary.hpp"
#include "storage/checksum.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

using namespace report;

constexpr const char *report_file = "report.json", *events_file = "events.jsonl",
                     *table_file = "train_stats.csv", *config_file = "config.yaml";

/// Of events.jsonl: the last session's beginning and end, and each epoch as it was last trained.
struct Log {
  Json start, closing, end;  ///< null where there is none
  std::map<std::int64_t, Json> epochs;
  std::vector<EpochRecord> records;
};

/// Without the three keys that every event has.
Json facts_of(Json event) {
  for (const char* key : {"type", "time", "t"}) event.erase(key);
  return event;
}

void use_event(Json event, Log& log) {
  const std::string type = event.value("type", "");
  if (type == "run_start") {
    log.start = facts_of(std::move(event));
    log.closing = log.end = nullptr;
  } else if (type == "report") {
    log.closing = facts_of(std::move(event));
  } else if (type == "run_end") {
    log.end = facts_of(std::move(event));
  } else if (type == "epoch" && event.contains("epoch") && event["epoch"].is_number_integer()) {
    const auto n = event["epoch"].get<std::int64_t>();
    log.epochs.insert_or_assign(n, facts_of(std::move(event)));
  } else if (type == "restart" && event.contains("epoch") && event["epoch"].is_number_integer()) {
    log.epochs.erase(log.epochs.upper_bound(event["epoch"].get<std::int64_t>()), log.epochs.end());
  }
}

Log read_log(const fs::path& run_dir, const MetricList& metrics, Verification& into) {
  Log log;
  const fs::path path = run_dir / events_file;
  std::error_code ignored;
  const bool regular = fs::is_regular_file(path, ignored);  // a pipe would be waited for
  std::ifstream file;
  if (regular) file.open(path, std::ios::binary);
  if (!regular || !file) into.differ(events_file, "file", "a log of events", "it cannot be read");
  std::string line;
  for (std::size_t n = 1; std::getline(file, line) && !file.eof(); ++n) {
    try {
      use_event(parse_object(line, cat("line ", n)), log);
    } catch (const std::exception&) {
      into.differ(events_file, cat("line ", n), "an event", "no JSON object that can be one");
    }
  }
  try {
    std::map<std::int64_t, EpochRecord> records;
    for_each_event(path, [&](const Event& event) {
      if (event.type == "epoch") {
        auto record = epoch_from_event(event, metrics);
        records.insert_or_assign(record.epoch, std::move(record));
      } else if (event.type == "restart") {
        if (const auto at = event.numbers.find("epoch"); at != event.numbers.end())
          std::erase_if(records, [&](const auto& r) { return static_cast<double>(r.first) > at->second; });
      }
    });
    for (auto& [n, record] : records) log.records.push_back(std::move(record));
  } catch (const DataError& error) {
    into.differ(events_file, "events", "sound", error.what());
  }
  return log;
}

std::vector<EpochRecord> read_table(const fs::path& run_dir, const MetricList& metrics, Verification& into) {
  try {
    return read_stats(run_dir / table_file, metrics);
  } catch (const DataError& error) {
    into.differ(table_file, "rows", "sound", error.what());
    return {};
  }
}

/// The columns of a row, under the report's keys.
Json columns(const EpochRecord& e, const MetricList& metrics) {
  const Json whole = Json::parse(dump(epoch_json(e)));
  Json row = Json::object();
  for (const auto& column : split(stats_header(metrics), ',')) row[column] = whole.at(column);
  return row;
}

/// A text of the report; empty where it is missing or something else.
std::string text_of(const Json& report, const char* key) {
  const auto found = report.find(key);
  return found != report.end() && found->is_string() ? found->get<std::string>() : "";
}

/// The run as far as the figures need it, with the epochs of one source.
RunRecord record_of(const Json& report, std::vector<EpochRecord> epochs) {
  RunRecord run;
  run.status = text_of(report, "status") == "converged" ? RunStatus::converged : RunStatus::failed;
  run.staging_seconds = report.contains("staging_seconds") && report["staging_seconds"].is_number()
                            ? report["staging_seconds"].get<double>()
                            : 0;
  run.epochs = std::move(epochs);
  return run;
}

Ordered or_null(std::optional<double> value) { return value ? number(*value) : Ordered(nullptr); }

/// Keys of the report that follow from the epochs and from its other keys.
Json derived(const Json& report, const std::vector<EpochRecord>& epochs, const MetricInfo& score) {
  RunRecord run = record_of(report, epochs);
  const EpochRecord* best = best_epoch(epochs);
  Ordered json{{"epochs", epochs.size()},
               {"best_epoch", best ? Ordered(best->epoch) : Ordered(nullptr)},
               {"trained_seconds", number(trained_seconds(epochs))},
               {"phase_seconds", phases_json(phase_totals(epochs))},
               {"samples_per_second", or_null(mean_samples_per_second(epochs))}};
  if (report.contains("step_seconds") && report["step_seconds"].contains("p50") &&
      report["step_seconds"]["p50"].is_number())
    run.step_seconds = {report["step_seconds"]["p50"].get<double>()};
  if (report.contains("flops_per_step") && report["flops_per_step"].is_number())
    run.flops_per_step = report["flops_per_step"].get<double>();
  json[score.best_key()] = best ? number(best->score()) : Ordered(nullptr);
  json["achieved_flops_per_second"] = or_null(achieved_flops_per_second(run));
  return Json::parse(dump(json));
}

void verify_derived(const Json& report, const std::vector<EpochRecord>& epochs, const MetricInfo& score,
                    Verification& into) {
  const Json anew = derived(report, epochs, score);
  for (const auto& [key, found] : anew.items())
    if (const Json stated = report.contains(key) ? report.at(key) : Json("none"); stated != found)
      into.differ(report_file, key, show(stated),
                  cat(show(found), " (from the epochs of ", events_file, ")"));
}

/// A run that reached its target says that it converged, and no other.
void verify_status(const Json& report, const std::vector<EpochRecord>& epochs, const MetricInfo& score,
                   Verification& into) {
  const bool stated = text_of(report, "status") == "converged";
  const std::string key = score.target_key();
  const double target =
      report.contains(key) && report[key].is_number() ? report[key].get<double>() : std::nan("");
  const bool reached = !epochs.empty() && score.reaches(epochs.back().score(), target);
  if (stated != reached)
    into.differ(report_file, "status", report.contains("status") ? show(report["status"]) : "none",
                cat(reached ? "a last " : "no ", score.title(), " of ",
                    shortest(reached ? epochs.back().score() : target),
                    reached                  ? ", which reaches the target"
                    : score.higher_is_better ? " or more at its end"
                                             : " or less at its end",
                    " (", events_file, ")"));
  if (report.contains("converged") && report["converged"] != Json(stated))
    into.differ(report_file, "converged", show(report["converged"]),
                cat("status ", report.contains("status") ? show(report["status"]) : "none"));
}

void verify_figure(const char* file, const Json& report, const std::vector<EpochRecord>& epochs,
                   Verification& into) {
  const Json found = Json::parse(dump(or_null(figure_of_merit(record_of(report, epochs)))));
  const Json stated = report.contains("fom_seconds") ? report["fom_seconds"] : Json("none");
  if (found == stated)
    into.fits.emplace_back(cat("figure of merit, recounted from ", file),
                           found.is_null() ? "none, as stated" : show(found) + " s, as stated");
  else
    into.differ(report_file, "fom_seconds", show(stated), cat(show(found), " (", file, ")"));
}

Config verify_configuration(const fs::path& run_dir, const Json& report, Copies& copies, Verification& into) {
  try {
    MergedConfig merged;
    merged.values = config_from_yaml_text(read_regular_text(run_dir / config_file), config_file);
    const Json values = Json::parse(dump(configuration_json(entries(merged))));
    const bool restarted = report.value("restarts", Json(0)) != Json(0);
    const std::string target_key = workload_of(merged.values).metrics().front().target_key();
    for (const auto& [key, entry] : values.items()) {
      // A restart may have had other values of some keys, which its report then has.
      if (restarted && may_change_on_restart(key)) continue;
      copies.add(config_file, entry.at("value"), cat("configuration.", key, ".value"));
      if (key == target_key) copies.add_value(config_file, key, entry.at("value"));
    }
    into.fits.emplace_back("configuration", cat("hash ", configuration_hash(merged.values)));
    return merged.values;
  } catch (const Error& error) {
    into.differ(config_file, "contents", "a configuration", error.what());
    return {};
  }
}

template <class T>
T get(const Json& json, const char* key) {
  try {
    return json.at(key).get<T>();
  } catch (const Json::exception&) {
    throw DataError(cat("'", report_file, "': ", key, " is missing or of another type"));
  }
}

RunClaims claims_of(const Json& report) {
  RunClaims c;
  c.status = get<std::string>(report, "status");
  c.device = get<std::string>(report, "device");
  c.precision = get<std::string>(report, "precision");
  c.commit = get<std::string>(report, "commit");
  const Json dataset = get<Json>(report, "dataset");
  c.dataset_folder = get<std::string>(dataset, "folder");
  c.dataset_hash = get<std::string>(dataset, "hash");
  c.dataset_format = get<std::string>(dataset, "format");
  c.volumes = get<std::int64_t>(dataset, "volumes");
  c.training = get<std::int64_t>(dataset, "training");
  c.validation = get<std::int64_t>(dataset, "validation");
  c.extents =
      dataset.contains("edge") ? cube(get<std::int64_t>(dataset, "edge")) : get<Extent3>(dataset, "extents");
  if (dataset.contains("classes")) c.classes = get<std::int64_t>(dataset, "classes");
  c.dataset_bytes = get<std::uint64_t>(dataset, "bytes");
  c.validation_samples = get<std::int64_t>(report, "validation_samples");
  c.global_batch = get<std::int64_t>(report, "global_batch");
  c.restarts = get<std::int64_t>(report, "restarts");
  c.train_seed = get<std::uint64_t>(report, "train_seed");
  c.threads = get<int>(report, "threads");
  c.shards = get<std::array<std::int64_t, 3>>(report, "shards");
  return c;
}

/// Each epoch in the report, the log and the table.
void add_epochs(const Json& report, const Log& log, const std::vector<EpochRecord>& table,
                const MetricList& metrics, Copies& copies) {
  const auto name = [](std::int64_t epoch) { return cat("epochs_table.", epoch); };
  if (report.contains("epochs_table") && report["epochs_table"].is_array())
    copies.add(report_file, report["epochs_table"], "epochs_table");
  copies.add_value(events_file, "epochs_table.length", log.epochs.size());
  copies.add_value(table_file, "epochs_table.length", table.size());
  for (const auto& [epoch, event] : log.epochs) copies.add(events_file, event, name(epoch));
  // By its place in the table, so that the epoch's number is compared like the other columns.
  for (std::size_t i = 0; i < table.size(); ++i)
    copies.add(table_file, columns(table[i], metrics), name(static_cast<std::int64_t>(i) + 1));
}

/// Every place in which a key of the report is written down.
std::size_t compare_copies(const Json& report, const Log& log, const std::vector<EpochRecord>& table,
                           const MetricList& metrics, const std::vector<std::string>& intact, Copies& copies,
                           Verification& into) {
  Json rest = report;
  rest.erase("epochs_table");
  copies.add(report_file, rest);
  if (!log.closing.is_null()) copies.add(events_file, log.closing);
  // What is known before training; the report may have keys of the same names alone.
  for (const auto& [key, value] : log.start.items())
    if (report.contains(key)) copies.add(events_file, value, key);
  for (const auto& [key, value] : log.end.items())
    if (report.contains(key)) copies.add(events_file, value, key);
  add_epochs(report, log, table, metrics, copies);
  if (!log.closing.is_null()) copies.compare_keys(report_file, events_file, into);
  return copies.compare(into, intact);
}

}  // namespace

std::string configuration_hash(const Config& config) {
  MergedConfig merged;
  merged.values = config;
  std::string text;
  for (const auto& entry : entries(merged)) text += cat(entry.key, ": ", entry.value, '\n');
  return hex16(checksum(text));
}

std::optional<RunClaims> verify_records(const fs::path& run_dir, const fs::path& checkpoints,
                                        Verification& into) {
  if (std::error_code error; !fs::exists(run_dir / report_file, error))
    throw DataError(cat("'", run_dir.string(), "' has no ", report_file,
                        ": the run is under way or was killed, so it states nothing yet"));
  std::vector<std::string> required{config_file, events_file, table_file, report_file};
  const std::string final_file = (checkpoints.lexically_relative(run_dir) / "final.h5").generic_string();
  if (std::error_code error; fs::exists(checkpoints / "final.h5", error)) required.push_back(final_file);
  const auto intact = verify_digests(run_dir, required, into);
  Json report;
  try {
    report = parse_object(read_regular_text(run_dir / report_file), report_file);
  } catch (const DataError& error) {
    into.differ(report_file, "contents", "a report", error.what());
    return std::nullopt;
  }
  const std::size_t before = into.differences.size();
  const MetricList& metrics = workload_of_run(run_dir).metrics();
  const Log log = read_log(run_dir, metrics, into);
  const auto table = read_table(run_dir, metrics, into);
  Copies copies;
  const Config config = verify_configuration(run_dir, report, copies, into);
  const std::size_t compared = compare_copies(report, log, table, metrics, intact, copies, into);
  verify_derived(report, log.records, metrics.front(), into);
  verify_status(report, log.records, metrics.front(), into);
  verify_figure(events_file, report, log.records, into);
  verify_figure(table_file, report, table, into);
  if (into.differences.size() == before)
    into.fits.emplace_back("records", cat(compared, " values agree wherever they stand"));
  try {
    RunClaims claims = claims_of(report);
    claims.epochs = log.records;
    claims.config = config;
    return claims;
  } catch (const DataError& error) {
    into.differ(report_file, "contents", "a report", error.what());
    return std::nullopt;
  }
}

}  // namespace scaffold

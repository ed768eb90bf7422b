#include "monitor/run_source.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <limits>

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "run/artifact.hpp"
#include "run/stats_csv.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

// Far beyond what a run writes; what is larger is damaged or not ours, and would fill memory.
constexpr std::uint64_t max_table_bytes = std::uint64_t{16} << 20, max_report_bytes = std::uint64_t{32} << 20,
                        max_config_bytes = std::uint64_t{256} << 10, max_log_bytes = std::uint64_t{2} << 30;
constexpr std::uint64_t piece = std::uint64_t{4} << 20, longest_line = std::uint64_t{1} << 20;
constexpr std::int64_t seconds_until_silent = 600;
constexpr double max_position = 1e9;  // epochs

/// Thrown out of reading a log when nobody wants the rest.
struct Stopped {};

double number(const Event& event, const char* name) {
  const auto found = event.numbers.find(name);
  return found == event.numbers.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

/// 0 when it is missing or no count.
std::int64_t count(const Event& event, const char* name) {
  const double value = number(event, name);
  return value > 0 && value < 1e15 ? static_cast<std::int64_t>(value) : 0;
}

std::string text(const Event& event, const char* name) {
  const auto found = event.texts.find(name);
  return found == event.texts.end() ? "" : found->second.substr(0, 256);
}

/// Seconds since 1970 of "2026-11-21T10:20:30.123Z"; 0 for anything else.
double seconds_of_utc(const std::string& time) {
  std::tm utc{};
  const char* rest = ::strptime(time.c_str(), "%Y-%m-%dT%H:%M:%S", &utc);
  if (!rest) return 0;
  const std::string end = rest;
  double fraction = 0;
  const bool whole = end == "Z";
  if (!whole && (end.size() < 3 || end[0] != '.' || end.back() != 'Z' ||
                 !parse_double("0" + end.substr(0, end.size() - 1), fraction)))
    return 0;
  return static_cast<double>(::timegm(&utc)) + fraction;
}

double weighted(double a, double wa, double b, double wb) { return (a * wa + b * wb) / (wa + wb); }

RunStep joined(const RunStep& a, const RunStep& b) {
  RunStep c;
  c.from = a.from;
  c.to = b.to;
  c.steps = a.steps + b.steps;
  c.loss = weighted(a.loss, a.steps, b.loss, b.steps);
  c.gradient_norm = weighted(a.gradient_norm, a.steps, b.gradient_norm, b.steps);
  c.samples_per_second = weighted(a.samples_per_second, a.seconds, b.samples_per_second, b.seconds);
  c.seconds = a.seconds + b.seconds;
  c.learning_rate = b.learning_rate;
  c.memory_bytes = b.memory_bytes;
  c.time = b.time;
  return c;
}

/// Reads a file by `read` unless it is missing, no plain file or too large: then, or when it is damaged, a
/// message.
template <class Read>
std::string attempt(const fs::path& path, bool regular, std::uint64_t size, std::uint64_t most,
                    const Read& read) {
  if (!regular) return cat("'", path.string(), "' is no plain file");
  if (size > most)
    return cat("'", path.string(), "' has ", human_bytes(static_cast<double>(size)), ", more than the ",
               human_bytes(static_cast<double>(most)), " that can be shown");
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

std::string RunData::status(std::int64_t now) const {
  const bool resumed = begun && end_status.empty();  // a report.json is then of an earlier session
  if (report && !resumed) return report->status;
  if (!end_status.empty()) return end_status;
  if (changed == 0) return "not begun";
  return now - changed < seconds_until_silent ? "running" : "no end";
}

std::optional<std::pair<double, std::int64_t>> RunData::best() const {
  std::optional<std::pair<double, std::int64_t>> best;
  for (const auto& each : epochs)
    if (each.record.score_info().better(each.record.score(), best ? best->first : std::nan("")))
      best = {each.record.score(), each.record.epoch};
  return best;
}

RunSource::RunSource(fs::path folder, std::size_t step_limit, bool mirror)
    : folder_(std::move(folder)), step_limit_(std::max<std::size_t>(step_limit, 2)), mirror_(mirror) {
  data_.name = folder_name(folder_);
}

RunSource::Stamp RunSource::stamp(const fs::path& path) {
  struct stat info {};
  Stamp stamp;
  if (::stat(path.c_str(), &info) != 0) return stamp;
  stamp.exists = true;
  stamp.regular = S_ISREG(info.st_mode);  // opening a pipe would wait for its writer
  stamp.size = static_cast<std::uint64_t>(info.st_size);
  stamp.device = info.st_dev;
  stamp.inode = info.st_ino;
  stamp.seconds = info.st_mtim.tv_sec;
  stamp.nanoseconds = info.st_mtim.tv_nsec;
  return stamp;
}

bool RunSource::refresh(const std::atomic<bool>* stop) {
  bool changed = first_;
  const auto look = [&](Stamp& before, const char* file, const auto& read) {
    const Stamp now = stamp(folder_ / file);
    if (!first_ && now == before && !(unfinished_ && &before == &log_stamp_)) return;
    changed = true;
    const Stamp old = std::exchange(before, now);
    read(old, now);
  };
  // First: it says which workload's metrics the others hold.
  look(config_stamp_, "config.yaml", [&](const Stamp&, const Stamp& now) { read_config(now); });
  look(table_stamp_, "train_stats.csv", [&](const Stamp&, const Stamp& now) { read_table(now); });
  look(log_stamp_, "events.jsonl", [&](const Stamp& old, const Stamp& now) { read_log(old, now, stop); });
  look(report_stamp_, "report.json", [&](const Stamp&, const Stamp& now) { read_report_file(now); });
  first_ = false;
  if (changed) merge();
  return changed;
}

void RunSource::read_table(const Stamp& now) {
  const fs::path path = folder_ / "train_stats.csv";
  table_.clear();
  table_problem_ = !now.exists ? mirror_ ? "" : "there is no train_stats.csv (yet)"
                               : attempt(path, now.regular, now.size, max_table_bytes,
                                         [&] { table_ = read_stats(path, *data_.metrics); });
  if (table_.size() > max_epochs) {
    table_.resize(max_epochs);
    table_problem_ = cat("'", path.string(), "': only its first ", max_epochs, " epochs are shown");
  }
}

void RunSource::read_log(const Stamp& before, const Stamp& now, const std::atomic<bool>* stop) {
  const fs::path path = folder_ / "events.jsonl";
  unfinished_ = false;
  const bool same = now.exists && before.exists && now.inode == before.inode && now.device == before.device &&
                    now.size >= log_offset_;
  if (!same) {  // another file in its place
    logged_.clear();
    data_.steps.clear();
    data_.restarts.clear();
    data_.end_status.clear();
    data_.begun = restarted_ = false;
    data_.notes.clear();
    data_.samples.clear();
    data_.validating.reset();
    data_.epoch = data_.step = 0;
    best_score_ = std::nan("");
    sample_count_ = 0;
    log_target_.reset();
    log_offset_ = 0;
    steps_per_epoch_ = 0;
    merged_ = 1;
  } else if (!log_problem_.empty()) {
    return;  // damaged before its end: nothing behind can be trusted
  }
  if (!now.exists) {
    log_problem_ = mirror_ ? "" : "there is no events.jsonl (yet)";
    return;
  }
  const std::uint64_t begin = log_offset_;
  try {
    log_problem_ = attempt(path, now.regular, now.size, max_log_bytes, [&] {
      log_offset_ = for_each_event_from(
          path, log_offset_,
          [&](const Event& event) {
            if (stop && *stop) throw Stopped{};
            use(event);
          },
          piece);
      unfinished_ = log_offset_ < now.size && log_offset_ - begin + longest_line >= piece;
    });
  } catch (const Stopped&) {
  }
}

void RunSource::read_report_file(const Stamp& now) {
  const fs::path path = folder_ / "report.json";
  data_.report.reset();
  report_problem_.clear();
  if (now.exists)  // it is written at the end
    report_problem_ = attempt(path, now.regular, now.size, max_report_bytes, [&] {
      data_.report = read_report(path);
      shorten(*data_.report);
    });
}

/// Texts of a file that anybody may have written, cut to what a window can show.
void RunSource::shorten(ReportSummary& report) {
  constexpr std::size_t max_text = 400, max_reasons = 60;
  report.message.resize(std::min(report.message.size(), max_text));
  report.status.resize(std::min(report.status.size(), max_text));
  if (report.reasons.size() > max_reasons) report.reasons.resize(max_reasons);
  for (auto& reason : report.reasons) reason.resize(std::min(reason.size(), max_text));
}

void RunSource::read_config(const Stamp& now) {
  const fs::path path = folder_ / "config.yaml";
  config_target_.reset();
  config_problem_ = !now.exists ? mirror_ ? "" : "there is no config.yaml"
                                : attempt(path, now.regular, now.size, max_config_bytes, [&] {
                                    const Config config = config_from_yaml_text(
                                        read_text(path, max_config_bytes), path.string());
                                    config_target_ = config.target;
                                    use_metrics(workload_of(config).metrics());
                                  });
}

/// Of another workload than was thought: all is read again.
void RunSource::use_metrics(const MetricList& metrics) {
  if (std::exchange(data_.metrics, &metrics) != &metrics) table_stamp_ = log_stamp_ = report_stamp_ = {};
}

void RunSource::note(const Event& event, RunNote::Kind kind, std::string text, std::int64_t epoch) {
  if (data_.notes.size() >= max_notes) data_.notes.erase(data_.notes.begin());
  data_.notes.push_back({event.t, event.time.substr(0, 64), kind, std::move(text), epoch});
}

void RunSource::use(const Event& event) {
  using Kind = RunNote::Kind;
  data_.last_t = event.t;
  data_.last_time = event.time.substr(0, 64);
  if (event.type == "step") {
    use_step(event);
  } else if (event.type == "epoch") {
    use_epoch(event);
  } else if (event.type == "restart") {
    use_restart(event);
  } else if (event.type == "run_start") {
    use_start(event);
  } else if (event.type == "validating") {
    const auto epoch = count(event, "epoch"), done = count(event, "done"), total = count(event, "total");
    if (total > 0 && done <= total) data_.validating = {epoch, done, total};
  } else if (event.type == "samples") {
    use_samples(event);
  } else if (event.type == "checkpoint") {
    note(event, Kind::checkpoint,
         cat(text(event, "kind"), " checkpoint, ", human_bytes(std::max(number(event, "bytes"), 0.0)), " in ",
             human_seconds(std::max(number(event, "seconds"), 0.0))),
         count(event, "epoch"));
  } else if (event.type == "control") {
    note(event, Kind::order, cat("a watcher ordered: ", text(event, "order")));
  } else if (event.type == "signal") {
    note(event, Kind::signal, cat("signal ", text(event, "name"), ": ", text(event, "action")));
  } else if (event.type == "note") {
    const std::string level = text(event, "level");
    note(event,
         level == "error"     ? Kind::error
         : level == "warning" ? Kind::warning
                              : Kind::info,
         text(event, "text"));
  } else if (event.type == "run_end") {
    data_.end_status = text(event, "status");
    data_.validating.reset();
    note(event, Kind::end, cat(data_.end_status, ": ", text(event, "message")));
  }
}

void RunSource::use_start(const Event& event) {
  data_.begun = true;
  data_.end_status.clear();
  data_.validating.reset();
  data_.device = text(event, "device");
  data_.precision = text(event, "precision");
  data_.dataset = text(event, "dataset.folder");
  const double ranks = number(event, "ranks"), steps = number(event, "steps_per_epoch");
  data_.ranks = ranks >= 1 && ranks < 1e7 ? static_cast<int>(ranks) : 0;
  steps_per_epoch_ = steps >= 1 && steps < max_position ? steps : 0;
  data_.steps_per_epoch = static_cast<std::int64_t>(steps_per_epoch_);
  data_.validation_samples = count(event, "validation_samples");
  data_.global_batch = count(event, "global_batch");
  data_.parameters = count(event, "parameters");
  data_.deadline = count(event, "deadline");
  const double flops = number(event, "flops_per_step");
  data_.flops_per_step = flops > 0 && std::isfinite(flops) ? flops : 0;
  if (const double target = number(event, data_.score_info().target_key().c_str()); std::isfinite(target))
    log_target_ = target;
  note(event, RunNote::Kind::start,
       cat("training begins on ", data_.device, ", ", data_.ranks, data_.ranks == 1 ? " rank" : " ranks"));
}

void RunSource::use_epoch(const Event& event) {
  EpochRecord record = epoch_from_event(event, *data_.metrics);
  if (record.parts().size() > max_classes)
    throw DataError(cat("events.jsonl: epoch ", record.epoch, " has ", record.parts().size(), " ",
                        record.score_info().part, "es"));
  data_.validating.reset();
  if (record.score_info().better(record.score(), best_score_)) {
    best_score_ = record.score();
    note(event, RunNote::Kind::best,
         cat("new best ", record.score_info().title(), " ", record.score_info().text(record.score())),
         record.epoch);
  }
  if (!std::isfinite(record.overall_loss) || !std::isfinite(record.val_loss_avg))
    note(event, RunNote::Kind::error, "a loss is not finite", record.epoch);
  const std::int64_t epoch = record.epoch;
  logged_.insert_or_assign(epoch, RunEpoch{std::move(record), true, seconds_of_utc(event.time)});
  if (logged_.size() > max_epochs) throw DataError(cat("events.jsonl: more than ", max_epochs, " epochs"));
}

void RunSource::use_samples(const Event& event) {
  const auto volumes = event.lists.find("volumes"), scores = event.lists.find(data_.score_info().name);
  const std::int64_t epoch = count(event, "epoch");
  if (volumes == event.lists.end() || scores == event.lists.end() ||
      volumes->second.size() != scores->second.size() || epoch < 1)
    return;
  RunSamples samples;
  for (std::size_t i = 0; i < scores->second.size(); ++i) {
    const double volume = volumes->second[i], score = scores->second[i];
    if (!(volume >= 0 && volume < max_position) || !std::isfinite(score)) return;
    samples.volumes.push_back(static_cast<std::int64_t>(volume));
    samples.scores.push_back(score);
  }
  sample_count_ += samples.scores.size();
  data_.samples.insert_or_assign(epoch, std::move(samples));
  while (sample_count_ > max_samples && data_.samples.size() > 1) {  // the oldest epochs go
    sample_count_ -= std::min(sample_count_, data_.samples.begin()->second.scores.size());
    data_.samples.erase(data_.samples.begin());
  }
}

void RunSource::use_step(const Event& event) {
  const double epoch = number(event, "epoch"), step = number(event, "step"), steps = number(event, "steps");
  if (!(epoch >= 1 && epoch < max_position) || !(step >= 1 && step < max_position) || !(steps >= 1))
    throw DataError("events.jsonl: a step event without a place in the run");
  const double per_epoch = std::max(steps_per_epoch_, step);
  RunStep point;
  point.from = epoch - 1 + std::max(step - steps, 0.0) / per_epoch;
  point.to = epoch - 1 + step / per_epoch;
  point.steps = steps;
  point.loss = number(event, "loss");
  point.seconds = number(event, "seconds");
  point.samples_per_second = number(event, "samples_per_second");
  point.learning_rate = number(event, "learning_rate");
  point.gradient_norm = number(event, "gradient_norm");
  point.memory_bytes = std::max(number(event, "memory_bytes"), 0.0);
  if (!(point.memory_bytes >= 0)) point.memory_bytes = 0;
  point.time = seconds_of_utc(event.time);
  data_.epoch = static_cast<std::int64_t>(epoch);
  data_.step = static_cast<std::int64_t>(step);
  data_.validating.reset();
  if (std::isnan(point.loss)) note(event, RunNote::Kind::error, "a loss is not finite", data_.epoch);
  if (std::exchange(restarted_, false) && !data_.restarts.empty())
    data_.restarts.back() = std::max(data_.restarts.back(), point.from);
  // What a session had trained beyond the checkpoint from which the next one went on is void.
  constexpr double rounding = 1e-9;
  while (!data_.steps.empty() && data_.steps.back().to > point.from + rounding) data_.steps.pop_back();
  if (!data_.steps.empty() && data_.steps.back().steps + point.steps <= merged_)
    data_.steps.back() = joined(data_.steps.back(), point);
  else
    data_.steps.push_back(point);
  if (data_.steps.size() > step_limit_) halve_steps();
}

/// A week of one event a second is still to be shown: neighbors become one.
void RunSource::halve_steps() {
  std::vector<RunStep> halved;
  double widest = 1;
  for (std::size_t i = 0; i < data_.steps.size(); i += 2) {
    halved.push_back(i + 1 < data_.steps.size() ? joined(data_.steps[i], data_.steps[i + 1])
                                                : data_.steps[i]);
    widest = std::max(widest, halved.back().steps);
  }
  data_.steps = std::move(halved);
  merged_ = widest;
}

void RunSource::use_restart(const Event& event) {
  const double epoch = number(event, "epoch");
  if (!(epoch >= 0 && epoch < max_position)) throw DataError("events.jsonl: a restart without its epoch");
  logged_.erase(logged_.upper_bound(static_cast<std::int64_t>(epoch)), logged_.end());
  while (!data_.steps.empty() && data_.steps.back().to > epoch + 1) data_.steps.pop_back();
  data_.restarts.push_back(epoch);
  data_.samples.erase(data_.samples.upper_bound(static_cast<std::int64_t>(epoch)), data_.samples.end());
  best_score_ = std::nan("");
  for (const auto& [number, each] : logged_)
    if (each.record.score_info().better(each.record.score(), best_score_)) best_score_ = each.record.score();
  note(event, RunNote::Kind::restart, cat("restarted after epoch ", static_cast<std::int64_t>(epoch)),
       static_cast<std::int64_t>(epoch));
  if (data_.restarts.size() > max_restarts)
    throw DataError(cat("events.jsonl: more than ", max_restarts, " restarts"));
  restarted_ = true;
}

void RunSource::merge() {
  data_.epochs.clear();
  for (const EpochRecord& row : table_) {
    const auto entry = logged_.find(row.epoch);
    const bool known = entry != logged_.end() && same_epoch(entry->second.record, row);
    data_.epochs.push_back(known ? entry->second : RunEpoch{row, false, 0});
  }
  // The log speaks alone where the table is missing or damaged; its epoch may also be there a moment later.
  if (table_.empty() && (mirror_ || !table_problem_.empty()))
    for (const auto& [number, each] : logged_) data_.epochs.push_back(each);
  data_.target = config_target_ ? config_target_ : log_target_;
  data_.changed =
      std::max(table_stamp_.exists ? table_stamp_.seconds : 0, log_stamp_.exists ? log_stamp_.seconds : 0);
  data_.problems.clear();
  if (!table_stamp_.exists && !log_stamp_.exists && !config_stamp_.exists && !report_stamp_.exists) {
    data_.problems.push_back(why_no_run(folder_));
    return;
  }
  for (const auto& problem : {table_problem_, log_problem_, report_problem_, config_problem_})
    if (!problem.empty()) data_.problems.push_back(problem);
}

}  // namespace scaffold

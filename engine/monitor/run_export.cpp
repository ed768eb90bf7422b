#include "monitor/run_export.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"

namespace scaffold {
namespace {

constexpr std::size_t max_export_steps = std::size_t{1} << 24;
constexpr std::uint64_t max_event_bytes = std::uint64_t{8} << 30;

struct Place {
  std::int64_t epoch = 0, step = 0, global = 0;  ///< the first two from 1
};

/// Of the last step that an event covers.
Place place_of(const RunStep& step, const RunData& run) {
  const double per_epoch = static_cast<double>(std::max<std::int64_t>(run.steps_per_epoch, 1));
  constexpr double rounding = 1e-9;
  Place place;
  place.global = std::llround(step.to * per_epoch);
  place.epoch = std::max<std::int64_t>(static_cast<std::int64_t>(std::ceil(step.to - rounding)), 1);
  place.step = place.global - (place.epoch - 1) * std::max<std::int64_t>(run.steps_per_epoch, 1);
  return place;
}

using Named = std::vector<std::pair<const char*, double>>;

Named phases_of(const PhaseSeconds& p) {
  return {{"data_wait", p.data_wait}, {"forward", p.forward},       {"backward", p.backward},
          {"optimizer", p.optimizer}, {"validation", p.validation}, {"checkpoint", p.checkpoint},
          {"other", p.other}};
}

std::string cell(double value) {
  return std::isfinite(value) ? shortest(value) : std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf";
}

/// In Prometheus' own spelling.
std::string metric_number(double value) {
  return std::isfinite(value) ? shortest(value) : std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
}

std::string label_value(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += byte < 0x20 || byte >= 0x7f ? '?' : c;
  }
  return escaped;
}

/// The folder's one path, whichever way it was named.
fs::path own_path(const fs::path& folder) {
  std::error_code gone;
  const fs::path path = fs::canonical(folder, gone);
  return gone ? folder : path;
}

/// A path as a label: itself where it is UTF-8. A byte that is not becomes U+FFFD and two digits, and U+FFFD
/// itself two of them, so that no two paths have one label.
std::string path_label(const std::string& path) {
  constexpr std::string_view replacement = "\ufffd";
  constexpr const char* digits = "0123456789abcdef";
  std::string text;
  for (std::size_t at = 0; at < path.size();) {
    const std::size_t length = utf8::character(path, at).length;
    const std::string_view character(path.data() + at, std::max<std::size_t>(length, 1));
    if (length == 0) {
      const auto byte = static_cast<unsigned char>(path[at]);
      text += replacement;
      text += {digits[byte >> 4], digits[byte & 15]};
    } else if (character == "\n") {
      text += "\\n";
    } else {
      if (character == "\\" || character == "\"") text += '\\';
      text += character;
      if (character == replacement) text += character;
    }
    at += character.size();
  }
  return text;
}

/// Families one after another, each with its help, type and samples.
class Exposition {
 public:
  Exposition(const std::string& run, const fs::path& folder)
      : run_(cat("run=\"", label_value(run), "\",run_dir=\"", path_label(folder.string()), "\"")) {}
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += cat("# HELP scaffold_", name, " ", help, "\n# TYPE scaffold_", name, " ", type, "\n");
  }
  void sample(double value, const std::string& labels = "") {
    text_ += cat("scaffold_", name_, "{", run_, labels.empty() ? "" : ",", labels, "} ", metric_number(value),
                 "\n");
  }
  void gauge(const char* name, const char* help, double value) {
    family(name, "gauge", help);
    sample(value);
  }
  std::string text() const {
    return text_ + "# EOF\n";
  }  // OpenMetrics wants it; Prometheus' text format skips it

 private:
  std::string run_, name_, text_;
};

/// Of words that say what something is.
std::string sentence(std::string words) {
  if (!words.empty()) words[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(words[0])));
  return words + '.';
}

void expose_epoch(Exposition& to, const RunEpoch& each) {
  const EpochRecord& last = each.record;
  to.gauge("training_loss", "Mean training loss of the last epoch.", last.overall_loss);
  to.gauge("validation_loss", "Mean validation loss of the last epoch.", last.val_loss_avg);
  const MetricInfo& score = last.score_info();
  for (const Metric* metric : last.all_metrics())
    if (!metric->info->training && (metric->info->key() == score.key() || std::isfinite(metric->value)))
      to.gauge(metric->info->column().c_str(), sentence(metric->info->means).c_str(), metric->value);
  to.gauge("epoch_duration_seconds", "Duration of the last epoch.", last.epoch_duration);
  if (!each.logged) return;
  if (!score.part.empty()) {
    to.family(score.part_gauge().c_str(), "gauge", sentence(score.parts_mean).c_str());
    for (std::size_t part = 0; part < last.parts().size(); ++part)
      to.sample(last.parts()[part], cat(score.part, "=\"", part, "\""));
  }
  to.family("phase_seconds", "gauge", "Seconds of the last epoch by phase.");
  for (const auto& [name, seconds] : phases_of(last.phases)) to.sample(seconds, cat("phase=\"", name, "\""));
  to.gauge("peak_memory_bytes", "Highest memory of a rank so far.",
           static_cast<double>(last.peak_memory_bytes));
  if (!last.parallel || last.parallel->rank_step_seconds.empty()) return;
  to.family("rank_step_seconds", "gauge", "Seconds of a training step by rank, without waiting for others.");
  for (std::size_t r = 0; r < last.parallel->rank_step_seconds.size(); ++r)
    to.sample(last.parallel->rank_step_seconds[r], cat("rank=\"", r, "\""));
}

/// The name as a part of a file's name.
std::string plain_name(const std::string& name) {
  std::string plain;
  for (const char c : name.substr(0, 100)) {
    const bool safe =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    plain += safe ? c : '_';
  }
  return plain.empty() ? "run" : plain;
}

/// Whether the folder has an event file of somebody else: TensorBoard would draw both as one run.
bool has_other_events(const fs::path& folder, const std::string& own) {
  std::error_code gone;
  for (fs::directory_iterator entry(folder, gone), end; !gone && entry != end; entry.increment(gone)) {
    const std::string name = entry->path().filename().string();
    if (name.find("tfevents") != name.npos && name != own && !name.starts_with('.')) return true;
  }
  return false;
}

/// Where the events of the run in that folder go: the same at each export, and no other run's.
fs::path event_file(const fs::path& board, const fs::path& run_folder, const std::string& run) {
  std::array<char, 9> mark{};
  std::snprintf(mark.data(), mark.size(), "%08x", crc32c(run_folder.string()));
  const std::string name = plain_name(run),
                    file = cat("events.out.tfevents.0000000000.", name, ".", mark.data());
  const fs::path folder = board / name;
  return (has_other_events(folder, file) ? board / cat(name, "-", mark.data()) : folder) / file;
}

/// Exports of one run take turns. Where files cannot be locked, as on some network file systems, nobody
/// waits.
void wait_for_others(int file) {
  while (::flock(file, LOCK_EX) != 0 && errno == EINTR) signals::check();
}

/// Replaces what follows the first `size` bytes by `bytes`, at once for whoever reads on.
void append(int file, const fs::path& path, std::size_t size, std::string_view bytes) {
  struct stat info {};
  if (::fstat(file, &info) != 0) throw_errno("read", path.string());
  if (static_cast<std::size_t>(info.st_size) > size && ::ftruncate(file, static_cast<off_t>(size)) != 0)
    throw_errno("cut the torn end of", path.string());
  while (!bytes.empty()) {
    const ssize_t n = ::write(file, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw_errno("write", path.string());
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  if (::fsync(file) != 0) throw_errno("sync", path.string());
}

}  // namespace

RunData read_whole_run(const fs::path& folder) {
  RunSource source(folder, max_export_steps);
  do source.refresh();
  while (source.unfinished());
  const RunData& run = source.data();
  if (run.changed == 0)
    throw DataError(
        cat("there is no run in '", folder.string(), "': neither events.jsonl nor train_stats.csv"));
  return run;
}

std::string what_is_missing(const fs::path& folder, const RunData& run) {
  const fs::path log = folder / "events.jsonl";
  for (const auto& problem : run.problems)
    if (problem.find("events.jsonl") != std::string::npos) return problem;
  if (run.status(std::numeric_limits<std::int64_t>::max()) != "no end") return "";
  const FileDescriptor file = open_read(log);
  const std::uint64_t size = fs::file_size(log);
  char last = '\n';
  if (size > 0) pread_exact(file.get(), &last, 1, size - 1, log);
  if (last != '\n') return cat("'", log.string(), "' ends within a line: exported up to there");
  return cat("'", log.string(), "' has no end of the run (yet): exported as far as it goes");
}

TensorboardPoints tensorboard_points(const RunData& run) {
  TensorboardPoints points;
  for (const RunStep& step : run.steps) {
    const std::int64_t at = place_of(step, run).global;
    const auto put = [&](const char* tag, double value) {
      points.push_back({tag, at, step.time, static_cast<float>(value)});
    };
    put("loss/train", step.loss);
    put("learning_rate", step.learning_rate);
    put("gradient_norm", step.gradient_norm);
    put("samples_per_second", step.samples_per_second);
    if (step.steps > 0) put("seconds/step", step.seconds / step.steps);
    if (step.memory_bytes > 0) put("memory/resident_bytes", step.memory_bytes);
  }
  for (const RunEpoch& each : run.epochs) {
    const EpochRecord& e = each.record;
    const auto put = [&](const std::string& tag, double value) {
      points.push_back({tag, e.epoch, each.time, static_cast<float>(value)});
    };
    put("loss/train_epoch", e.overall_loss);
    put("loss/validation", e.val_loss_avg);
    for (const Metric* metric : e.all_metrics())
      if (metric->info->in_table || std::isfinite(metric->value)) put(metric->info->tag(), metric->value);
    put("seconds/epoch", e.epoch_duration);
    if (!each.logged) continue;
    for (std::size_t part = 0; part < e.parts().size(); ++part)
      put(e.score_info().part_tag(part), e.parts()[part]);
    for (const auto& [name, seconds] : phases_of(e.phases)) put(cat("phases/", name), seconds);
    put("memory/peak_bytes", static_cast<double>(e.peak_memory_bytes));
    if (!e.parallel) continue;
    put("parallel/communication_share", e.parallel->communication_share);
    put("parallel/step_min", e.parallel->step_min);
    put("parallel/step_median", e.parallel->step_median);
    put("parallel/step_max", e.parallel->step_max);
  }
  return points;
}

fs::path export_to_tensorboard(const fs::path& board, const fs::path& run_folder, const RunData& run) {
  const TensorboardPoints points = tensorboard_points(run);
  const fs::path path = event_file(board, own_path(run_folder), run.name);
  ensure_writable_folder(path.parent_path());
  const FileDescriptor file(::open(path.c_str(), O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW));
  if (!file && errno != ENOENT) throw_errno("open", path.string());
  if (file) {
    wait_for_others(file.get());
    const TensorboardContents before = read_tensorboard(read_regular_text(path, max_event_bytes));
    if (before.valid_bytes > 0) {  // a TensorBoard may have it open: it only grows
      append(file.get(), path, before.valid_bytes, tensorboard_continuation(before.points, points));
      return path;
    }
  }
  write_atomic(path, tensorboard_file(points));
  return path;
}

std::string openmetrics_text(const RunData& run, const fs::path& run_folder, std::int64_t now) {
  Exposition to(run.name, own_path(run_folder));
  to.family("run_status", "gauge", "1 for the run's state, 0 for the others.");
  const std::string status = run.status(now);
  for (const char* state : {"running", "converged", "epochs_exhausted", "interrupted", "failed", "no end"})
    to.sample(status == state, cat("status=\"", state, "\""));
  to.gauge("last_change_timestamp_seconds", "When the run wrote last.", static_cast<double>(run.changed));
  to.gauge("ranks", "Ranks of the job.", run.ranks);
  to.gauge("epochs", "Epochs completed.", static_cast<double>(run.epochs.size()));
  const MetricInfo& score = run.score_info();
  if (run.target)
    to.gauge(score.target_key().c_str(), cat(score.heading(), " at which the run ends.").c_str(),
             *run.target);
  if (const auto best = run.best())
    to.gauge(cat("best_", score.column()).c_str(),
             cat(score.higher_is_better ? "Highest " : "Lowest ", score.title(), " so far.").c_str(),
             best->first);
  if (run.deadline > 0)
    to.gauge("deadline_timestamp_seconds", "When the scheduler ends the job.",
             static_cast<double>(run.deadline));
  if (!run.steps.empty()) {
    const RunStep& last = run.steps.back();
    to.gauge("steps", "Training steps since the run began.", static_cast<double>(place_of(last, run).global));
    to.gauge("step_loss", "Training loss of the latest steps.", last.loss);
    to.gauge("step_seconds", "Seconds of a training step.", last.steps > 0 ? last.seconds / last.steps : 0);
    to.gauge("samples_per_second", "Training samples a second.", last.samples_per_second);
    to.gauge("learning_rate", "Learning rate.", last.learning_rate);
    to.gauge("gradient_norm", "Norm of the gradient before clipping.", last.gradient_norm);
    if (last.memory_bytes > 0)
      to.gauge("resident_memory_bytes", "Resident memory of rank 0.", last.memory_bytes);
  }
  if (!run.epochs.empty()) expose_epoch(to, run.epochs.back());
  return to.text();
}

namespace {

std::string epoch_line(const RunEpoch& each, std::size_t parts) {
  const EpochRecord& e = each.record;
  const auto logged = [&](double value) { return "," + (each.logged ? cell(value) : std::string()); };
  std::string text = cat(e.epoch, ",", each.time > 0 ? fixed(each.time, 3) : "", ",", cell(e.overall_loss),
                         ",", cell(e.val_loss_avg));
  for (const Metric* metric : e.table()) text += cat(",", cell(metric->value));
  text += cat(",", cell(e.epoch_duration), ",", e.optimizer_steps, ",", e.total_optimizer_steps);
  for (const double value :
       {e.learning_rate, e.gradient_norm, e.samples_per_second, static_cast<double>(e.peak_memory_bytes)})
    text += logged(value);
  for (const auto& [name, seconds] : phases_of(e.phases)) text += logged(seconds);
  for (std::size_t part = 0; part < parts; ++part)
    text += part < e.parts().size() ? logged(e.parts()[part]) : std::string(",");
  for (const Metric& metric : e.metrics)
    if (!metric.info->in_table) text += std::isfinite(metric.value) ? logged(metric.value) : ",";
  return text + '\n';
}

}  // namespace

std::string epochs_csv(const RunData& run) {
  std::size_t parts = 0;
  for (const RunEpoch& each : run.epochs) parts = std::max(parts, each.record.parts().size());
  const EpochRecord any(*run.metrics);
  std::string text = "epoch,unix_time,training_loss,validation_loss";
  for (const Metric* metric : any.table()) text += cat(",", metric->info->column());
  text +=
      ",epoch_seconds,optimizer_steps,total_optimizer_steps,learning_rate,gradient_norm,samples_per_second,"
      "peak_memory_bytes";
  for (const auto& [name, seconds] : phases_of({})) text += cat(",", name, "_seconds");
  for (std::size_t part = 0; part < parts; ++part) text += cat(",", any.score_info().part_column(part));
  for (const Metric& metric : any.metrics)
    if (!metric.info->in_table) text += cat(",", metric.info->column());
  text += '\n';
  for (const RunEpoch& each : run.epochs) text += epoch_line(each, parts);
  return text;
}

std::string steps_csv(const RunData& run) {
  std::string text =
      "epoch,step,total_steps,steps,unix_time,loss,seconds,samples_per_second,learning_rate,gradient_norm,"
      "memory_bytes\n";
  for (const RunStep& step : run.steps) {
    const Place place = place_of(step, run);
    text += cat(place.epoch, ",", place.step, ",", place.global, ",", cell(step.steps), ",",
                step.time > 0 ? fixed(step.time, 3) : "");
    for (const double value :
         {step.loss, step.seconds, step.samples_per_second, step.learning_rate, step.gradient_norm})
      text += cat(",", cell(value));
    text += cat(",", step.memory_bytes > 0 ? cell(step.memory_bytes) : "", "\n");
  }
  return text;
}

std::string samples_csv(const RunData& run) {
  std::string text = cat("epoch,volume,", run.score_info().name, "\n");
  for (const auto& [epoch, samples] : run.samples)
    for (std::size_t i = 0; i < samples.volumes.size(); ++i)
      text += cat(epoch, ",", samples.volumes[i], ",", cell(samples.scores[i]), "\n");
  return text;
}

}  // namespace scaffold

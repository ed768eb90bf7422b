#include "run/stats_csv.hpp"

#include <cmath>
#include <limits>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

std::string stats_line(const EpochRecord& e) {
  std::string line = cat(e.epoch, ',', shortest(e.epoch_loss), ',', shortest(e.overall_loss), ',',
                         shortest(e.val_loss_epoch), ',', shortest(e.val_loss_avg));
  for (const Metric* metric : e.table()) line += ',' + shortest(metric->value);
  return line + cat(',', shortest(e.epoch_duration), ',', e.optimizer_steps, ',', e.total_optimizer_steps);
}

bool parse_number(std::string_view text, double& value) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (text == "nan" || text == "-nan")
    value = std::numeric_limits<double>::quiet_NaN();
  else if (text == "inf")
    value = infinity;
  else if (text == "-inf")
    value = -infinity;
  else
    return parse_double(text, value);
  return true;
}

struct Place {
  const fs::path& path;
  std::size_t line;
  [[noreturn]] void fail(const std::string& what) const {
    throw DataError(cat("'", path.string(), "' line ", line, ": ", what));
  }
};

EpochRecord parse_line(std::string_view line, const MetricList& metrics, const Place& place) {
  EpochRecord e(metrics);
  std::vector<double*> numbers = {&e.epoch_loss, &e.overall_loss, &e.val_loss_epoch, &e.val_loss_avg};
  for (Metric* metric : e.table()) numbers.push_back(&metric->value);
  numbers.push_back(&e.epoch_duration);
  const std::size_t columns = numbers.size() + 3;
  const auto fields = split(line.substr(0, 1024), ',');
  if (fields.size() != columns || line.size() > 1024)
    place.fail(cat("not the ", columns, " columns of train_stats.csv"));
  for (std::size_t i = 0; i < numbers.size(); ++i)
    if (!parse_number(trim(fields[i + 1]), *numbers[i]))
      place.fail(cat("column ", i + 2, " is not a number"));
  if (!parse_int(fields[0], e.epoch) || e.epoch < 1) place.fail("epoch is not a positive whole number");
  if (!parse_int(fields[columns - 2], e.optimizer_steps) || e.optimizer_steps < 0 ||
      !parse_int(fields[columns - 1], e.total_optimizer_steps) || e.total_optimizer_steps < 0)
    place.fail("the optimizer steps are not whole numbers");
  if (!(e.epoch_duration >= 0)) place.fail("epoch_duration is not a time");
  return e;
}

[[noreturn]] void refuse_header(std::string_view line, const MetricList& metrics, const Place& place) {
  const std::string wanted = stats_header(metrics);
  const auto have = split(line.substr(0, 1024), ','), want = split(std::string_view(wanted), ',');
  std::size_t i = 0;
  while (i < have.size() && i < want.size() && have[i] == want[i]) ++i;
  place.fail(i < want.size() ? cat("not the header of train_stats.csv: column ", i + 1, " is not '", want[i],
                                   "', which this version of the workload has there")
                             : cat("not the header of train_stats.csv: more than its ", i, " columns"));
}

/// `text` holds whole lines only.
std::vector<EpochRecord> parse_stats(std::string_view text, const MetricList& metrics, const fs::path& path) {
  std::vector<EpochRecord> epochs;
  for (Place place{path, 1}; !text.empty(); ++place.line) {
    const auto end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (place.line == 1) {
      if (line != stats_header(metrics)) refuse_header(line, metrics, place);
      continue;
    }
    epochs.push_back(parse_line(line, metrics, place));
    const auto n = epochs.size();
    if (n > 1 && epochs[n - 1].epoch <= epochs[n - 2].epoch) place.fail("the epochs do not ascend");
  }
  return epochs;
}

/// The file's epochs; the torn last line (or torn header) of a killed writer is left out.
std::vector<EpochRecord> parse_whole_lines(std::string_view text, const MetricList& metrics,
                                           const fs::path& path) {
  const auto last = text.rfind('\n');
  const auto whole = last == text.npos ? 0 : last + 1;
  if (whole == 0 && !stats_header(metrics).starts_with(text))
    refuse_header(text.substr(0, text.find('\n')), metrics, {path, 1});
  return parse_stats(text.substr(0, whole), metrics, path);
}

}  // namespace

std::string stats_header(const MetricList& metrics) {
  std::string line = "epoch,epoch_loss,overall_loss,val_loss_epoch,val_loss_avg";
  const EpochRecord any(metrics);
  for (const Metric* metric : any.table()) line += ',' + metric->info->key();
  return line + ",epoch_duration,optimizer_steps,total_optimizer_steps";
}

StatsCsv::StatsCsv(const fs::path& path, const MetricList& metrics) : path_(path), metrics_(metrics) {
  if (fs::exists(path)) {
    const auto epochs = parse_whole_lines(read_text(path), metrics, path);
    if (!epochs.empty()) last_epoch_ = epochs.back().epoch;
  }
  file_ = LineFile(path);
  if (file_.size() == 0) file_.append(stats_header(metrics), true);
}

void StatsCsv::append(const EpochRecord& epoch) {
  if (epoch.epoch <= last_epoch_)
    throw DataError(cat("'", path_.string(), "' already holds epoch ", last_epoch_, "; epoch ", epoch.epoch,
                        " cannot follow it"));
  file_.append(stats_line(epoch), true);
  last_epoch_ = epoch.epoch;
}

void StatsCsv::truncate_to(std::int64_t epoch) {
  auto epochs = read_stats(path_, metrics_);
  std::erase_if(epochs, [&](const EpochRecord& e) { return e.epoch > epoch; });
  write_atomic(path_, stats_text(epochs, metrics_));
  file_ = LineFile(path_);
  last_epoch_ = epochs.empty() ? 0 : epochs.back().epoch;
}

std::string stats_text(const std::vector<EpochRecord>& epochs, const MetricList& metrics) {
  std::string text = cat(stats_header(metrics), '\n');
  for (const auto& epoch : epochs) text += stats_line(epoch) + '\n';
  return text;
}

std::vector<EpochRecord> read_stats(const fs::path& path, const MetricList& metrics) {
  return parse_whole_lines(read_text(path), metrics, path);
}

}  // namespace scaffold

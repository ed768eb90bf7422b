#include "panels/run_charts.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/error.hpp"
#include "core/text.hpp"
#include "report/figures.hpp"
#include "run/summary.hpp"
#include "workload/workload.hpp"

namespace scaffold::viewer {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t max_labeled_marks = 3;
constexpr double above_one = 1.03;  // so that what is highest does not lie on the frame

ChartSeries placed(const RunCurve& run, ChartSeries series) {
  if (run.along)
    for (double& x : series.x) x = (*run.along)(x);
  return series;
}

template <class Value>
ChartSeries curve(const RunCurve& run, std::string name, ChartColor color, const Value& value) {
  return placed(run, over_epochs(run.data->epochs, std::move(name), color, value));
}

/// Per step where the log has steps, else per epoch; `of_epoch` may be null.
ChartSeries over_steps(const RunCurve& run, double RunStep::*value, double EpochRecord::*of_epoch) {
  if (run.data->steps.empty() && of_epoch)
    return curve(run, run.name, run.color,
                 [&](const RunEpoch& e) { return e.logged ? e.record.*of_epoch : none; });
  ChartSeries series;
  series.name = run.name;
  series.color = run.color;
  for (const auto& step : run.data->steps) {
    series.x.push_back(step.to);
    series.y.push_back(step.*value);
  }
  return placed(run, std::move(series));
}

/// A single run's curves have the colors of what they are.
ChartColor color_of(const RunCurve& run, bool alone, int number) {
  return alone ? ChartColor(number) : ChartColor(run.color);
}

void add_loss(Chart& content, const std::vector<RunCurve>& runs) {
  content.y_label = "mean loss per sample";
  const bool alone = runs.size() == 1;
  if (!alone) content.title = "Validation loss (dashed: training)";
  for (const auto& run : runs) {
    content.series.push_back(curve(run, alone ? "validation" : run.name, color_of(run, alone, 0),
                                   [](const RunEpoch& e) { return e.record.val_loss_avg; }));
    content.series.push_back(curve(run, alone ? "training" : run.name + ", training", color_of(run, alone, 1),
                                   [](const RunEpoch& e) { return e.record.overall_loss; }));
    content.series.back().dashed = true;
    content.series.back().in_legend = alone;
  }
}

/// A metric and the bounds of its axis: room above a 1, which would lie on the frame.
void set_metric(Chart& content, const MetricInfo& metric) {
  content.metric = &metric;
  if (std::isfinite(metric.low)) content.y_low = metric.low;
  if (std::isfinite(metric.high)) content.y_high = above_one * metric.high;
}

/// Of the chosen run's workload.
const MetricInfo& score_of(const std::vector<RunCurve>& runs, std::size_t chosen) {
  return chosen < runs.size() ? runs[chosen].data->score_info() : default_score();
}

void add_metric(Chart& content, const RunCurve& run, const MetricInfo& info, const std::string& name,
                ChartColor color) {
  content.series.push_back(
      curve(run, name, color, [&](const RunEpoch& e) { return e.record.metric(info.key()); }));
  content.series.back().dashed = info.training;
}

bool measured(const ChartSeries& series) {
  return std::ranges::any_of(series.y, [](double y) { return std::isfinite(y); });
}

/// Of one run the score and all that shares its axis; of several the score alone, which tells them apart.
void add_score(Chart& content, const std::vector<RunCurve>& runs, std::size_t chosen) {
  constexpr int colors[] = {2, 5, 6, 4, 3};  // those of the score and of training are not among them
  std::size_t further = 0;
  const MetricInfo& score = score_of(runs, chosen);
  content.title = score.heading();
  content.y_label = score.short_axis();
  set_metric(content, score);
  for (const auto& run : runs) {
    if (run.data->score_info().key() != score.key()) continue;  // another workload's
    const bool alone = runs.size() == 1;
    content.series.push_back(curve(run, alone ? "validation (the score)" : run.name, color_of(run, alone, 0),
                                   [](const RunEpoch& e) { return e.record.score(); }));
    if (!alone) continue;
    for (const MetricInfo& info : *run.data->metrics) {
      if (info.key() == score.key() || !info.drawn || !info.shares_axis(score)) continue;
      add_metric(content, run, info, info.legend(),
                 info.training ? ChartColor(1) : ChartColor(colors[further++ % std::size(colors)]));
      if (!info.training && measured(content.series.back())) name_beside_score(content, info);
    }
  }
  if (chosen < runs.size()) content.target = runs[chosen].data->target;
  if (content.target) content.target_label = "target " + shortest(*content.target);
}

/// One that does not share the score's axis.
void add_further(Chart& content, const std::vector<RunCurve>& runs, const MetricInfo& metric) {
  content.y_label = metric.axis.empty() ? metric.label : metric.axis;
  content.empty = cat("no epoch has measured ", metric.label, " yet");
  set_metric(content, metric);
  for (const auto& run : runs)
    for (const MetricInfo& info : *run.data->metrics)
      if (info.key() == metric.key())
        add_metric(content, run, info, runs.size() == 1 ? info.legend() : run.name,
                   color_of(run, runs.size() == 1, 0));
}

void add_parts(Chart& content, const std::vector<RunCurve>& runs, std::size_t chosen) {
  const MetricInfo& score = score_of(runs, chosen);
  content.title = score.part.empty() ? score.label + " by parts" : cat(score.label, " per ", score.part);
  content.y_label = score.parts_axis;
  set_metric(content, score);
  content.empty = score.part.empty() ? cat(score.label, " has no parts")
                                     : cat("the log has no ", score.label, " per ", score.part, " yet");
  if (chosen >= runs.size()) return;
  const RunData& data = *runs[chosen].data;
  if (runs.size() > 1) content.title += cat(" of ", runs[chosen].name);
  std::size_t parts = 0;
  for (const auto& epoch : data.epochs) parts = std::max(parts, epoch.record.parts().size());
  for (std::size_t part = score.first_part; part < parts; ++part)
    content.series.push_back(curve(
        runs[chosen], score.part_name(part), static_cast<int>(part - score.first_part),
        [&](const RunEpoch& e) { return part < e.record.parts().size() ? e.record.parts()[part] : none; }));
}

void add_phases(Chart& content, const std::vector<RunCurve>& runs, std::size_t chosen) {
  content.y_label = "seconds";
  content.empty = "the log has no epochs yet";
  if (chosen >= runs.size()) return;
  if (runs.size() > 1) content.title += cat(" of ", runs[chosen].name);
  // Forward and backward are kin, "other" is gray.
  constexpr int colors[] = {0, 6, 1, 2, 4, 5, 7};
  ChartBars bars;
  const auto names = phase_list({});
  for (std::size_t p = 0; p < names.size(); ++p)
    bars.parts.push_back({std::string(names[p].first), colors[p % 7], {}});
  for (const auto& epoch : runs[chosen].data->epochs) {
    if (!epoch.logged) continue;
    bars.x.push_back(static_cast<double>(epoch.record.epoch));
    const auto phases = phase_list(epoch.record.phases);
    for (std::size_t p = 0; p < phases.size(); ++p) bars.parts[p].values.push_back(phases[p].second);
  }
  if (!bars.x.empty()) content.bars = std::move(bars);
}

/// Of the last epoch that tells; the slowest rank stands out.
void add_ranks(Chart& content, const std::vector<RunCurve>& runs, std::size_t chosen) {
  content.x_label = "rank";
  content.y_label = "seconds a step";
  content.empty = "of one rank, or no epoch is complete yet";
  if (chosen >= runs.size()) return;
  const auto& epochs = runs[chosen].data->epochs;
  const auto last = std::find_if(epochs.rbegin(), epochs.rend(), [](const RunEpoch& e) {
    return e.record.parallel && !e.record.parallel->rank_step_seconds.empty();
  });
  if (last == epochs.rend()) return;
  const auto& parallel = *last->record.parallel;
  content.title += cat(", epoch ", last->record.epoch);
  if (runs.size() > 1) content.title += cat(" of ", runs[chosen].name);
  ChartBars bars;
  bars.parts = {{"ranks", 0, {}},
                {parallel.slowest_host.empty() ? "slowest" : "slowest, on " + parallel.slowest_host, 5, {}}};
  for (std::size_t rank = 0; rank < parallel.rank_step_seconds.size(); ++rank) {
    const bool slowest = static_cast<int>(rank) == parallel.slowest_rank;
    bars.x.push_back(static_cast<double>(rank));
    bars.parts[0].values.push_back(slowest ? 0 : parallel.rank_step_seconds[rank]);
    bars.parts[1].values.push_back(slowest ? parallel.rank_step_seconds[rank] : 0);
  }
  content.bars = std::move(bars);
}

/// FLOPs counted of a step over the seconds that the steps took.
void add_flops(Chart& content, const std::vector<RunCurve>& runs) {
  content.y_label = "TFLOP / s";
  content.integer_x = false;
  content.empty = "the log has no steps, or its run counted no FLOPs";
  content.y_low = 0;
  for (const auto& run : runs) {
    if (!(run.data->flops_per_step > 0)) continue;
    ChartSeries series;
    series.name = run.name;
    series.color = run.color;
    for (const auto& step : run.data->steps) {
      series.x.push_back(step.to);
      series.y.push_back(step.seconds > 0 ? 1e-12 * run.data->flops_per_step * step.steps / step.seconds
                                          : none);
    }
    content.series.push_back(placed(run, std::move(series)));
  }
}

/// Resident, of rank 0 by step; else the highest of an epoch.
void add_memory(Chart& content, const std::vector<RunCurve>& runs) {
  content.y_label = "GiB";
  content.integer_x = false;
  content.empty = "the log tells no memory yet";
  content.y_low = 0;
  constexpr double gib = 1024.0 * 1024 * 1024;
  const auto size = [&](double bytes) { return bytes > 0 ? bytes / gib : none; };
  for (const auto& run : runs) {
    const bool by_step =
        std::ranges::any_of(run.data->steps, [](const RunStep& s) { return s.memory_bytes > 0; });
    ChartSeries series = by_step ? over_steps(run, &RunStep::memory_bytes, nullptr)
                                 : curve(run, run.name, run.color, [](const RunEpoch& e) {
                                     return static_cast<double>(e.record.peak_memory_bytes);
                                   });
    for (auto& y : series.y) {
      y = size(y);
      if (std::isfinite(y)) content.y_high = std::max(content.y_high.value_or(0), above_one * y);
    }
    content.series.push_back(std::move(series));
  }
}

void add_marks(Chart& content, const std::vector<RunCurve>& runs) {
  // Of one run it is clear whose they are, and its curves may have any color.
  constexpr Rgb neutral{0.62f, 0.62f, 0.62f};
  for (const auto& run : runs)
    for (const double at : run.data->restarts)
      content.marks.push_back({run.along ? (*run.along)(at) : at, runs.size() > 1 ? run.color : neutral, ""});
  if (content.marks.size() <= max_labeled_marks)
    for (auto& mark : content.marks) mark.label = "restart";
}

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

bool within(const ChartRange& range, double x) { return x >= range.x_low && x <= range.x_high; }

}  // namespace

const std::vector<RunChartInfo>& run_chart_table() {
  static const std::vector<RunChartInfo> table = [] {
    // Sessions of all workloads know the score's charts by the names that the default workload's score has.
    std::vector<RunChartInfo> charts = {
        {RunChart::loss, "loss", "Loss", true},
        {RunChart::score, default_score().name, "Score", false},
        {RunChart::parts, default_score().part_gauge(), "Score by parts", false},
        {RunChart::step_loss, "step_loss", "Loss of each step", true},
        {RunChart::learning_rate, "learning_rate", "Learning rate", true},
        {RunChart::phases, "phases", "Time per epoch", false},
        {RunChart::throughput, "throughput", "Throughput", false},
        {RunChart::gradient_norm, "gradient_norm", "Gradient norm", true},
        {RunChart::flops, "flops", "Achieved FLOP/s", false},
        {RunChart::memory, "memory", "Memory", false},
        {RunChart::ranks, "ranks", "Step time by rank", false}};
    for (const auto& workload : workloads())
      for (const MetricInfo& info : workload->metrics())
        if (info.drawn && !info.shares_axis(workload->metrics().front()) &&
            std::ranges::find(charts, info.column(), &RunChartInfo::key) == charts.end())
          charts.push_back({RunChart::metric, info.column(), info.heading(), info.log_axis, &info});
    return charts;
  }();
  return table;
}

std::size_t chart_number(const std::string& key) {
  for (std::size_t i = 0; i < run_chart_table().size(); ++i)
    if (key == run_chart_table()[i].key) return i;
  std::string all;
  for (const auto& info : run_chart_table()) all += cat(all.empty() ? "" : ", ", info.key);
  throw ConfigError(cat("there is no chart '", key.substr(0, 64), "'; there are ", all));
}

std::size_t chart_number(RunChart chart) {
  const auto& table = run_chart_table();
  return static_cast<std::size_t>(std::ranges::find(table, chart, &RunChartInfo::chart) - table.begin());
}

void smooth(ChartSeries& series, double smoothing) {
  double mean = 0, weight = 0;
  for (double& y : series.y) {
    if (!std::isfinite(y)) continue;
    mean = smoothing * mean + (1 - smoothing) * y;
    weight = smoothing * weight + (1 - smoothing);
    y = mean / weight;
  }
}

Chart run_chart(const RunChartInfo& info, const std::vector<RunCurve>& runs, std::size_t chosen, bool log,
                RunAxis axis) {
  const RunChart chart = info.chart;
  if (chart == RunChart::phases && axis != RunAxis::epochs) {
    auto by_epoch = runs;
    for (RunCurve& run : by_epoch) run.along = nullptr;
    return run_chart(info, by_epoch, chosen, log);
  }
  Chart content;
  content.title = info.name;
  content.log_y = log && info.may_be_log;
  content.x_label = title(axis);
  content.integer_x = axis == RunAxis::epochs || axis == RunAxis::steps;
  content.empty = "no epoch is complete yet";
  const auto steps = [&](const char* label, double RunStep::*value, double EpochRecord::*of_epoch) {
    content.y_label = label;
    content.integer_x = false;
    content.empty = "the log has no steps yet";
    for (const auto& run : runs) content.series.push_back(over_steps(run, value, of_epoch));
  };
  switch (chart) {
    case RunChart::loss:
      add_loss(content, runs);
      break;
    case RunChart::score:
      add_score(content, runs, chosen);
      break;
    case RunChart::parts:
      add_parts(content, runs, chosen);
      break;
    case RunChart::step_loss:
      steps("training loss", &RunStep::loss, nullptr);
      break;
    case RunChart::learning_rate:
      steps("learning rate", &RunStep::learning_rate, &EpochRecord::learning_rate);
      break;
    case RunChart::throughput:
      steps("samples / s", &RunStep::samples_per_second, &EpochRecord::samples_per_second);
      content.y_low = 0;
      break;
    case RunChart::gradient_norm:
      steps("gradient norm", &RunStep::gradient_norm, &EpochRecord::gradient_norm);
      break;
    case RunChart::phases:
      add_phases(content, runs, chosen);
      break;
    case RunChart::flops:
      add_flops(content, runs);
      break;
    case RunChart::memory:
      add_memory(content, runs);
      break;
    case RunChart::ranks:
      add_ranks(content, runs, chosen);
      break;
    case RunChart::metric:
      add_further(content, runs, *info.metric);
      break;
  }
  std::erase_if(content.series, [&](const ChartSeries& s) {
    for (std::size_t i = 0; i < s.x.size(); ++i)
      if (drawable(content, s.x[i], s.y[i])) return false;
    return true;
  });
  const bool of_one = chart == RunChart::parts || chart == RunChart::phases;
  if (chart == RunChart::ranks) return content;
  if (!of_one)
    add_marks(content, runs);
  else if (chosen < runs.size())
    add_marks(content, {runs[chosen]});
  return content;
}

std::string chart_csv(const Chart& content, const ChartRange& range) {
  std::string text = cat("series,", quoted(content.x_label), ",", quoted(content.y_label), "\n");
  for (const auto& series : content.series)
    for (std::size_t i = 0; i < series.x.size(); ++i)
      if (within(range, series.x[i]))
        text += cat(quoted(series.name), ',', shortest(series.x[i]), ',', shortest(series.y[i]), '\n');
  if (content.bars)
    for (const auto& part : content.bars->parts)
      for (std::size_t i = 0; i < content.bars->x.size(); ++i)
        if (within(range, content.bars->x[i]))
          text +=
              cat(quoted(part.name), ',', shortest(content.bars->x[i]), ',', shortest(part.values[i]), '\n');
  return text;
}

}  // namespace scaffold::viewer

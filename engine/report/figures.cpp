#include "report/figures.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/text.hpp"
#include "report/facts.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

/// Of a metric by itself 2, as of the score; of those beside the score any other but 6, that of training.
int metric_color(std::size_t series) {
  constexpr int colors[] = {3, 0, 1, 5, 4, 7};
  return series == 0 ? 2 : colors[(series - 1) % std::size(colors)];
}

/// Nothing where no epoch has it: an earlier version measured less.
void add_metric(Chart& chart, const RunRecord& run, const MetricInfo& info) {
  if (!info.drawn) return;
  auto series = over_epochs(run.epochs, info.legend(), info.training ? 6 : metric_color(chart.series.size()),
                            [&](const EpochRecord& e) { return e.metric(info.key()); });
  if (std::ranges::none_of(series.y, [](double y) { return std::isfinite(y); })) return;
  series.dashed = info.training;
  chart.series.push_back(std::move(series));
  if (!info.training && chart.series.size() > 1) name_beside_score(chart, info);
}

}  // namespace

void name_beside_score(Chart& chart, const MetricInfo& info) {
  for (std::string* text : {&chart.title, &chart.y_label}) *text += cat(", ", info.label);
}

Chart training_loss_figure(const RunRecord& run) {
  Chart chart;
  chart.title = "Training loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {
      over_epochs(run.epochs, "training", 0, [](const EpochRecord& e) { return e.overall_loss; })};
  return chart;
}

Chart score_figure(const RunRecord& run) {
  const MetricInfo& score = run.score_info();
  Chart chart;
  chart.title = score.heading();
  chart.x_label = "epoch";
  chart.y_label = score.axis;
  chart.log_y = score.log_axis;
  chart.metric = &score;
  chart.series = {
      over_epochs(run.epochs, "validation (the score)", 2, [](const EpochRecord& e) { return e.score(); })};
  for (const MetricInfo& info : *run.metrics)
    if (&info != &score && info.shares_axis(score)) add_metric(chart, run, info);
  chart.target = run.target;
  chart.target_label = "target " + target_text(run.target);
  if (std::isfinite(score.low)) chart.y_low = score.low;
  if (std::isfinite(score.high)) chart.y_high = score.high;
  return chart;
}

std::vector<Figure> metric_figures(const RunRecord& run) {
  std::vector<Figure> figures;
  for (const MetricInfo& info : *run.metrics) {
    if (info.shares_axis(run.score_info())) continue;
    Chart chart;
    chart.title = info.heading();
    chart.x_label = "epoch";
    chart.y_label = info.axis.empty() ? info.label : info.axis;
    chart.log_y = info.log_axis;
    chart.metric = &info;
    if (std::isfinite(info.low)) chart.y_low = info.low;
    if (std::isfinite(info.high)) chart.y_high = info.high;
    add_metric(chart, run, info);
    if (!chart.series.empty()) figures.push_back({info.column() + ".svg", std::move(chart)});
  }
  return figures;
}

Chart validation_loss_figure(const RunRecord& run) {
  Chart chart;
  chart.title = "Validation loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {
      over_epochs(run.epochs, "validation", 1, [](const EpochRecord& e) { return e.val_loss_avg; })};
  return chart;
}

Chart parts_figure(const RunRecord& run) {
  const MetricInfo& score = run.score_info();
  Chart chart;
  chart.title = cat(score.label, " by ", score.part, " over the epochs");
  chart.x_label = "epoch";
  chart.y_label = score.parts_axis;
  chart.metric = &score;
  if (std::isfinite(score.low)) chart.y_low = score.low;
  if (std::isfinite(score.high)) chart.y_high = score.high;
  std::size_t parts = 0;
  for (const auto& epoch : run.epochs) parts = std::max(parts, epoch.parts().size());
  if (parts > 7) return chart;
  for (std::size_t part = score.first_part; part < parts; ++part) {
    chart.series.push_back(over_epochs(
        run.epochs, score.part_name(part), class_color(part),
        [&](const EpochRecord& e) { return part < e.parts().size() ? e.parts()[part] : std::nan(""); }));
  }
  return chart;
}

int class_color(std::size_t index) {
  constexpr int colors[] = {0, 4, 2, 3, 1, 5};  // all hues; gray is the background's
  return colors[(index + 5) % 6];
}

Chart phases_figure(const RunRecord& run) {
  Chart chart;
  chart.title = "Where each epoch's time went";
  chart.x_label = "epoch";
  chart.y_label = "seconds";
  ChartBars& bars = chart.bars.emplace();
  for (const auto& [name, none] : phase_list({}))
    bars.parts.push_back({std::string(name), phase_color(bars.parts.size()), {}});
  for (const auto& epoch : run.epochs) {
    bars.x.push_back(static_cast<double>(epoch.epoch));
    const auto phases = phase_list(epoch.phases);
    for (std::size_t i = 0; i < phases.size(); ++i) bars.parts[i].values.push_back(phases[i].second);
  }
  return chart;
}

int phase_color(std::size_t index) {
  // Forward and backward are kin: dark and light blue; "other" is gray.
  constexpr int colors[] = {0, 5, 2, 4, 1, 3, 6};
  return colors[index % 7];
}

std::vector<Figure> figures(const RunRecord& run) {
  const MetricInfo& score = run.score_info();
  std::vector<Figure> list = {{"training_loss.svg", training_loss_figure(run)},
                              {score.column() + ".svg", score_figure(run)},
                              {"validation_loss.svg", validation_loss_figure(run)},
                              {"phases.svg", phases_figure(run)}};
  if (Chart parts = parts_figure(run); !parts.series.empty())
    list.push_back({cat(score.name, "_by_", score.part, ".svg"), std::move(parts)});
  for (auto& figure : metric_figures(run)) list.push_back(std::move(figure));
  return list;
}

}  // namespace scaffold

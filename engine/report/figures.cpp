#include "report/figures.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/facts.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

template <class Value>
ChartSeries curve(const RunRecord& run, std::string name, int color, Value&& value) {
  ChartSeries series;
  series.name = std::move(name);
  series.color = color;
  for (const auto& epoch : run.epochs) {
    series.x.push_back(static_cast<double>(epoch.epoch));
    series.y.push_back(value(epoch));
  }
  return series;
}

}  // namespace

Chart training_loss_figure(const RunRecord& run) {
  Chart chart;
  chart.title = "Training loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {curve(run, "training", 0, [](const EpochRecord& e) { return e.overall_loss; })};
  return chart;
}

Chart score_figure(const RunRecord& run) {
  const MetricInfo& score = run.score_info();
  Chart chart;
  chart.title = score.heading();
  chart.x_label = "epoch";
  chart.y_label = score.axis;
  chart.log_y = score.log_axis;
  chart.series = {curve(run, "validation (the score)", 2, [](const EpochRecord& e) { return e.score(); })};
  // What is measured under the same name while it is trained.
  for (const MetricInfo& info : *run.metrics) {
    if (!info.training || info.name != score.name) continue;
    chart.series.push_back(
        curve(run, info.curve, 6, [&](const EpochRecord& e) { return e.metric(info.key()); }));
    chart.series.back().dashed = true;
  }
  chart.target = run.target;
  chart.target_label = "target " + target_text(run.target);
  if (std::isfinite(score.low)) chart.y_low = score.low;
  if (std::isfinite(score.high)) chart.y_high = score.high;
  return chart;
}

Chart validation_loss_figure(const RunRecord& run) {
  Chart chart;
  chart.title = "Validation loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {curve(run, "validation", 1, [](const EpochRecord& e) { return e.val_loss_avg; })};
  return chart;
}

Chart parts_figure(const RunRecord& run) {
  const MetricInfo& score = run.score_info();
  Chart chart;
  chart.title = cat(score.label, " by ", score.part, " over the epochs");
  chart.x_label = "epoch";
  chart.y_label = score.parts_axis;
  if (std::isfinite(score.low)) chart.y_low = score.low;
  if (std::isfinite(score.high)) chart.y_high = score.high;
  std::size_t parts = 0;
  for (const auto& epoch : run.epochs) parts = std::max(parts, epoch.parts().size());
  if (parts > 7) return chart;
  for (std::size_t part = score.first_part; part < parts; ++part) {
    chart.series.push_back(curve(run, score.part_name(part), class_color(part), [&](const EpochRecord& e) {
      return part < e.parts().size() ? e.parts()[part] : std::nan("");
    }));
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
  std::vector<Figure> list = {{"training_loss.svg", svg(training_loss_figure(run))},
                              {cat(run.score_info().column(), ".svg"), svg(score_figure(run))},
                              {"validation_loss.svg", svg(validation_loss_figure(run))},
                              {"phases.svg", svg(phases_figure(run))}};
  if (const Chart parts = parts_figure(run); !parts.series.empty()) {
    const MetricInfo& score = run.score_info();
    list.push_back({cat(score.name, "_by_", score.part, ".svg"), svg(parts)});
  }
  return list;
}

}  // namespace scaffold

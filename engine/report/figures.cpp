#include "report/figures.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/facts.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

Series curve(const RunRecord& run, std::string name, double EpochRecord::*value, int color) {
  Series series;
  series.name = std::move(name);
  series.color = color;
  for (const auto& epoch : run.epochs) {
    series.x.push_back(static_cast<double>(epoch.epoch));
    series.y.push_back(epoch.*value);
  }
  return series;
}

}  // namespace

LineChart training_loss_figure(const RunRecord& run) {
  LineChart chart;
  chart.title = "Training loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {curve(run, "training", &EpochRecord::overall_loss, 0)};
  return chart;
}

LineChart validation_dice_figure(const RunRecord& run) {
  LineChart chart;
  chart.title = "Validation Dice";
  chart.x_label = "epoch";
  chart.y_label = "mean hard Dice, foreground";
  chart.series = {curve(run, "validation (the score)", &EpochRecord::val_dice, 2),
                  curve(run, "training (soft Dice)", &EpochRecord::train_dice, 6)};
  chart.series[1].dashed = true;
  chart.target = run.target_dice;
  chart.target_label = "target " + target_text(run.target_dice);
  chart.y_min = 0;
  chart.y_max = 1;
  return chart;
}

LineChart validation_loss_figure(const RunRecord& run) {
  LineChart chart;
  chart.title = "Validation loss";
  chart.x_label = "epoch";
  chart.y_label = "mean loss per sample (log)";
  chart.log_y = true;
  chart.series = {curve(run, "validation", &EpochRecord::val_loss_avg, 1)};
  return chart;
}

LineChart class_dice_figure(const RunRecord& run) {
  LineChart chart;
  chart.title = "Dice by class over the epochs";
  chart.x_label = "epoch";
  chart.y_label = "hard Dice";
  chart.y_min = 0;
  chart.y_max = 1;
  std::size_t classes = 0;
  for (const auto& epoch : run.epochs) classes = std::max(classes, epoch.dice_per_class.size());
  if (classes > 7) return chart;
  for (std::size_t c = 1; c < classes; ++c) {
    Series series;
    series.name = cat("category ", c - 1);
    series.color = class_color(c);
    for (const auto& epoch : run.epochs) {
      series.x.push_back(static_cast<double>(epoch.epoch));
      series.y.push_back(c < epoch.dice_per_class.size() ? epoch.dice_per_class[c] : std::nan(""));
    }
    chart.series.push_back(std::move(series));
  }
  return chart;
}

int class_color(std::size_t index) {
  constexpr int colors[] = {0, 4, 2, 3, 1, 5};  // all hues; gray is the background's
  return colors[(index + 5) % 6];
}

StackedBars phases_figure(const RunRecord& run) {
  StackedBars chart;
  chart.title = "Where each epoch's time went";
  chart.x_label = "epoch";
  chart.y_label = "seconds";
  for (const auto& epoch : run.epochs) {
    chart.x.push_back(static_cast<double>(epoch.epoch));
    const auto phases = phase_list(epoch.phases);
    chart.parts.resize(phases.size());
    for (std::size_t i = 0; i < phases.size(); ++i) chart.parts[i].values.push_back(phases[i].second);
  }
  const auto names = phase_list({});
  chart.parts.resize(names.size());
  for (std::size_t i = 0; i < names.size(); ++i) {
    chart.parts[i].name = names[i].first;
    chart.parts[i].color = phase_color(i);
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
                              {"validation_dice.svg", svg(validation_dice_figure(run))},
                              {"validation_loss.svg", svg(validation_loss_figure(run))},
                              {"phases.svg", svg(phases_figure(run))}};
  if (const LineChart classes = class_dice_figure(run); !classes.series.empty())
    list.push_back({"dice_by_class.svg", svg(classes)});
  return list;
}

}  // namespace scaffold

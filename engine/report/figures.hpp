// The figures of a run: which curves, on which axes. Used for figures/ and inside report.html.
#pragma once
#include <string>
#include <vector>

#include "report/svg_chart.hpp"
#include "run/records.hpp"

namespace scaffold {

/// A curve over epochs, those of a run's folder (EpochRecord) or of its log (RunEpoch); `value` is given one.
template <class Epochs, class Value>
ChartSeries over_epochs(const Epochs& epochs, std::string name, ChartColor color, const Value& value) {
  ChartSeries series{.name = std::move(name), .color = color, .x = {}, .y = {}};
  for (const auto& each : epochs) {
    if constexpr (requires { each.record; })
      series.x.push_back(static_cast<double>(each.record.epoch));
    else
      series.x.push_back(static_cast<double>(each.epoch));
    series.y.push_back(value(each));
  }
  return series;
}

struct Figure {
  std::string file;  ///< "training_loss.svg"
  Chart chart;
};

Chart training_loss_figure(const RunRecord& run);  ///< mean per sample, log axis
/// Title and axis of a score's chart in which a further metric of the validation samples is drawn, too.
void name_beside_score(Chart& chart, const MetricInfo& info);
/// With the target line, and the metrics that share its axis.
Chart score_figure(const RunRecord& run);
/// One of each metric that does not.
std::vector<Figure> metric_figures(const RunRecord& run);
Chart validation_loss_figure(const RunRecord& run);
/// The score of each part (a class); no series when there are more of them than colors.
Chart parts_figure(const RunRecord& run);
Chart phases_figure(const RunRecord& run);  ///< seconds of each phase, one bar an epoch
/// The color number of a phase, by its place in phase_list().
int phase_color(std::size_t index);
/// The color number of a foreground class (1 …), the same in curves and tables.
int class_color(std::size_t index);

/// All figures, as they are written to figures/.
std::vector<Figure> figures(const RunRecord& run);

}  // namespace scaffold

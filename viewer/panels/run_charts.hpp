// Which charts a run folder gives, and a chart's content as files.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "monitor/run_source.hpp"
#include "panels/run_axis.hpp"
#include "report/chart.hpp"

namespace scaffold::viewer {

enum class RunChart {
  loss,
  score,
  parts,
  step_loss,
  learning_rate,
  throughput,
  gradient_norm,
  phases,
  flops,
  memory,
  ranks,
  metric  ///< one that does not share the score's axis
};

struct RunChartInfo {
  RunChart chart;
  std::string key;   ///< in sessions and names of files
  std::string name;  ///< for people
  bool may_be_log;
  const MetricInfo* metric = nullptr;  ///< of RunChart::metric
};
/// Those of every run, then those of single metrics of the workloads that there are when it is first asked
/// for.
const std::vector<RunChartInfo>& run_chart_table();
/// Its place in the table; ConfigError when there is none of that key.
std::size_t chart_number(const std::string& key);
std::size_t chart_number(RunChart chart);

/// A run as it is drawn.
struct RunCurve {
  std::string name;
  Rgb color;
  std::shared_ptr<const RunData> data;
  std::shared_ptr<const AlongRun> along = nullptr;  ///< null: over epochs
};

/// `chosen`: the run whose classes are shown, for which there is no color left where several runs are.
/// `axis`: what the runs' `along` leads to. Time per epoch is by epochs always, and step time by ranks.
Chart run_chart(const RunChartInfo& info, const std::vector<RunCurve>& runs, std::size_t chosen, bool log,
                RunAxis axis = RunAxis::epochs);
/// Each y the mean of those before and itself, weighted by `smoothing` (0 to below 1) a point back, as
/// TensorBoard does it.
void smooth(ChartSeries& series, double smoothing);

/// Every point of every curve whose x is in the range, a line each: series, x, y. Numbers read back as they
/// were.
std::string chart_csv(const Chart& content, const ChartRange& range);
/// The same points as a document of 720 units' width.
std::string chart_svg(const Chart& content, const ChartRange& range, double height_of_width);

}  // namespace scaffold::viewer

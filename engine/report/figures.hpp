// The figures of a run: which curves, on which axes. Used for figures/ and inside report.html.
#pragma once
#include <string>
#include <vector>

#include "report/svg_chart.hpp"
#include "run/records.hpp"

namespace scaffold {

LineChart training_loss_figure(const RunRecord& run);  ///< mean per sample, log axis
LineChart score_figure(const RunRecord& run);          ///< with the target line
LineChart validation_loss_figure(const RunRecord& run);
/// The score of each part (a class); no series when there are more of them than colors.
LineChart parts_figure(const RunRecord& run);
StackedBars phases_figure(const RunRecord& run);  ///< seconds of each phase, one bar an epoch
/// The number of a phase's color, by its place in phase_list().
int phase_color(std::size_t index);
/// The number of the color of a foreground class (1 …), the same in curves and tables.
int class_color(std::size_t index);

struct Figure {
  std::string file;  ///< "training_loss.svg"
  std::string svg;
};
/// All figures, as they are written to figures/.
std::vector<Figure> figures(const RunRecord& run);

}  // namespace scaffold

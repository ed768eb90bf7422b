// What a workload measures of every epoch, declared once: tables, events, reports, curves, exports and lines
// on terminals derive their names and their form from it.
//
//   const MetricInfo recall{.name = "recall", .label = "recall", .low = 0, .high = 1};
//   recall.key();    // "val_recall", in train_stats.csv, events.jsonl and report.json
//   recall.title();  // "validation recall"
#pragma once
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace scaffold {

struct MetricInfo {
  std::string name;   ///< "recall": in files, with what it is measured on
  std::string label;  ///< "recall": for people, likewise
  std::string unit = "";
  bool training =
      false;  ///< of the training samples, while they are trained on; else of the validation samples
  bool higher_is_better = true;
  bool log_axis = false;
  /// What it can be; NaN: has no bound.
  double low = std::numeric_limits<double>::quiet_NaN(), high = std::numeric_limits<double>::quiet_NaN();
  /// A column of train_stats.csv and of checkpoints. A metric that joins a workload has none, or no record of
  /// an earlier run could be read any more; what records lack is not a number.
  bool in_table = false;
  bool drawn = true;           ///< has a curve
  std::string part = "";       ///< "class": it has a value for each of several parts, too; empty: it has none
  std::size_t first_part = 0;  ///< of those that count: 1 where part 0 is a background
  std::string rest = "";       ///< what those before first_part are called: "background"
  std::string means = "", parts_mean = "";  ///< a sentence for those who do not know it
  std::string axis = "", parts_axis = "";   ///< at curves: "mean recall, foreground"
  std::string narrow_axis = "";             ///< where there is little room: "mean recall"
  /// What a network that has learnt nothing reaches at least, in report.json and for people; empty: not said.
  std::string trivial_key = "", trivial_name = "";
  std::string note = "";   ///< beside its value in a report
  std::string curve = "";  ///< in a legend, where the label would not do: "training (of batches)"

  std::string key() const;        ///< "val_recall", "train_recall"
  std::string parts_key() const;  ///< "recall_per_class"
  std::string title() const;      ///< "validation recall", "training recall"
  std::string heading() const;    ///< "Validation recall"
  std::string column() const;     ///< "validation_recall", "train_recall": tables for others, OpenMetrics
  std::string part_column(std::size_t part) const;  ///< "recall_class_3"
  std::string tag() const;                          ///< TensorBoard: "recall/validation", "recall/train"
  std::string part_tag(std::size_t part) const;     ///< "recall/class_3"
  std::string part_gauge() const;                   ///< OpenMetrics, with the label `part`: "class_recall"
  std::string part_name(std::size_t part) const;    ///< "class 3", "background"
  /// For an axis where there is little room: "mean recall", "RMSE".
  std::string short_axis() const { return narrow_axis.empty() ? label : narrow_axis; }
  /// In a legend.
  const std::string& legend() const { return curve.empty() ? label : curve; }
  /// Whether its curve belongs into the other's chart: the same unit and bounds.
  bool shares_axis(const MetricInfo& other) const;
  std::string target_key() const { return "target_" + name; }
  std::string best_key() const { return "best_" + key(); }

  /// Four decimals where it lies between 0 and 1, else five digits; never rounded to something better, so
  /// that a missed target does not look reached.
  std::string text(double value) const;
  /// Whether `a` is better than `b`; a number is better than none.
  bool better(double a, double b) const;
  /// Whether `value` reaches `target`.
  bool reaches(double value, double target) const;
  /// The worst value that there can be, which any is better than.
  double worst() const;
  /// How far it is from the best that can be; NaN where that has no bound.
  double error(double value) const { return higher_is_better ? high - value : value - low; }
  /// A target that is as good as never reached.
  double unreachable() const;

 private:
  /// To a whole number that is no better.
  double cut(double value) const;
};

/// A workload's metrics, in a list that lives as long as the program. The first one is the score: what a
/// target means, and what says which epoch is best. One at most is of training: what Objective measures.
using MetricList = std::vector<MetricInfo>;

/// One metric of one epoch.
struct Metric {
  const MetricInfo* info = nullptr;
  double value = std::numeric_limits<double>::quiet_NaN();
  std::vector<double> parts = {};
};

}  // namespace scaffold

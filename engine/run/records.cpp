#include "run/records.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "workload/workload.hpp"

namespace scaffold {

const MetricList& default_metrics() { return default_workload().metrics(); }

const MetricInfo& default_score() { return default_metrics().front(); }

EpochRecord::EpochRecord(const MetricList& list) {
  for (const auto& info : list) {
    metrics.push_back({&info});
    if (info.in_table) metrics.back().value = 0;
  }
}

Metric& EpochRecord::find(std::string_view key) {
  for (auto& each : metrics)
    if (each.info->key() == key) return each;
  throw Error(cat("this workload measures no ", key));
}

double& EpochRecord::metric(std::string_view key) { return find(key).value; }
double EpochRecord::metric(std::string_view key) const {
  return const_cast<EpochRecord*>(this)->find(key).value;
}

std::vector<Metric*> EpochRecord::table() {
  std::vector<Metric*> columns;
  for (const bool training : {true, false})
    for (auto& each : metrics)
      if (each.info->in_table && each.info->training == training) columns.push_back(&each);
  return columns;
}

std::vector<const Metric*> EpochRecord::all_metrics() const {
  auto all = table();
  for (const auto& each : metrics)
    if (!each.info->in_table) all.push_back(&each);
  return all;
}

std::vector<const Metric*> EpochRecord::table() const {
  const auto columns = const_cast<EpochRecord*>(this)->table();
  return {columns.begin(), columns.end()};
}

}  // namespace scaffold

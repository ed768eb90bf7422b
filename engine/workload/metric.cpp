#include "workload/metric.hpp"

#include <cmath>
#include <cstdio>

#include "core/text.hpp"

namespace scaffold {

std::string MetricInfo::key() const { return (training ? "train_" : "val_") + name; }
std::string MetricInfo::parts_key() const { return cat(name, "_per_", part); }
std::string MetricInfo::title() const { return cat(training ? "training " : "validation ", label); }
std::string MetricInfo::heading() const { return cat(training ? "Training " : "Validation ", label); }
std::string MetricInfo::column() const { return (training ? "train_" : "validation_") + name; }
std::string MetricInfo::part_column(std::size_t number) const { return cat(name, "_", part, "_", number); }
std::string MetricInfo::tag() const { return name + (training ? "/train" : "/validation"); }
std::string MetricInfo::part_tag(std::size_t number) const { return cat(name, "/", part, "_", number); }
std::string MetricInfo::part_gauge() const { return cat(part, "_", name); }

std::string MetricInfo::part_name(std::size_t number) const {
  return number < first_part ? rest : cat(part, " ", number);
}

bool MetricInfo::shares_axis(const MetricInfo& other) const {
  const auto same = [](double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); };
  return unit == other.unit && same(low, other.low) && same(high, other.high);
}

bool MetricInfo::better(double a, double b) const {
  if (!std::isfinite(a)) return false;
  return !std::isfinite(b) || (higher_is_better ? a > b : a < b);
}

bool MetricInfo::reaches(double value, double target) const {
  return higher_is_better ? value >= target : value <= target;
}

double MetricInfo::unreachable() const {
  constexpr double extreme = 1e300;
  if (higher_is_better) return std::isfinite(high) ? high : extreme;
  return std::isfinite(low) ? low + 1 / extreme : -extreme;
}

double MetricInfo::worst() const {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  return higher_is_better ? -infinity : infinity;
}

double MetricInfo::cut(double value) const {
  constexpr double rounding = 1e-9;
  return (higher_is_better ? std::floor(value + rounding) : std::ceil(value - rounding)) + 0.0;  // no -0
}

std::string MetricInfo::text(double value) const {
  if (!std::isfinite(value)) return "unknown";
  if (low == 0 && high == 1) return fixed(cut(value * 1e4) / 1e4, 4);
  const double digit = value == 0 ? 1 : std::pow(10.0, std::floor(std::log10(std::abs(value))) - 4);
  char buffer[32];
  std::snprintf(buffer, sizeof buffer, "%.5g", cut(value / digit) * digit);
  return buffer;
}

}  // namespace scaffold

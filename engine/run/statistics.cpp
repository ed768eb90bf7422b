#include "run/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "run/summary.hpp"

namespace scaffold {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

/// Probability of |T| < sqrt(degrees) tan(angle).
double within(double angle, int degrees) {
  const double sine = std::sin(angle), cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  // Terms cos^k with the coefficients 2/3 · 4/5 … (odd) or 1/2 · 3/4 … (even).
  double term = odd ? cosine : 1, sum = 0;
  for (int k = odd ? 1 : 0; k <= degrees - 2; k += 2) {
    sum += term;
    term *= cosine * cosine * (k + 1) / (k + 2);
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

double mean_of(const std::vector<double>& values, std::size_t from, std::size_t to) {
  double sum = 0;
  for (std::size_t i = from; i < to; ++i) sum += values[i];
  return sum / static_cast<double>(to - from);
}

/// Sample standard deviation.
double deviation(const std::vector<double>& values) {
  if (values.size() < 2) return unknown;
  const double mean = mean_of(values, 0, values.size());
  double sum = 0;
  for (const double value : values) sum += (value - mean) * (value - mean);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

}  // namespace

double student_t(double confidence, int degrees) {
  double low = 0, high = std::numbers::pi / 2;
  for (int i = 0; i < 200 && low < high; ++i) {
    const double middle = low + (high - low) / 2;
    (within(middle, degrees) < confidence ? low : high) = middle;
  }
  return std::sqrt(static_cast<double>(degrees)) * std::tan(low + (high - low) / 2);
}

SampleStatistics sample_statistics(std::vector<double> values) {
  std::erase_if(values, [](double value) { return !std::isfinite(value); });
  std::sort(values.begin(), values.end());
  SampleStatistics s;
  s.count = values.size();
  s.min = percentile(values, 0);
  s.q1 = percentile(values, 0.25);
  s.median = percentile(values, 0.5);
  s.q3 = percentile(values, 0.75);
  s.max = percentile(values, 1);
  s.mean = values.empty() ? unknown : mean_of(values, 0, values.size());
  s.sd = deviation(values);
  s.cv = s.mean != 0 ? s.sd / s.mean : unknown;
  const std::size_t n = values.size();
  s.trimmed = static_cast<std::size_t>(trimmed_share * static_cast<double>(n));
  s.trimmed_mean = values.empty() ? unknown : mean_of(values, s.trimmed, n - s.trimmed);
  s.interval_low = s.interval_high = unknown;
  if (n < 2) return s;
  // What was trimmed stands at the last value that was not: the winsorized sample.
  for (std::size_t i = 0; i < s.trimmed; ++i) {
    values[i] = values[s.trimmed];
    values[n - 1 - i] = values[n - 1 - s.trimmed];
  }
  const double error = deviation(values) / ((1 - 2 * trimmed_share) * std::sqrt(static_cast<double>(n)));
  const double half = student_t(interval_confidence, static_cast<int>(n - 2 * s.trimmed) - 1) * error;
  s.interval_low = s.trimmed_mean - half;
  s.interval_high = s.trimmed_mean + half;
  return s;
}

}  // namespace scaffold

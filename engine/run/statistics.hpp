// Statistics of a few independent measurements, as a campaign's figures of merit are.
#pragma once
#include <cstddef>
#include <vector>

namespace scaffold {

/// Share that the trimmed mean leaves out at either end.
inline constexpr double trimmed_share = 0.2;
/// Of the interval.
inline constexpr double interval_confidence = 0.95;

/// In the measurements' unit; NaN where there are too few of them. Formulas: docs/campaign.md.
struct SampleStatistics {
  std::size_t count = 0;
  double min = 0, q1 = 0, median = 0, q3 = 0, max = 0;  ///< quantiles of type 7 (summary.hpp's percentile)
  double mean = 0;
  double sd = 0, cv = 0;    ///< sample standard deviation (n - 1), and over the mean; NaN below 2
  std::size_t trimmed = 0;  ///< left out of the trimmed mean at either end: floor(0.2 n)
  double trimmed_mean = 0;  ///< of the others
  double interval_low = 0, interval_high = 0;  ///< 95 % interval of the trimmed mean; NaN below 2
};

/// Values that are not finite are left out.
SampleStatistics sample_statistics(std::vector<double> values);

/// The t for which a variable of Student's distribution lies within ±t with probability `confidence`
/// (0 < confidence < 1), for a whole number of degrees of freedom, at least 1; to 12 digits or so. The
/// distribution's finite series: Abramowitz and Stegun, 26.7.3 and 26.7.4.
double student_t(double confidence, int degrees);

}  // namespace scaffold

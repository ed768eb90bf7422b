// When the score will reach its target, from the curve so far, with how sure that is.
#pragma once
#include <optional>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

/// Counted from the end of the last epoch. Between low and high lie four of five simulated continuations;
/// half of them end before the middle. High is infinite when more than a tenth never reach the target.
struct Forecast {
  double epochs_low = 0, epochs = 0, epochs_high = 0;
  double seconds_low = 0, seconds = 0, seconds_high = 0;
};

/// The error, how far the score is from the best that can be, is taken to fall exponentially or as a power of
/// the epoch, whichever fits the recent epochs, with noise like that seen in them; curves drawn from that are
/// followed until they reach the target (residual bootstrap; Efron and Tibshirani, An Introduction to the
/// Bootstrap, 1993, chapter 9). Nothing when the target is reached, with fewer than five epochs, where the
/// score has no best value, or when it cannot be told that it gets better: the same epochs always give the
/// same answer. Seconds are epochs times the median of the recent epochs' durations.
std::optional<Forecast> forecast_target(const std::vector<EpochRecord>& epochs, double target);

}  // namespace scaffold

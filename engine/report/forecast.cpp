#include "report/forecast.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/philox.hpp"

namespace scaffold {
namespace {

constexpr std::size_t fewest = 5, window_most = 60;
constexpr std::uint32_t draws = 400;
constexpr double never = std::numeric_limits<double>::infinity();

/// Of the logarithm of the error over x, which is the epoch or its logarithm.
struct Fit {
  double intercept = 0, slope = 0, squares = 0;  ///< sum of squared residuals
  std::vector<double> residuals;
};

Fit fit(const std::vector<double>& x, const std::vector<double>& y) {
  const auto n = static_cast<double>(x.size());
  double mx = 0, my = 0, sxx = 0, sxy = 0;
  for (std::size_t i = 0; i < x.size(); ++i) mx += x[i] / n, my += y[i] / n;
  for (std::size_t i = 0; i < x.size(); ++i)
    sxx += (x[i] - mx) * (x[i] - mx), sxy += (x[i] - mx) * (y[i] - my);
  Fit result;
  result.slope = sxy / sxx;
  result.intercept = my - result.slope * mx;
  for (std::size_t i = 0; i < x.size(); ++i) {
    result.residuals.push_back(y[i] - result.intercept - result.slope * x[i]);
    result.squares += result.residuals.back() * result.residuals.back();
  }
  return result;
}

/// Uniform draws, named by a number: the same in every program that looks at the run.
class Draws {
 public:
  explicit Draws(std::uint32_t stream) : stream_(stream) {}
  double uniform() {
    return (philox({block_++, stream_, 0, 0}, 0x666f7265u, 0x63617374u)[0] + 0.5) * 0x1p-32;
  }
  double of(const std::vector<double>& values) {
    return values[static_cast<std::size_t>(uniform() * static_cast<double>(values.size()))];
  }

 private:
  std::uint32_t stream_, block_ = 0;
};

enum Form : std::size_t { exponential, power };
double abscissa(std::size_t form, double epoch) { return form == exponential ? epoch : std::log(epoch); }

/// Epochs after the last one until a simulated continuation reaches the level, and whether it fell at all.
struct Continuation {
  double epochs = never;
  bool falls = false;
};

Continuation continuation(std::size_t form, const Fit& best, const std::vector<double>& x, double last,
                          double level, double horizon, Draws& random) {
  // Residuals of a fit are smaller than the errors by its two parameters.
  const auto n = static_cast<double>(x.size());
  const double inflation = std::sqrt(n / (n - 2));
  std::vector<double> y;
  y.reserve(x.size());
  for (const double each : x)
    y.push_back(best.intercept + best.slope * each + inflation * random.of(best.residuals));
  const Fit drawn = fit(x, y);
  Continuation result;
  result.falls = drawn.slope < -1e-9;
  if (!result.falls) return result;
  for (std::int64_t epochs = 1; static_cast<double>(epochs) <= horizon; ++epochs) {
    const auto ahead = static_cast<double>(epochs);
    const double error = drawn.intercept + drawn.slope * abscissa(form, last + ahead);
    if (error + inflation * random.of(best.residuals) <= level) {
      result.epochs = ahead;
      break;
    }
  }
  return result;
}

double at_quantile(const std::vector<double>& sorted, double quantile) {
  return sorted[static_cast<std::size_t>(std::lround(quantile * static_cast<double>(sorted.size() - 1)))];
}

}  // namespace

std::optional<Forecast> forecast_target(const std::vector<EpochRecord>& epochs, double target) {
  if (epochs.size() < fewest) return std::nullopt;
  const MetricInfo& score = epochs.front().score_info();
  if (!(score.error(target) > 0)) return std::nullopt;
  for (const EpochRecord& each : epochs)
    if (score.reaches(each.score(), target)) return std::nullopt;
  // What came long ago tells little of what comes: the later half, or all of a short curve.
  const std::size_t window =
      std::min({epochs.size(), std::max<std::size_t>(10, epochs.size() / 2), window_most});
  std::vector<double> numbers, errors, durations;
  for (std::size_t i = epochs.size() - window; i < epochs.size(); ++i) {
    const EpochRecord& each = epochs[i];
    const double error = score.error(each.score());
    if (!(error > 0) || each.epoch < 1) continue;
    numbers.push_back(static_cast<double>(each.epoch));
    errors.push_back(std::log(error));
    if (each.epoch_duration > 0) durations.push_back(each.epoch_duration);
  }
  if (numbers.size() < fewest || durations.empty() || numbers.front() == numbers.back()) return std::nullopt;

  std::array<std::vector<double>, 2> x;
  for (const double epoch : numbers)
    for (const auto form : {exponential, power}) x[form].push_back(abscissa(form, epoch));
  const std::array<Fit, 2> fits{fit(x[exponential], errors), fit(x[power], errors)};
  // How likely each form is, if one of them is true (their likelihoods with normal errors).
  const double exponent = 0.5 * static_cast<double>(numbers.size());
  const double floor = 1e-20;
  const double odds = std::pow((fits[power].squares + floor) / (fits[exponential].squares + floor), exponent);
  const double share = odds / (1 + odds);
  const double share_exponential = std::isfinite(share) ? share : 1;

  const double last = numbers.back(), level = std::log(score.error(target)), horizon = 100 + 20 * last;
  std::vector<double> reached;
  std::uint32_t falling = 0;
  for (std::uint32_t draw = 0; draw < draws; ++draw) {
    Draws random(draw);
    const std::size_t form = random.uniform() < share_exponential ? exponential : power;
    const auto next = continuation(form, fits[form], x[form], last, level, std::min(horizon, 2000.0), random);
    falling += next.falls;
    reached.push_back(next.epochs);
  }
  std::sort(reached.begin(), reached.end());
  if (falling < 0.975 * draws || at_quantile(reached, 0.5) == never) return std::nullopt;
  std::sort(durations.begin(), durations.end());
  const double seconds = at_quantile(durations, 0.5);
  Forecast result{at_quantile(reached, 0.1), at_quantile(reached, 0.5), at_quantile(reached, 0.9), 0, 0, 0};
  result.seconds_low = seconds * result.epochs_low;
  result.seconds = seconds * result.epochs;
  result.seconds_high = seconds * result.epochs_high;
  return result;
}

}  // namespace scaffold

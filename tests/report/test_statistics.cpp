#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>

#include "catch.hpp"
#include "run/statistics.hpp"

using namespace scaffold;

namespace {

/// Probability of |T| < t by Simpson's rule over Student's density: nothing of the series under test.
double within_by_integration(double t, int degrees) {
  const double nu = degrees;
  const double scale =
      std::exp(std::lgamma((nu + 1) / 2) - std::lgamma(nu / 2)) / std::sqrt(nu * std::numbers::pi);
  const auto density = [&](double x) { return scale * std::pow(1 + x * x / nu, -(nu + 1) / 2); };
  constexpr int pieces = 200000;
  const double h = t / pieces;
  double sum = density(0) + density(t);
  for (int i = 1; i < pieces; ++i) sum += (i % 2 ? 4 : 2) * density(i * h);
  return 2 * sum * h / 3;
}

/// The definitions word by word, on sorted copies.
struct ByDefinition {
  explicit ByDefinition(std::vector<double> x) : values(std::move(x)) {
    std::sort(values.begin(), values.end());
  }
  double quantile(double p) const {
    const double h = (static_cast<double>(values.size()) - 1) * p;
    const auto below = static_cast<std::size_t>(std::floor(h)),
               above = static_cast<std::size_t>(std::ceil(h));
    return values[below] + (h - std::floor(h)) * (values[above] - values[below]);
  }
  static double mean(const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += v;
    return sum / static_cast<double>(x.size());
  }
  static double sd(const std::vector<double>& x) {
    double sum = 0;
    for (const double v : x) sum += std::pow(v - mean(x), 2);
    return std::sqrt(sum / (static_cast<double>(x.size()) - 1));
  }
  std::size_t g() const { return values.size() / 5; }
  std::vector<double> trimmed() const {
    return {values.begin() + static_cast<std::ptrdiff_t>(g()),
            values.end() - static_cast<std::ptrdiff_t>(g())};
  }
  std::vector<double> winsorized() const {
    std::vector<double> w;
    for (const double v : values) w.push_back(std::clamp(v, trimmed().front(), trimmed().back()));
    return w;
  }
  std::vector<double> values;
};

}  // namespace

TEST_CASE("Student's t: the printed tables, and the integral of the density") {
  // Two-sided 95 %, from any textbook.
  const std::pair<int, double> table[] = {{1, 12.7062}, {2, 4.3027},  {3, 3.1824},  {4, 2.7764},  {5, 2.5706},
                                          {9, 2.2622},  {10, 2.2281}, {30, 2.0423}, {120, 1.9799}};
  for (const auto& [degrees, t] : table) CHECK(student_t(0.95, degrees) == Approx(t).margin(5e-5));
  CHECK(student_t(0.99, 2) == Approx(9.9248).margin(5e-5));
  CHECK(student_t(0.95, 100000) == Approx(1.95996).margin(1e-4));  // the normal distribution's
  for (int degrees = 1; degrees <= 40; ++degrees)
    for (const double confidence : {0.5, 0.9, 0.95, 0.99})
      CHECK(within_by_integration(student_t(confidence, degrees), degrees) ==
            Approx(confidence).margin(1e-7));
}

TEST_CASE("three runs: the figures that SciPy's trimmed_mean_ci and R's trimci give") {
  // scipy.stats.mstats.trimmed_mean_ci([10, 12, 17], limits=(0.2, 0.2), alpha=0.05): 13 -+ 4.302653
  // * 3.605551 / (0.6
  // * sqrt(3)).
  const auto s = sample_statistics({17, 10, 12});
  CHECK(s.count == 3);
  CHECK(s.median == 12);
  CHECK(s.q1 == 11);
  CHECK(s.q3 == 14.5);
  CHECK(s.trimmed == 0);
  CHECK(s.trimmed_mean == 13);
  CHECK(s.sd == Approx(std::sqrt(13.0)));
  CHECK(s.cv == Approx(std::sqrt(13.0) / 13));
  CHECK(s.interval_high - s.trimmed_mean ==
        Approx(4.302652729911275 * std::sqrt(13.0) / (0.6 * std::sqrt(3.0))));
  CHECK(s.trimmed_mean - s.interval_low == Approx(s.interval_high - s.trimmed_mean));
}

TEST_CASE("an outlier moves the trimmed mean and its interval little") {
  const auto calm = sample_statistics({10, 11, 12, 13, 14, 15, 16, 17, 18, 19});
  const auto wild = sample_statistics({10, 11, 12, 13, 14, 15, 16, 17, 18, 1e6});
  CHECK(calm.trimmed == 2);
  CHECK(wild.trimmed_mean == calm.trimmed_mean);
  CHECK(wild.interval_high == calm.interval_high);
  CHECK(wild.mean > 1e5);
}

TEST_CASE("too few runs have no spread, and say so") {
  const auto none = sample_statistics({});
  CHECK(none.count == 0);
  for (const double value :
       {none.median, none.q1, none.q3, none.cv, none.trimmed_mean, none.interval_low, none.interval_high})
    CHECK(std::isnan(value));
  const auto one = sample_statistics({42.5});
  CHECK(one.median == 42.5);
  CHECK(one.trimmed_mean == 42.5);
  CHECK(std::isnan(one.cv));
  CHECK(std::isnan(one.interval_low));
  CHECK(std::isnan(one.interval_high));
  const auto two = sample_statistics({1, 3});
  CHECK(two.interval_high - 2 == Approx(student_t(0.95, 1) * std::sqrt(2.0) / (0.6 * std::sqrt(2.0))));
  CHECK(sample_statistics({1, NAN, 3}).count == 2);
}

TEST_CASE("statistics are what the definitions say, for any sample") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange(2, 60);
    const auto whole = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(1, 100000));
    std::vector<double> values;
    for (const int v : whole) values.push_back(v / 7.0);
    const ByDefinition d(values);
    const auto s = sample_statistics(values);
    const auto near = [](double a, double b) { return std::abs(a - b) <= 1e-9 * std::max(1.0, std::abs(b)); };
    RC_ASSERT(near(s.median, d.quantile(0.5)));
    RC_ASSERT(near(s.q1, d.quantile(0.25)));
    RC_ASSERT(near(s.q3, d.quantile(0.75)));
    RC_ASSERT(near(s.cv, ByDefinition::sd(values) / ByDefinition::mean(values)));
    RC_ASSERT(near(s.trimmed_mean, ByDefinition::mean(d.trimmed())));
    const double half = student_t(0.95, static_cast<int>(d.trimmed().size()) - 1) *
                        ByDefinition::sd(d.winsorized()) / (0.6 * std::sqrt(static_cast<double>(n)));
    RC_ASSERT(near(s.interval_low, s.trimmed_mean - half));
    RC_ASSERT(near(s.interval_high, s.trimmed_mean + half));
    RC_ASSERT(s.trimmed == d.g());
  }));
}

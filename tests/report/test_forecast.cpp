// The forecast against curves of known form whose continuation is simulated independently.
#include <cmath>
#include <functional>
#include <random>

#include "catch.hpp"
#include "report/forecast.hpp"

using namespace scaffold;

namespace {

constexpr double target = 0.95;

std::vector<EpochRecord> curve(int epochs, const std::function<double(int)>& dice) {
  std::vector<EpochRecord> records;
  for (int e = 1; e <= epochs; ++e) {
    EpochRecord record;
    record.epoch = e;
    record.metric("val_dice") = dice(e);
    record.epoch_duration = 20 + e % 3;  // median 21 of any ten in a row
    records.push_back(record);
  }
  return records;
}

/// Share of noisy curves whose true remaining epochs lie between low and high, and share with a forecast.
std::pair<double, double> coverage(const std::function<double(double)>& log_error, int known, double noise) {
  int covered = 0, told = 0, runs = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(0, noise);
    std::vector<double> dice;
    int reached = 0;
    for (int e = 1; e < 5000 && !reached; ++e) {
      dice.push_back(1 - std::exp(log_error(e) + normal(random)));
      if (dice.back() >= target) reached = e;
    }
    if (reached <= known) continue;
    ++runs;
    const auto told_by =
        forecast_target(curve(known, [&](int e) { return dice[std::size_t(e - 1)]; }), target);
    if (!told_by) continue;
    ++told;
    const double rest = reached - known;
    covered += told_by->epochs_low <= rest && rest <= told_by->epochs_high;
  }
  REQUIRE(runs > 200);
  return {double(covered) / std::max(told, 1), double(told) / runs};
}

double exponential(double e) { return std::log(0.8) - 0.06 * e; }      // 0.05 at epoch 46
double power(double e) { return std::log(0.8) - 0.75 * std::log(e); }  // 0.05 at epoch 40

}  // namespace

TEST_CASE("A curve without noise is forecast to the epoch") {
  // The first epoch with 0.8 exp(−0.06 e) <= 0.05 is 47; with 0.8 e^−0.75 it is 41.
  for (const auto& [form, reached] : {std::pair{&exponential, 47}, std::pair{&power, 41}})
    for (const int known : {10, 20, 30}) {
      const auto told =
          forecast_target(curve(known, [&, f = form](int e) { return 1 - std::exp(f(e)); }), target);
      REQUIRE(told);
      CHECK(told->epochs_low == reached - known);
      CHECK(told->epochs == reached - known);
      CHECK(told->epochs_high == reached - known);
      CHECK(told->seconds == 21 * told->epochs);
    }
}

TEST_CASE("Four of five forecasts hold what comes") {
  for (const auto form : {&exponential, &power})
    for (const double noise : {0.03, 0.1})
      for (const int known : {15, 30}) {
        const auto [covered, told] = coverage(form, known, noise);
        INFO("known " << known << " noise " << noise << " covered " << covered << " told " << told);
        CHECK(covered >= 0.65);
        CHECK(told >= 0.9);
      }
}

TEST_CASE("A forecast is narrower the less noise there is, and the later") {
  const auto width = [](int known, double noise) {
    std::mt19937_64 random(7);
    std::normal_distribution<double> normal(0, noise);
    const auto told = forecast_target(
        curve(known, [&](int e) { return 1 - std::exp(exponential(e) + normal(random)); }), target);
    REQUIRE(told);
    return told->epochs_high - told->epochs_low;
  };
  CHECK(width(20, 0.005) < width(20, 0.05));
  CHECK(width(40, 0.02) < width(15, 0.02));
}

TEST_CASE("A curve that does not grow gives no forecast") {
  CHECK_FALSE(forecast_target(curve(30, [](int) { return 0.6; }), target));
  CHECK_FALSE(forecast_target(curve(30, [](int e) { return 0.9 - 0.01 * e; }), target));
  int told = 0;
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937_64 random(seed);
    std::normal_distribution<double> normal(0.6, 0.02);
    told += forecast_target(curve(30, [&](int) { return normal(random); }), target).has_value();
  }
  CHECK(told <= 12);  // one-sided 2.5 % of 200 is 5
}

TEST_CASE("No forecast where there is nothing to tell") {
  const auto grows = [](int e) { return 1 - std::exp(exponential(e)); };
  CHECK_FALSE(forecast_target({}, target));
  CHECK_FALSE(forecast_target(curve(4, grows), target));
  CHECK(forecast_target(curve(5, grows), target));
  CHECK_FALSE(forecast_target(curve(60, grows), target));  // reached
  CHECK_FALSE(forecast_target(curve(20, grows), 1));       // never reached
  CHECK_FALSE(forecast_target(curve(20, [](int) { return std::nan(""); }), target));
  auto broken = curve(20, grows);
  broken[12].metric("val_dice") = std::nan("");
  CHECK(forecast_target(broken, target));
}

TEST_CASE("The same epochs give the same forecast") {
  std::mt19937_64 random(3);
  std::normal_distribution<double> normal(0, 0.05);
  const auto epochs = curve(20, [&](int e) { return 1 - std::exp(power(e) + normal(random)); });
  const auto a = forecast_target(epochs, target), b = forecast_target(epochs, target);
  REQUIRE(a);
  CHECK(a->epochs_low == b->epochs_low);
  CHECK(a->epochs_high == b->epochs_high);
  CHECK(a->epochs_low <= a->epochs);
  CHECK(a->epochs <= a->epochs_high);
}

// Ranges, ticks and points of charts. No window is needed.
#include <rapidcheck.h>

#include <cmath>
#include <set>

#include "catch.hpp"
#include "core/text.hpp"
#include "panels/run_charts.hpp"
#include "report/sample_run.hpp"
#include "scene/chart_view.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

double number() {
  return *rc::gen::map(rc::gen::inRange(-1000000, 1000000), [](int n) { return n / 1000.0; });
}

Chart any_content() {
  Chart content;
  content.log_y = *rc::gen::arbitrary<bool>();
  content.series.resize(*rc::gen::inRange<std::size_t>(1, 4));
  for (auto& series : content.series) {
    const auto n = *rc::gen::inRange(0, 60);
    std::set<double> xs;
    for (int i = 0; i < n; ++i) xs.insert(number());
    series.x.assign(xs.begin(), xs.end());
    for (std::size_t i = 0; i < series.x.size(); ++i)
      series.y.push_back(*rc::gen::inRange(0, 8) == 0 ? std::nan("") : number());
  }
  return content;
}

}  // namespace

TEST_CASE("the full range holds every point and can be shown") {
  CHECK(rc::check([] {
    const Chart content = any_content();
    const ChartRange range = full_range(content);
    RC_ASSERT(valid(range, content.log_y));
    for (const auto& series : content.series)
      for (std::size_t i = 0; i < series.x.size(); ++i) {
        if (!std::isfinite(series.y[i]) || (content.log_y && series.y[i] <= 0)) continue;
        RC_ASSERT(series.x[i] >= range.x_low && series.x[i] <= range.x_high);
        RC_ASSERT(series.y[i] >= range.y_low && series.y[i] <= range.y_high);
      }
  }));
}

TEST_CASE("zooming keeps the value under the mouse where it is, and comes back") {
  CHECK(rc::check([] {
    const Chart content = any_content();
    const ChartRange range = full_range(content);
    const bool log = content.log_y;
    const double sx = *rc::gen::inRange(0, 101) / 100.0, sy = *rc::gen::inRange(0, 101) / 100.0;
    const double x = value_at(sx, range.x_low, range.x_high, false),
                 y = value_at(sy, range.y_low, range.y_high, log);
    const ChartRange near = zoomed(range, log, x, y, 0.5, 0.5);
    RC_ASSERT(std::abs(share_of(x, near.x_low, near.x_high, false) - sx) < 1e-6);
    RC_ASSERT(std::abs(share_of(y, near.y_low, near.y_high, log) - sy) < 1e-6);
    RC_ASSERT(std::abs((near.x_high - near.x_low) / (range.x_high - range.x_low) - 0.5) < 1e-6);
    const ChartRange back = panned(panned(near, log, 0.25, -0.5), log, -0.25, 0.5);
    RC_ASSERT(std::abs(share_of(back.x_low, near.x_low, near.x_high, false)) < 1e-6);
    RC_ASSERT(std::abs(share_of(back.y_high, near.y_low, near.y_high, log) - 1) < 1e-6);
  }));
}

TEST_CASE("no zoom leads to a range that cannot be shown") {
  for (const bool log : {false, true}) {
    ChartRange range{1, 2, 0.5, 5};
    for (const double factor : {0.1, 10.0}) {
      for (int i = 0; i < 2000; ++i) range = zoomed(range, log, range.x_low, range.y_high, factor, factor);
      CHECK(valid(range, log));
      for (int i = 0; i < 2000; ++i) range = panned(range, log, 0.7, 0.7);
      CHECK(valid(range, log));
    }
  }
}

TEST_CASE("ticks lie in the range, ascend, differ, and read back as their values") {
  CHECK(rc::check([] {
    const bool log = *rc::gen::arbitrary<bool>(), integers = !log && *rc::gen::arbitrary<bool>();
    double low = log ? std::pow(10, *rc::gen::inRange(-80, 80) / 10.0) : number();
    double high = log ? low * std::pow(10, *rc::gen::inRange(1, 90) / 10.0) : low + std::abs(number()) + 0.1;
    const int count = *rc::gen::inRange(2, 12);
    const auto ticks = chart_ticks(low, high, count, integers, log);
    RC_ASSERT(ticks.size() <= static_cast<std::size_t>(count) + 2);
    std::set<std::string> labels;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      RC_ASSERT(ticks[i].value >= low && ticks[i].value <= high);
      // Not `i == 0 ||`: what RC_ASSERT takes apart is evaluated whole.
      if (i > 0) RC_ASSERT(ticks[i].value > ticks[i - 1].value);
      RC_ASSERT(!integers || ticks[i].value == std::round(ticks[i].value));
      RC_ASSERT(labels.insert(ticks[i].label).second);
      double read = 0;
      RC_ASSERT(parse_double(ticks[i].label, read));
      RC_ASSERT(std::abs(read - ticks[i].value) <= 1e-4 * (high - low) + 1e-9 * std::abs(high));
    }
  }));
}

TEST_CASE("thinned points keep the extremes, the order and the gaps") {
  CHECK(rc::check([] {
    Chart content = any_content();
    content.log_y = false;
    const auto& series = content.series[0];
    const auto columns = *rc::gen::inRange<std::size_t>(1, 20);
    const auto kept = thinned(content, series, -1000, 1000, columns);
    std::size_t last = 0, points = 0;
    double low = 1e9, high = -1e9, kept_low = 1e9, kept_high = -1e9;
    bool first = true;
    for (const auto i : kept) {
      if (i == curve_gap) continue;
      RC_ASSERT(first || i > last);
      first = false;
      last = i;
      ++points;
      kept_low = std::min(kept_low, series.y[i]);
      kept_high = std::max(kept_high, series.y[i]);
    }
    std::size_t gaps = 0;
    for (const double y : series.y) {
      if (std::isnan(y)) {
        ++gaps;
        continue;
      }
      low = std::min(low, y);
      high = std::max(high, y);
    }
    RC_ASSERT(low == kept_low && high == kept_high);
    RC_ASSERT(points <= 4 * (columns + 2 + gaps));
    // Two kept neighbors with a gap between them in the data have one between them here.
    for (std::size_t k = 1; k < kept.size(); ++k)
      if (kept[k] != curve_gap && kept[k - 1] != curve_gap)
        for (std::size_t i = kept[k - 1]; i < kept[k]; ++i) RC_ASSERT(!std::isnan(series.y[i]));
  }));
}

TEST_CASE("the nearest point is the nearest of all") {
  CHECK(rc::check([] {
    const Chart content = any_content();
    const auto& series = content.series[0];
    const double x = number(), low = number(), high = low + std::abs(number());
    const auto found = nearest_point(content, series, x, low, high);
    double least = 1e18;
    for (std::size_t i = 0; i < series.x.size(); ++i)
      if (series.x[i] >= low && series.x[i] <= high && drawable(content, series.x[i], series.y[i]))
        least = std::min(least, std::abs(series.x[i] - x));
    RC_ASSERT(found.has_value() == (least < 1e18));
    if (found) RC_ASSERT(std::abs(series.x[*found] - x) == least);
  }));
}

TEST_CASE("grouped bars keep the mean") {
  CHECK(rc::check([] {
    ChartBars bars;
    bars.parts.resize(2);
    const int n = *rc::gen::inRange(1, 200);
    double sum = 0;
    for (int i = 0; i < n; ++i) {
      bars.x.push_back(i + 1);
      for (auto& part : bars.parts) part.values.push_back(std::abs(number()));
      sum += bars.parts[0].values.back();
    }
    const auto most = *rc::gen::inRange<std::size_t>(1, 50);
    const ChartBars grouped = grouped_bars(bars, 0, n + 1, most);
    RC_ASSERT(grouped.x.size() <= most);
    const auto group = static_cast<double>((static_cast<std::size_t>(n) + most - 1) / most);
    double back = 0;
    for (std::size_t i = 0; i < grouped.x.size(); ++i)
      back += grouped.parts[0].values[i] *
              (i + 1 < grouped.x.size() ? group : n - group * static_cast<double>(grouped.x.size() - 1));
    RC_ASSERT(std::abs(back - sum) < 1e-6 * (1 + sum));
  }));
}

TEST_CASE("a color is made to stand out from light and dark ground") {
  for (std::size_t i = 0; i < 16; ++i)
    for (const Rgb ground : {Rgb{1, 1, 1}, Rgb{0.07f, 0.08f, 0.1f}}) {
      const Rgb c = legible(distinct_color(i), ground);
      CHECK(std::abs(0.2126f * (c.r - ground.r)) + std::abs(0.7152f * (c.g - ground.g)) +
                std::abs(0.0722f * (c.b - ground.b)) >
            0.15f);
    }
}

TEST_CASE("a metric of another unit has a chart, one beside the score a name in its") {
  const MetricList metrics = {
      {.name = "iou", .label = "IoU", .low = 0, .high = 1, .in_table = true, .narrow_axis = "mean IoU"},
      {.name = "recall", .label = "recall", .low = 0, .high = 1},
      {.name = "precision", .label = "precision", .low = 0, .high = 1},
      {.name = "distance", .label = "distance", .unit = "m"}};
  auto data = std::make_shared<RunData>();
  data->metrics = &metrics;
  for (int e = 1; e <= 3; ++e) {
    EpochRecord record(metrics);
    record.epoch = e;
    for (const auto& metric : metrics)
      record.metric(metric.key()) = e + static_cast<double>(metric.name.size());
    data->epochs.push_back({record, true, 0});
  }
  const std::vector<RunCurve> one{{"a", {1, 0, 0}, data}};
  const Chart score = run_chart(run_chart_table()[chart_number(RunChart::score)], one, 0, false);
  REQUIRE(score.series.size() == 3);
  CHECK(score.title == "Validation IoU, recall, precision");
  CHECK(score.y_label == "mean IoU, recall, precision");
  CHECK(score.series[1].color != score.series[0].color);
  CHECK(score.series[1].color != score.series[2].color);
  const RunChartInfo own{RunChart::metric, "validation_distance", "Validation distance", false, &metrics[3]};
  for (const auto& runs : {one, {one[0], {"b", {0, 1, 0}, data}}}) {
    const Chart distance = run_chart(own, runs, 0, false);
    REQUIRE(distance.series.size() == runs.size());
    CHECK(distance.title == "Validation distance");
    CHECK(distance.series[0].y == std::vector<double>{9, 10, 11});
  }
}

TEST_CASE("a chart's points are those of the run, in the file too") {
  auto data = std::make_shared<RunData>();
  for (std::int64_t e = 1; e <= 5; ++e) data->epochs.push_back({sample::epoch(e), true});
  data->target = 0.95;
  const std::vector<RunCurve> runs{{"a \"run\", of many", {1, 0, 0}, data}, {"b", {0, 1, 0}, data}};
  const Chart content = run_chart(run_chart_table()[chart_number(RunChart::score)], runs, 0, false);
  REQUIRE(content.series.size() == 2);
  CHECK(content.target == 0.95);
  CHECK(content.series[0].y[2] == sample::epoch(3).metric("val_dice"));
  const std::string csv = chart_csv(content, {1.5, 3.5, 0, 1});
  CHECK(csv == cat("series,\"epoch\",\"mean Dice\"\n\"a \"\"run\"\", of many\",2,",
                   shortest(sample::epoch(2).metric("val_dice")), "\n\"a \"\"run\"\", of many\",3,",
                   shortest(sample::epoch(3).metric("val_dice")), "\n\"b\",2,",
                   shortest(sample::epoch(2).metric("val_dice")), "\n\"b\",3,",
                   shortest(sample::epoch(3).metric("val_dice")), "\n"));
  for (const auto& info : run_chart_table())
    for (const auto& some : {runs, {}, {runs[0]}}) {
      const Chart any = run_chart(info, some, 0, true);
      const std::string drawing = chart_svg(any, full_range(any), 0.5);
      CHECK(drawing.find("<svg") == 0);
      CHECK(drawing.find("nan") == drawing.npos);
    }
  const Chart phases = run_chart(run_chart_table()[chart_number(RunChart::phases)], runs, 1, false);
  REQUIRE(phases.bars);
  double sum = 0;
  for (const auto& part : phases.bars->parts) sum += part.values[0];
  CHECK(sum == Approx(sample::epoch(1).epoch_duration));
}

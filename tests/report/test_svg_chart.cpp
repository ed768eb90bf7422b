#include <rapidcheck.h>

#include <cmath>
#include <regex>

#include "catch.hpp"
#include "report/figures.hpp"
#include "report/svg_chart.hpp"
#include "report/svg_draw.hpp"
#include "sample_run.hpp"

using namespace scaffold;

namespace {

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t n = 0;
  for (auto at = text.find(part); at != text.npos; at = text.find(part, at + 1)) ++n;
  return n;
}

std::string curve_path(const std::string& picture) {
  std::smatch match;
  return std::regex_search(picture, match, std::regex("<path class=\"sc-s\\d\" d=\"([^\"]*)\""))
             ? match[1].str()
             : "";
}

Chart one_curve(std::vector<double> x, std::vector<double> y) {
  Chart chart;
  chart.title = "t";
  chart.series = {{"s", 0, std::move(x), std::move(y)}};
  return chart;
}

Chart bars_of(ChartBars bars) {
  Chart chart;
  chart.bars = std::move(bars);
  return chart;
}

}  // namespace

TEST_CASE("nice ticks cover their range in round, even steps") {
  CHECK(nice_ticks(0, 1, 5) == std::vector<double>{0, 0.2, 0.4, 0.6000000000000001, 0.8, 1});
  CHECK(nice_ticks(1, 2, 8, true) == std::vector<double>{1, 2});
  CHECK(nice_ticks(3, 3, 5) == std::vector<double>{3});
  CHECK(rc::check([](double a, double b) {
    RC_PRE(std::isfinite(a) && std::isfinite(b) && std::abs(a) < 1e100 && std::abs(b) < 1e100);
    const double low = std::min(a, b), high = std::max(a, b);
    RC_PRE(high - low > 1e-6 * std::max(std::abs(low), std::abs(high)) && high - low > 1e-100);
    const auto ticks = nice_ticks(low, high, 5);
    RC_ASSERT(ticks.size() >= 2 && ticks.size() <= 9);
    const double step = ticks[1] - ticks[0], slack = 1e-6 * (high - low);
    RC_ASSERT(ticks.front() <= low + slack && ticks.back() >= high - slack);
    for (std::size_t i = 1; i < ticks.size(); ++i)
      RC_ASSERT(std::abs(ticks[i] - ticks[i - 1] - step) <= 1e-3 * step);
    const double lead = step / std::pow(10.0, std::floor(std::log10(step * 1.0001)));
    RC_ASSERT(std::abs(lead - 1) < 1e-3 || std::abs(lead - 2) < 2e-3 || std::abs(lead - 5) < 5e-3);
  }));
}

TEST_CASE("nothing upsets the ticks") {
  for (const double low : {-HUGE_VAL, -1e308, -1.0, 0.0, 1e-320, 1e308, static_cast<double>(NAN), HUGE_VAL})
    for (const double high : {-1e308, 0.0, 1e-300, 1.0, 1e308, HUGE_VAL})
      for (const bool whole : {false, true}) CHECK(nice_ticks(low, high, 5, whole).size() <= 1002);
}

TEST_CASE("log ticks are positive, ascending and few") {
  CHECK(log_ticks(0.01, 10) == std::vector<double>{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10});
  CHECK(log_ticks(1e-3, 1e3) == std::vector<double>{1e-3, 1e-2, 1e-1, 1, 10, 100, 1000});
  CHECK(rc::check([](int a, unsigned b) {
    const double low = std::pow(10.0, a % 1000 / 10.0), high = low * std::pow(10.0, 0.01 + b % 1000 / 10.0);
    const auto ticks = log_ticks(low, high);
    RC_ASSERT(!ticks.empty() && ticks.size() <= 12);
    RC_ASSERT(ticks.front() > 0);
    RC_ASSERT(std::is_sorted(ticks.begin(), ticks.end()));
  }));
}

TEST_CASE("tick labels are short and read back as the tick") {
  CHECK(tick_label(0.6000000000000001) == "0.6");
  CHECK(tick_label(0) == "0");
  CHECK(tick_label(25000) == "25000");
  CHECK(tick_label(2e6) == "2e6");
  CHECK(tick_label(1e-4) == "1e-4");
  CHECK(tick_label(-5e-7) == "-5e-7");
  for (int exponent = -12; exponent <= 12; ++exponent)
    for (const double factor : {1.0, 2.0, 5.0, -2.5}) {
      const double tick = factor * std::pow(10.0, exponent);
      REQUIRE(std::stod(tick_label(tick)) == Approx(tick).epsilon(1e-6));
    }
}

TEST_CASE("points that are no numbers leave a gap") {
  const std::string path = curve_path(svg(one_curve({1, 2, 3, 4, 5}, {1, 2, NAN, 4, INFINITY})));
  CHECK(count(path, "M") == 2);
  CHECK(count(path, "L") == 1);
  auto chart = one_curve({1, 2, 3}, {1, 0, -1});
  chart.log_y = true;
  CHECK(count(svg(chart), "<circle") == 1);
}

TEST_CASE("higher values are drawn higher, later ones further right, all within the plot") {
  const std::string path = curve_path(svg(one_curve({1, 2, 3}, {0.5, 0.1, 0.9})));
  double x[3], y[3];
  REQUIRE(std::sscanf(path.c_str(), "M%lf %lfh0L%lf %lfL%lf %lf", &x[0], &y[0], &x[1], &y[1], &x[2], &y[2]) ==
          6);
  CHECK((x[0] < x[1] && x[1] < x[2]));
  CHECK((y[2] < y[0] && y[0] < y[1]));
  CHECK(x[1] - x[0] == Approx(x[2] - x[1]).margin(0.02));
  CHECK((y[1] - y[0]) / (y[0] - y[2]) == Approx(1).margin(0.01));
  for (int i = 0; i < 3; ++i) CHECK((x[i] > 60 && x[i] < 720 && y[i] > 30 && y[i] < 290));
}

TEST_CASE("one point and none make a chart too") {
  CHECK(count(svg(one_curve({1}, {0.5})), "<circle") == 1);
  CHECK(count(svg(one_curve({1}, {0})), "<circle") == 1);
  CHECK(svg(one_curve({}, {})).find("no epoch was completed") != std::string::npos);
  CHECK(svg(bars_of({})).find("no epoch was completed") != std::string::npos);
  CHECK(svg(phases_figure(sample::run(0))).find("forward") != std::string::npos);
}

TEST_CASE("bars stack to their sum") {
  const std::string picture =
      svg(bars_of({{1, 2}, {}, {{"a", 0, {1, 2}}, {"b", 1, {3, NAN}}, {"c", 2, {0, -5}}}}));
  CHECK(count(picture, "sc-bar sc-f") == 3);
  std::vector<double> heights;
  const std::regex bar("sc-bar sc-f\\d\"[^>]* height=\"([0-9.]+)\"");
  for (std::sregex_iterator it(picture.begin(), picture.end(), bar), end; it != end; ++it)
    heights.push_back(std::stod((*it)[1]));
  REQUIRE(heights.size() == 3);
  CHECK((heights[1] + 0.8) / (heights[0] + 0.8) == Approx(3).epsilon(0.01));
  CHECK((heights[2] + 0.8) / (heights[0] + 0.8) == Approx(2).epsilon(0.01));
}

TEST_CASE("a long run's bars are means of neighbors") {
  const std::string picture = svg(phases_figure(sample::run(700)));
  CHECK(picture.find("(mean of 6)") != std::string::npos);
  CHECK(count(picture, "sc-bar sc-f0") == 117);
}

TEST_CASE("text is escaped, whatever it is") {
  CHECK(escape_xml("<a href=\"x\">&'</a>") == "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
  CHECK(escape_xml("é 日 😀") == "é 日 😀");
  const std::string replaced = "\xef\xbf\xbd";
  CHECK(escape_xml(std::string_view("\0", 1)) == replaced);
  for (const char* bad : {"\x1b", "\x7f", "\xff", "\x80"}) CHECK(escape_xml(bad) == replaced);
  CHECK(escape_xml("\xc0\xaf") == replaced + replaced);                 // overlong
  CHECK(escape_xml("\xed\xa0\x80") == replaced + replaced + replaced);  // surrogate
  CHECK(escape_xml("\xe2\x82") == replaced + replaced);                 // cut short
  CHECK(escape_xml("\xef\xbf\xbf") == replaced + replaced + replaced);  // U+FFFF
  CHECK(escape_xml("\xf4\x90\x80\x80") == replaced + replaced + replaced + replaced);
}

TEST_CASE("the palette's colors differ in lightness, not in hue alone") {
  // Relative luminance (WCAG) of the phases' neighbors in the stack, light set.
  const auto luminance = [](std::string_view hex) {
    double sum = 0;
    const double weights[] = {0.2126, 0.7152, 0.0722};
    for (std::size_t i = 0; i < 3; ++i) {
      const double c = std::stoi(std::string(hex.substr(1 + 2 * i, 2)), nullptr, 16) / 255.0;
      sum += weights[i] * (c <= 0.03928 ? c / 12.92 : std::pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
  };
  for (const bool dark : {false, true})
    for (std::size_t i = 0; i + 1 < 4; ++i) {
      const double a = luminance(series_color(phase_color(i), dark)),
                   b = luminance(series_color(phase_color(i + 1), dark));
      CHECK((std::max(a, b) + 0.05) / (std::min(a, b) + 0.05) > 1.2);
    }
}

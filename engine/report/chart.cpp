#include "report/chart.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>

#include "core/text.hpp"

namespace scaffold {
namespace {

double to_scale(double value, bool log) { return log ? std::log10(value) : value; }
double from_scale(double value, bool log) { return log ? std::pow(10, value) : value; }

std::string significant(double value, int digits) {
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  std::string text = buffer;
  // 1e-05 -> 1e-5
  if (const auto e = text.find('e'); e != text.npos) {
    const bool minus = text[e + 1] == '-';
    const auto digit = std::min(text.find_first_not_of("+-0", e + 1), text.size() - 1);
    text = cat(text.substr(0, e + 1), minus ? "-" : "", text.substr(digit));
  }
  return text;
}

/// A little air around; the whole of a bound that was asked for stays at the edge.
Interval with_air(Interval span, bool log, double share) {
  double low = to_scale(span.low, log), high = to_scale(span.high, log);
  // A single value, or values that differ by rounding only, sit in the middle.
  const double size = std::max(std::abs(low), std::abs(high));
  double air = (high - low) * share;
  if (!(high - low > size * 1e-9)) air = log ? 0.3 : size > 0 ? size * 0.2 : 1;
  return {from_scale(low - air, log), from_scale(high + air, log)};
}

}  // namespace

bool drawable(const Chart& chart, double x, double y) {
  // Beyond it, differences and sums of values would not be finite.
  constexpr double most = 1e300;
  return std::abs(x) < most && std::abs(y) < most && (!chart.log_y || y > 1e-300) &&
         (!chart.log_x || x > 1e-300);
}

Extent extent(const Chart& chart) {
  Extent all;
  for (const auto& series : chart.series)
    for (std::size_t i = 0; i < std::min(series.x.size(), series.y.size()); ++i)
      if (drawable(chart, series.x[i], series.y[i])) all.x.cover(series.x[i]), all.y.cover(series.y[i]);
  return all;
}

double share_of(double value, double low, double high, bool log) {
  return (to_scale(value, log) - to_scale(low, log)) / (to_scale(high, log) - to_scale(low, log));
}

double value_at(double share, double low, double high, bool log) {
  const double a = to_scale(low, log), b = to_scale(high, log);
  return from_scale(a + share * (b - a), log);
}

ChartRange full_range(const Chart& chart) {
  auto [xs, ys] = extent(chart);
  for (const auto& series : chart.series)
    for (std::size_t i = 0; i < series.x.size(); ++i)
      for (const auto& bound : {&series.low, &series.high})
        if (i < bound->size() && drawable(chart, series.x[i], (*bound)[i])) ys.cover((*bound)[i]);
  for (std::size_t i = 0; chart.bars && i < chart.bars->x.size(); ++i) {
    const double x = chart.bars->x[i], half = bar_spacing(*chart.bars) / 2;
    if (!drawable(chart, x, 1)) continue;
    xs.cover(x - half);
    xs.cover(x + half);
    ys.cover(0);
    ys.cover(std::min(bar_height(*chart.bars, i), 1e300));
  }
  if (xs.empty()) xs = {0, 1};
  const bool none = ys.empty();
  if (none) ys = chart.log_y ? Interval{0.1, 1} : Interval{0, 1};
  if (!none && chart.target && drawable(chart, 0, *chart.target)) ys.cover(*chart.target);
  const Interval x = !chart.bars ? with_air(xs, false, 0.02) : xs;
  Interval y = with_air(ys, chart.log_y, 0.06);
  if (chart.bars && y.low < 0) y.low = 0;
  if (chart.y_low) y.low = std::min(ys.low, *chart.y_low);
  if (chart.y_high) y.high = std::max(ys.high, *chart.y_high);
  return {x.low, x.high, y.low, y.high};
}

double bar_height(const ChartBars& bars, std::size_t i) {
  double sum = 0;
  for (const auto& part : bars.parts)
    if (i < part.values.size() && std::isfinite(part.values[i]) && part.values[i] > 0) sum += part.values[i];
  return sum;
}

double bar_spacing(const ChartBars& bars) {
  double least = 0;
  for (std::size_t i = 1; i < bars.x.size(); ++i)
    if (const double d = bars.x[i] - bars.x[i - 1]; d > 0 && (least == 0 || d < least)) least = d;
  return least > 0 ? least : 1;
}

ChartBars grouped_bars(const ChartBars& bars, double low, double high, std::size_t most) {
  std::vector<std::size_t> inside;
  const double half = bar_spacing(bars) / 2;
  for (std::size_t i = 0; i < bars.x.size(); ++i)
    if (bars.x[i] + half >= low && bars.x[i] - half <= high) inside.push_back(i);
  most = std::max<std::size_t>(most, 1);
  const std::size_t group = std::max<std::size_t>(1, (inside.size() + most - 1) / most);
  ChartBars result;
  for (const auto& part : bars.parts) result.parts.push_back({part.name, part.color, {}});
  for (const std::size_t i : inside)
    if (group == 1 && i < bars.names.size()) result.names.push_back(bars.names[i]);
  for (std::size_t from = 0; from < inside.size(); from += group) {
    const std::size_t to = std::min(from + group, inside.size());
    const auto n = static_cast<double>(to - from);
    double middle = 0;
    for (std::size_t k = from; k < to; ++k) middle += bars.x[inside[k]] / n;
    result.x.push_back(middle);
    for (std::size_t p = 0; p < bars.parts.size(); ++p) {
      const auto& values = bars.parts[p].values;
      double mean = 0;
      for (std::size_t k = from; k < to; ++k)
        if (inside[k] < values.size() && values[inside[k]] > 0)
          mean += std::min(values[inside[k]], 1e300) / n;
      result.parts[p].values.push_back(mean);
    }
  }
  return result;
}

bool valid(const ChartRange& r, bool log_y) {
  for (const double v : {r.x_low, r.x_high, r.y_low, r.y_high})
    if (!(std::abs(v) < 1e301)) return false;
  if (log_y && !(r.y_low > 0)) return false;
  const auto wide = [](double low, double high) {
    return high - low > 1e-9 * std::max(std::abs(low), std::abs(high)) && high - low > 1e-290;
  };
  return wide(r.x_low, r.x_high) && (log_y ? r.y_high / r.y_low > 1 + 1e-9 : wide(r.y_low, r.y_high));
}

ChartRange zoomed(const ChartRange& range, bool log_y, double x, double y, double factor_x, double factor_y) {
  const double sx = share_of(x, range.x_low, range.x_high, false),
               sy = share_of(y, range.y_low, range.y_high, log_y);
  const ChartRange result = {value_at(sx - sx * factor_x, range.x_low, range.x_high, false),
                             value_at(sx + (1 - sx) * factor_x, range.x_low, range.x_high, false),
                             value_at(sy - sy * factor_y, range.y_low, range.y_high, log_y),
                             value_at(sy + (1 - sy) * factor_y, range.y_low, range.y_high, log_y)};
  return valid(result, log_y) ? result : range;
}

ChartRange panned(const ChartRange& range, bool log_y, double share_x, double share_y) {
  const ChartRange result = {value_at(share_x, range.x_low, range.x_high, false),
                             value_at(1 + share_x, range.x_low, range.x_high, false),
                             value_at(share_y, range.y_low, range.y_high, log_y),
                             value_at(1 + share_y, range.y_low, range.y_high, log_y)};
  return valid(result, log_y) ? result : range;
}

std::string shortened(const std::string& name, std::size_t characters) {
  const std::size_t most = std::max<std::size_t>(characters, 5);
  if (name.size() <= most) return name;
  const auto is_inside = [&](std::size_t i) { return (static_cast<unsigned char>(name[i]) & 0xC0) == 0x80; };
  std::size_t head = most / 2, tail = name.size() - (most - most / 2 - 1);
  while (head > 0 && is_inside(head)) --head;
  while (tail < name.size() && is_inside(tail)) ++tail;
  return name.substr(0, head) + "…" + name.substr(tail);
}

std::string tick_label(double value) {
  if (std::abs(value) >= 1e4 && std::abs(value) < 1e6 && value == std::round(value)) return fixed(value, 0);
  if (value != 0 && std::abs(value) < 1e-3) {  // 1e-4 is narrower than 0.0001
    const double exponent = std::floor(std::log10(std::abs(value)) + 1e-9);
    return cat(significant(value / std::pow(10.0, exponent), 3), 'e', exponent);
  }
  return significant(value == 0 ? 0 : value, 4);
}
std::string value_label(double value) {
  constexpr double whole = 1e15;
  return value == std::trunc(value) && std::abs(value) < whole ? fixed(value, 0) : significant(value, 6);
}

std::string y_text(const Chart& chart, double y) {
  return chart.metric ? chart.metric->text(y) : value_label(y);
}

std::vector<double> nice_ticks(double low, double high, int count, bool integers_only) {
  if (!(std::isfinite(low) && std::isfinite(high)) || count < 1) return {};
  if (low > high) std::swap(low, high);
  if (high - low < 1e-12 * std::max({std::abs(low), std::abs(high), 1e-290})) return {low};
  const double rough = high / count - low / count;
  const double power = std::pow(10.0, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= rough * (1 - 1e-9)) {
      step = factor * power;
      break;
    }
  if (integers_only) step = std::max(1.0, std::round(step));
  if (!(step > 0) || !std::isfinite(step)) return {low};
  std::vector<double> ticks;
  const double first = std::floor(low / step + 1e-9), last = std::ceil(high / step - 1e-9);
  if (!(last - first < 1000)) return {low};
  for (int k = 0; k <= static_cast<int>(last - first); ++k) ticks.push_back((first + k) * step);
  return ticks;
}

std::vector<double> log_ticks(double low, double high) {
  const double first = std::floor(std::log10(low) + 1e-9), last = std::ceil(std::log10(high) - 1e-9);
  const double decades = std::log10(high) - std::log10(low);
  std::vector<double> ticks;
  if (decades < 0.6) {  // too narrow for powers of ten: evenly spaced values do
    for (const double tick : nice_ticks(low, high, 4))
      if (tick > 0) ticks.push_back(tick);
    return ticks;
  }
  const int lowest = static_cast<int>(first), highest = static_cast<int>(last);
  for (int exponent = lowest; exponent <= highest; exponent += std::max(1, (highest - lowest + 7) / 8))
    for (const double factor : {1.0, 2.0, 5.0}) {
      if (factor > 1 && (decades > 3 || exponent == highest)) break;
      ticks.push_back(factor * std::pow(10.0, exponent));
    }
  // One tick below the data is enough, and one above.
  while (ticks.size() > 1 && ticks[1] <= low * (1 + 1e-9)) ticks.erase(ticks.begin());
  while (ticks.size() > 1 && ticks[ticks.size() - 2] >= high * (1 - 1e-9)) ticks.pop_back();
  return ticks;
}

std::vector<ChartTick> chart_ticks(double low, double high, int count, bool integers, bool log) {
  std::vector<double> values;
  // Over less than a decade powers of ten leave an axis bare.
  if (log && high / low > 8)
    values = log_ticks(low, high);
  else
    values = nice_ticks(low, high, std::max(count, 2), integers);
  std::erase_if(values, [&](double v) { return !(v >= low && v <= high) || (log && v <= 0); });
  // Over many decades every power would not fit.
  const auto most = static_cast<std::size_t>(std::max(count + 2, 3));
  while (values.size() > most) {
    std::vector<double> fewer;
    if (log) {
      std::copy_if(values.begin(), values.end(), std::back_inserter(fewer),
                   [](double v) { return std::abs(std::log10(v) - std::round(std::log10(v))) < 1e-9; });
    }
    if (fewer.empty() || fewer.size() == values.size()) {
      fewer.clear();
      for (std::size_t i = 0; i < values.size(); i += 2) fewer.push_back(values[i]);
    }
    values = std::move(fewer);
  }
  std::vector<ChartTick> ticks;
  const double step = values.size() > 1 ? values[1] - values[0] : 0;
  for (const double v : values) {
    char text[40];
    const double shown = std::abs(v) < std::abs(step) * 1e-6 ? 0 : v;
    std::snprintf(text, sizeof text, "%.*g", high - low < 1e-3 * std::abs(high) && !log ? 9 : 5, shown);
    ticks.push_back({v, text});
  }
  return ticks;
}

std::optional<std::size_t> nearest_point(const Chart& chart, const ChartSeries& series, double x, double low,
                                         double high) {
  std::optional<std::size_t> best;
  const std::size_t n = std::min(series.x.size(), series.y.size());
  for (std::size_t i = 0; i < n; ++i) {
    if (series.x[i] < low || series.x[i] > high || !drawable(chart, series.x[i], series.y[i])) continue;
    if (!best || std::abs(series.x[i] - x) < std::abs(series.x[*best] - x)) best = i;
  }
  return best;
}

namespace {

/// What stays of one column of pixels.
struct Column {
  std::size_t first = curve_gap, last = curve_gap, lowest = curve_gap, highest = curve_gap;
  void add(const ChartSeries& series, std::size_t i) {
    if (first == curve_gap) first = lowest = highest = i;
    last = i;
    if (series.y[i] < series.y[lowest]) lowest = i;
    if (series.y[i] > series.y[highest]) highest = i;
  }
  void put(std::vector<std::size_t>& out) {
    if (first == curve_gap) return;
    std::size_t kept[] = {first, lowest, highest, last};
    std::sort(std::begin(kept), std::end(kept));
    out.insert(out.end(), std::begin(kept), std::unique(std::begin(kept), std::end(kept)));
    *this = {};
  }
};

}  // namespace

std::vector<std::size_t> thinned(const Chart& chart, const ChartSeries& series, double low, double high,
                                 std::size_t columns) {
  const std::size_t n = std::min(series.x.size(), series.y.size());
  // One point beyond either edge, so that the line leaves the plot.
  auto begin = static_cast<std::size_t>(
      std::lower_bound(series.x.begin(), series.x.begin() + static_cast<std::ptrdiff_t>(n), low) -
      series.x.begin());
  auto end = static_cast<std::size_t>(
      std::upper_bound(series.x.begin(), series.x.begin() + static_cast<std::ptrdiff_t>(n), high) -
      series.x.begin());
  begin -= begin > 0 ? 1 : 0;
  end += end < n ? 1 : 0;
  const double per_value = static_cast<double>(columns) / (high - low);
  std::vector<std::size_t> out;
  Column column;
  double at = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t i = begin; i < end; ++i) {
    if (!drawable(chart, series.x[i], series.y[i])) {
      column.put(out);
      if (!out.empty() && out.back() != curve_gap) out.push_back(curve_gap);
      continue;
    }
    const double here = std::floor((series.x[i] - low) * per_value);
    if (here != at) column.put(out);
    at = here;
    column.add(series, i);
  }
  column.put(out);
  return out;
}

}  // namespace scaffold

#include "scene/transfer.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace scaffold::viewer {

float TransferFunction::opacity(float value) const {
  const auto after = std::upper_bound(points.begin(), points.end(), value,
                                      [](float v, const auto& point) { return v < point.first; });
  if (after == points.begin()) return points.front().second;
  if (after == points.end()) return points.back().second;
  const auto before = std::prev(after);
  const float part = (value - before->first) / (after->first - before->first);
  return before->second + part * (after->second - before->second);
}

std::size_t TransferFunction::add(float value, float opacity) {
  value = std::clamp(value, 0.f, 1.f);
  auto at = std::upper_bound(points.begin() + 1, points.end() - 1, value,
                             [](float v, const auto& point) { return v < point.first; });
  at = points.insert(at, {value, std::clamp(opacity, 0.f, 1.f)});
  return static_cast<std::size_t>(at - points.begin());
}

void TransferFunction::remove(std::size_t point) {
  if (point == 0 || point + 1 >= points.size()) return;
  points.erase(points.begin() + static_cast<std::ptrdiff_t>(point));
}

void TransferFunction::move(std::size_t point, float value, float opacity) {
  points[point].second = std::clamp(opacity, 0.f, 1.f);
  if (point == 0 || point + 1 >= points.size()) return;
  points[point].first = std::clamp(value, points[point - 1].first, points[point + 1].first);
}

bool TransferFunction::sound() const {
  if (points.size() < 2 || points.size() > 64 || points.front().first != 0 || points.back().first != 1)
    return false;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const auto [value, opacity] = points[i];
    if (!(value >= 0 && value <= 1 && opacity >= 0 && opacity <= 1)) return false;
    if (i > 0 && value < points[i - 1].first) return false;
  }
  return true;
}

Rgb ramp(float value) {
  constexpr Rgb steps[] = {{0.000f, 0.135f, 0.305f}, {0.068f, 0.220f, 0.429f}, {0.255f, 0.302f, 0.421f},
                           {0.365f, 0.383f, 0.428f}, {0.462f, 0.465f, 0.450f}, {0.565f, 0.554f, 0.461f},
                           {0.679f, 0.644f, 0.440f}, {0.798f, 0.740f, 0.392f}, {0.915f, 0.845f, 0.305f},
                           {0.996f, 0.909f, 0.218f}};
  constexpr auto last = static_cast<float>(std::size(steps) - 1);
  const float at = std::clamp(value, 0.f, 1.f) * last;
  const auto low = std::min(static_cast<std::size_t>(at), std::size(steps) - 2);
  const float part = at - static_cast<float>(low);
  const Rgb a = steps[low], b = steps[low + 1];
  return {a.r + part * (b.r - a.r), a.g + part * (b.g - a.g), a.b + part * (b.b - a.b)};
}

}  // namespace scaffold::viewer

#include "scene/pick.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace scaffold::viewer {

std::optional<Index3> pick(const LabelVolume& volume, const std::vector<ClassStyle>& styles, const Ray& ray,
                           const Index3& begin, const Index3& end,
                           const std::function<bool(const std::array<double, 3>&)>& kept) {
  const auto step = static_cast<double>(volume.step);
  constexpr double never = std::numeric_limits<double>::infinity();
  Index3 low{}, high{};
  double enter = 0, leave = never;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    low[axis] = begin[axis] / volume.step;
    high[axis] = std::min((end[axis] + volume.step - 1) / volume.step, volume.extent[axis]);
    if (low[axis] >= high[axis]) return std::nullopt;
    const double from = static_cast<double>(low[axis]) * step - ray.origin[axis],
                 to = static_cast<double>(high[axis]) * step - ray.origin[axis], d = ray.direction[axis];
    if (d == 0) {
      if (from > 0 || to < 0) return std::nullopt;
      continue;
    }
    enter = std::max(enter, std::min(from / d, to / d));
    leave = std::min(leave, std::max(from / d, to / d));
  }
  if (!(enter <= leave)) return std::nullopt;
  Index3 at{};
  std::array<double, 3> next{never, never, never}, stride{never, never, never};
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const double d = ray.direction[axis], p = (ray.origin[axis] + enter * d) / step;
    const auto first = static_cast<double>(low[axis]), last = static_cast<double>(high[axis] - 1);
    at[axis] = p >= first ? static_cast<std::int64_t>(std::min(p, last)) : low[axis];  // NaN: the first
    if (d == 0) continue;
    stride[axis] = step / std::abs(d);
    next[axis] = (static_cast<double>(at[axis] + (d > 0)) * step - ray.origin[axis]) / d;
  }
  while (true) {
    const std::uint8_t label = volume.at(at);
    if (label && label < styles.size() && styles[label].visible && styles[label].opacity > 0) {
      std::array<double, 3> middle{};
      Index3 voxel{};
      for (std::size_t axis = 0; axis < 3; ++axis) {
        middle[axis] = (static_cast<double>(at[axis]) + 0.5) * step;
        voxel[axis] = at[axis] * volume.step;
      }
      if (!kept || kept(middle)) return voxel;
    }
    const auto axis = static_cast<std::size_t>(std::ranges::min_element(next) - next.begin());
    if (next[axis] == never) return std::nullopt;
    at[axis] += ray.direction[axis] > 0 ? 1 : -1;
    if (at[axis] < low[axis] || at[axis] >= high[axis]) return std::nullopt;
    next[axis] += stride[axis];
  }
}

}  // namespace scaffold::viewer

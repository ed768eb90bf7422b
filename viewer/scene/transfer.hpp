// How a continuous amount is drawn: opacity by control points, color by a perceptual ramp.
#pragma once
#include <utility>
#include <vector>

#include "scene/colors.hpp"

namespace scaffold::viewer {

/// Opacity over values in [0, 1]: points in ascending order of value, linear between them. The first stands
/// at 0 and the last at 1.
struct TransferFunction {
  std::vector<std::pair<float, float>> points{
      {0, 0}, {0.2f, 0}, {0.5f, 0.3f}, {1, 0.9f}};  ///< value, opacity

  float opacity(float value) const;
  /// Puts a point between its neighbors; which one it is.
  std::size_t add(float value, float opacity);
  /// Neither end can be removed.
  void remove(std::size_t point);
  /// Within its neighbors; the ends keep their value.
  void move(std::size_t point, float value, float opacity);
  /// Whether points are as described above; what comes from a file may be anything.
  bool sound() const;
};

/// Cividis (Nuñez, Anderton and Renslow, PLoS ONE 13(7), 2018): dark blue to yellow, even steps of lightness,
/// and the same to color-blind eyes. `value` in [0, 1].
Rgb ramp(float value);

}  // namespace scaffold::viewer

// The colors of a prediction's errors, for the viewer and the terminal alike.
#pragma once
#include <array>

#include "core/rgb.hpp"

namespace scaffold::monitor {

/// By error label (0: right, which has none, 1: false positive, 2: false negative, 3: wrong class), on a dark
/// ground. Searched for: the largest of the smallest distances in CIELAB to each other and to the eight
/// colors of classes, as seen by normal eyes and by those without red, green or blue cones.
inline constexpr std::array<Rgb, 4> error_colors{
    {{}, {0.90f, 0.00f, 0.30f}, {0.80f, 1.00f, 0.80f}, {0.50f, 0.30f, 1.00f}}};

}  // namespace scaffold::monitor

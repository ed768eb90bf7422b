#include "scene/colors.hpp"

#include <cmath>
#include <iterator>

namespace scaffold::viewer {

Rgb distinct_color(std::size_t index) {
  constexpr Rgb colors[] = {{0.90f, 0.62f, 0.00f}, {0.34f, 0.71f, 0.91f}, {0.00f, 0.62f, 0.45f},
                            {0.94f, 0.89f, 0.26f}, {0.84f, 0.37f, 0.00f}, {0.80f, 0.47f, 0.65f},
                            {0.00f, 0.45f, 0.70f}, {0.75f, 0.75f, 0.75f}};
  constexpr std::size_t n = std::size(colors);
  const std::size_t round = index / n;
  const float shade = std::pow(0.75f, static_cast<float>(round));
  const Rgb c = colors[index % n];
  return {c.r * shade, c.g * shade, c.b * shade};
}

}  // namespace scaffold::viewer

#include "scene/text_room.hpp"

#include <algorithm>

namespace scaffold::viewer {

TextSize text_size(const std::string& text, double font) {
  // Characters, not bytes.
  const auto characters =
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
  return {0.55 * font * static_cast<double>(characters), 1.1 * font};
}

TextBox text_box(const TextSize& size, double x, double y) {
  const double air = 0.25 * size.height;
  const double half_width = size.width / 2 + 1.5 * air, half_height = size.height / 2 + air;
  return {x - half_width, y - half_height, x + half_width, y + half_height};
}

bool TextRoom::take(const TextBox& box) {
  if (std::ranges::any_of(taken_, [&](const TextBox& other) { return box.overlaps(other); })) return false;
  taken_.push_back(box);
  return true;
}

}  // namespace scaffold::viewer

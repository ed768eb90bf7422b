// Where texts stand in a picture, so that none covers another.
#pragma once
#include <string>
#include <vector>

namespace scaffold::viewer {

/// Pixels, y downwards.
struct TextBox {
  double left = 0, top = 0, right = 0, bottom = 0;
  bool overlaps(const TextBox& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

/// Width and height of a line in VTK's font at `font` pixels: reckoned from its mean character, not measured.
struct TextSize {
  double width = 0, height = 0;
};
TextSize text_size(const std::string& text, double font);
/// A text of this size around its middle, with some air.
TextBox text_box(const TextSize& size, double x, double y);

class TextRoom {
 public:
  /// Whether nothing stands there yet; it is taken then.
  bool take(const TextBox& box);

 private:
  std::vector<TextBox> taken_;
};

}  // namespace scaffold::viewer

// Text drawn into a picture in memory, with the window's font but without a window.
#pragma once
#include <memory>
#include <string>

#include "scene/view.hpp"
#include "ui/theme.hpp"

namespace scaffold::viewer {

class TextPainter {
 public:
  explicit TextPainter(float pixels);
  ~TextPainter();

  float height() const { return pixels_; }
  float width(const std::string& text) const;
  /// The upper left corner at (x, y); what lies outside the image is cut off.
  void draw(Image& image, float x, float y, const std::string& text, Rgb color) const;

 private:
  float pixels_;
  std::unique_ptr<ImFontAtlas> atlas_;
  ImFont* font_;
  unsigned char* alpha_ = nullptr;
  int alpha_width_ = 0, alpha_height_ = 0;
};

}  // namespace scaffold::viewer

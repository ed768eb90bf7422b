#include "ui/text_painter.hpp"

#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "scene/font.hpp"

namespace scaffold::viewer {
namespace {

/// Calls take(glyph, pen) for each character and returns where the pen ends.
template <class Take>
float walk(ImFont& font, const std::string& text, const Take& take) {
  float pen = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    unsigned character = 0;
    at += std::max(ImTextCharFromUtf8(&character, at, end), 1);
    const ImFontGlyph* glyph = font.FindGlyph(static_cast<ImWchar>(character));
    if (!glyph) continue;
    take(*glyph, pen);
    pen += glyph->AdvanceX;
  }
  return pen;
}

}  // namespace

TextPainter::TextPainter(float pixels)
    : pixels_(std::round(pixels)), atlas_(std::make_unique<ImFontAtlas>()) {
  static const ImWchar ranges[] = {0x20, 0x17F, 0x2010, 0x2027, 0x2200, 0x22FF, 0};
  const std::string path = readable_font();
  ImFontConfig config;
  config.OversampleH = 1;  // a pixel of the atlas is one of the picture
  config.PixelSnapH = true;
  font_ = path.empty() ? atlas_->AddFontDefault()
                       : atlas_->AddFontFromFileTTF(path.c_str(), pixels_, &config, ranges);
  atlas_->GetTexDataAsAlpha8(&alpha_, &alpha_width_, &alpha_height_);
}

TextPainter::~TextPainter() = default;

float TextPainter::width(const std::string& text) const {
  return walk(*font_, text, [](const ImFontGlyph&, float) {});
}

void TextPainter::draw(Image& image, float x, float y, const std::string& text, Rgb color) const {
  const float channels[] = {color.r, color.g, color.b};
  walk(*font_, text, [&](const ImFontGlyph& glyph, float pen) {
    // Whole pixels: the atlas is drawn as it is.
    const int left = static_cast<int>(std::lround(x + pen + glyph.X0)),
              top = static_cast<int>(std::lround(y + glyph.Y0));
    const int u = static_cast<int>(std::lround(glyph.U0 * static_cast<float>(alpha_width_)));
    const int v = static_cast<int>(std::lround(glyph.V0 * static_cast<float>(alpha_height_)));
    const int columns = static_cast<int>(std::lround(glyph.X1 - glyph.X0)),
              rows = static_cast<int>(std::lround(glyph.Y1 - glyph.Y0));
    for (int row = 0; row < rows; ++row)
      for (int column = 0; column < columns; ++column) {
        const int px = left + column, py = top + row;
        if (px < 0 || py < 0 || px >= image.width || py >= image.height) continue;
        const float cover = static_cast<float>(alpha_[(v + row) * alpha_width_ + u + column]) / 255;
        auto* pixel = image.rgb.data() + 3 * (static_cast<std::ptrdiff_t>(py) * image.width + px);
        for (int c = 0; c < 3; ++c) {
          const auto was = static_cast<float>(pixel[c]);
          pixel[c] = static_cast<std::uint8_t>(std::lround(was + (255 * channels[c] - was) * cover));
        }
      }
  });
}

}  // namespace scaffold::viewer

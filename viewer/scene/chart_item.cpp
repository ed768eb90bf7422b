#include "scene/chart_item.hpp"

#include <vtkBrush.h>
#include <vtkContext2D.h>
#include <vtkContextDevice2D.h>
#include <vtkContextScene.h>
#include <vtkObjectFactory.h>
#include <vtkPen.h>
#include <vtkTextProperty.h>
#include <vtkTextRenderer.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"

#include "scene/font.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_markers = 60;

std::array<unsigned char, 4> bytes(Rgb c, float alpha = 1) {
  const auto byte = [](float v) {
    return static_cast<unsigned char>(std::lround(std::clamp(v, 0.f, 1.f) * 255));
  };
  return {byte(c.r), byte(c.g), byte(c.b), byte(alpha)};
}

void pen(vtkContext2D* painter, Rgb color, float width, float alpha = 1) {
  const auto c = bytes(color, alpha);
  painter->GetPen()->SetColor(c[0], c[1], c[2], c[3]);
  painter->GetPen()->SetWidth(width);
  painter->GetPen()->SetLineType(width > 0 ? vtkPen::SOLID_LINE : vtkPen::NO_PEN);
}

void brush(vtkContext2D* painter, Rgb color, float alpha = 1) {
  const auto c = bytes(color, alpha);
  painter->GetBrush()->SetColor(c[0], c[1], c[2], c[3]);
}

Rgb mixed(Rgb a, Rgb b, float share) {
  return {a.r + (b.r - a.r) * share, a.g + (b.g - a.g) * share, a.b + (b.b - a.b) * share};
}

/// A line of any width with round joints; dashes of equal length however dense the points are.
void draw_path(vtkContext2D* painter, const std::vector<float>& points, float dash) {
  const int n = static_cast<int>(points.size() / 2);
  if (n < 2) return;
  if (dash <= 0) {
    std::vector<float> copy = points;
    painter->DrawPoly(copy.data(), n);
    return;
  }
  std::vector<float> pieces;
  float done = 0;  // length since the last dash began
  for (int i = 0; i + 1 < n; ++i) {
    const std::size_t k = 2 * static_cast<std::size_t>(i);
    const float dx = points[k + 2] - points[k], dy = points[k + 3] - points[k + 1];
    const float length = std::hypot(dx, dy);
    if (!(length > 0) || length > 1e6f) continue;
    for (float at = 0; at < length;) {
      const bool drawn = done < dash;
      const float step = std::min((drawn ? dash : 1.7f * dash) - done, length - at);
      if (drawn)
        for (const float end : {at, at + step}) {
          pieces.push_back(points[k] + dx * end / length);
          pieces.push_back(points[k + 1] + dy * end / length);
        }
      at += std::max(step, 0.01f);
      done += std::max(step, 0.01f);
      if (done >= 1.7f * dash) done = 0;
    }
  }
  if (!pieces.empty()) painter->DrawLines(pieces.data(), static_cast<int>(pieces.size() / 2));
}

}  // namespace

vtkStandardNewMacro(ChartItem)

    ChartItem::ChartItem()
    : font_file(readable_font()) {}

/// From values to pixels.
struct ChartItem::Pixels {
  const ChartLayout& at;
  ChartRange range;
  bool log;
  float x(double value) const {
    return at.left + limited(share_of(value, range.x_low, range.x_high, false)) * (at.right - at.left);
  }
  float y(double value) const {
    return at.bottom + limited(share_of(value, range.y_low, range.y_high, log)) * (at.top - at.bottom);
  }
  /// Far outside, a float would lose the line's direction before the clipping sees it.
  static float limited(double share) { return static_cast<float>(std::clamp(share, -1e3, 1e3)); }
};

void ChartItem::text(vtkContext2D* painter, float size, Rgb color, int horizontal, int vertical,
                     double angle) const {
  vtkTextProperty* property = painter->GetTextProp();
  if (font_file.empty()) {
    property->SetFontFamilyToArial();
  } else {
    property->SetFontFamily(VTK_FONT_FILE);
    property->SetFontFile(font_file.c_str());
  }
  property->SetFontSize(static_cast<int>(std::lround(size)));
  property->SetColor(static_cast<double>(color.r), static_cast<double>(color.g),
                     static_cast<double>(color.b));
  property->SetOpacity(1);
  property->SetJustification(horizontal);
  property->SetVerticalJustification(vertical);
  property->SetOrientation(angle);
  property->SetBold(0);
  property->SetItalic(0);
  property->SetShadow(0);
}

float ChartItem::grid_width() const { return std::max(1.f, std::round(style.line * 0.6f)); }

float ChartItem::text_width(const std::string& words, float size) const {
  // An estimate on the safe side: half an em is the mean width of the window's font.
  std::size_t characters = 0;
  for (const char c : words) characters += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return 0.60f * size * static_cast<float>(characters);
}

std::vector<ChartLayout::Entry> ChartItem::legend_entries() const {
  std::vector<ChartLayout::Entry> entries;
  const auto add = [&](const std::string& name, Rgb color, bool dashed, bool square) {
    if (std::none_of(entries.begin(), entries.end(),
                     [&](const auto& e) { return e.name == name && e.color == color && e.dashed == dashed; }))
      entries.push_back({name, color, dashed, square});
  };
  for (const auto& series : content.series)
    if (series.in_legend) add(series.name, painted(series.color), series.dashed, false);
  if (content.bars)
    for (const auto& part : content.bars->parts) add(part.name, painted(part.color), false, true);
  return entries;
}

/// The last entries give way to how many have no room.
void ChartItem::leave_out(ChartLayout& at, std::size_t count) const {
  const float em = style.font;
  for (;; ++count) {
    const std::string words = cat("… and ", count, " more");
    const float x = at.legend.empty() ? at.left : at.legend.back().x + at.legend.back().width + 0.5f * em;
    if (at.legend.size() > 1 && x + text_width(words, 0.9f * em) > at.right) {
      at.legend.pop_back();
      continue;
    }
    ChartLayout::Entry entry;
    entry.name = words;
    entry.x = x;
    entry.y = at.legend.empty() ? 0 : at.legend.back().y;
    entry.text_only = true;
    at.legend.push_back(entry);
    return;
  }
}

/// Rows above the plot, where no curve is; at most a quarter of the height.
void ChartItem::place_legend(ChartLayout& at, float top) const {
  auto entries = legend_entries();
  if (entries.size() < 2 && !content.bars) entries.clear();  // the title names a single curve
  const float em = style.font, row = 1.35f * em, sample = 1.9f * em;
  const auto rows = static_cast<int>(std::max(1.f, 0.27f * at.height / row));
  float x = at.left, y = top - row / 2;
  int used = entries.empty() ? 0 : 1;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    auto& entry = entries[i];
    entry.name =
        shortened(entry.name, static_cast<std::size_t>((at.right - at.left - sample) / (0.60f * 0.9f * em)));
    const float width = sample + text_width(entry.name, 0.9f * em);
    if (x > at.left && x + width > at.right) {
      if (used == rows) {
        leave_out(at, entries.size() - i);
        break;
      }
      ++used;
      x = at.left;
      y -= row;
    }
    entry.x = x;
    entry.y = y;
    entry.width = width;
    at.legend.push_back(entry);
    x += width + 0.5f * em;
  }
  at.top = top - static_cast<float>(used) * row - 0.45f * em;
}

ChartLayout ChartItem::layout(float width, float height) const {
  const float em = style.font, small = 0.9f * em;
  const ChartRange r = range();
  ChartLayout at;
  at.width = width;
  at.height = height;
  at.bottom = 3.1f * em;
  at.right = width - 1.1f * em;
  at.left = 5 * em;
  place_legend(at, height - 2.1f * em);
  // The vertical axis needs to know the height, the margin the ticks' width; the legend barely changes by
  // that.
  const auto count = [&](float length, float each) {
    return static_cast<int>(std::clamp(length / each, 2.f, 12.f));
  };
  at.y_ticks = chart_ticks(r.y_low, r.y_high, count(at.top - at.bottom, 1.5f * em), false, content.log_y);
  float widest = 0;
  for (const auto& tick : at.y_ticks) widest = std::max(widest, text_width(tick.label, small));
  at.left = 2.4f * em + widest;
  at.legend.clear();
  place_legend(at, height - 2.1f * em);
  at.top = std::max(at.top, at.bottom + 2 * em);
  at.right = std::max(at.right, at.left + 2 * em);
  at.x_ticks = chart_ticks(r.x_low, r.x_high, count(at.right - at.left, 4.2f * em), content.integer_x, false);
  return at;
}

void ChartItem::paint_frame(vtkContext2D* painter, const ChartLayout& at) const {
  const float em = style.font, small = 0.9f * em;
  const Pixels pixels{at, range(), content.log_y};
  const Rgb grid = mixed(style.background, style.faint, 0.28f);
  pen(painter, grid, grid_width());
  // On whole pixels, so that all look alike.
  const float w = grid_width();
  const auto snapped = [&](float v) { return w * std::floor(v / w) + w / 2; };
  for (const auto& tick : at.y_ticks) {
    const float y = snapped(pixels.y(tick.value));
    painter->DrawLine(at.left, y, at.right, y);
  }
  for (const auto& tick : at.x_ticks) {
    const float x = snapped(pixels.x(tick.value));
    painter->DrawLine(x, at.bottom, x, at.top);
  }
  pen(painter, style.faint, grid_width());
  painter->DrawLine(at.left, at.bottom, at.right, at.bottom);
  painter->DrawLine(at.left, at.bottom, at.left, at.top);

  const Rgb label = mixed(style.faint, style.text, 0.5f);
  text(painter, small, label, VTK_TEXT_RIGHT, VTK_TEXT_CENTERED);
  for (const auto& tick : at.y_ticks)
    painter->DrawString(at.left - 0.4f * em, pixels.y(tick.value), tick.label.c_str());
  text(painter, small, label, VTK_TEXT_CENTERED, VTK_TEXT_TOP);
  for (const auto& tick : at.x_ticks) {
    // The last label must not leave the picture.
    const float half = text_width(tick.label, small) / 2;
    const float x = std::min(pixels.x(tick.value), at.width - half);
    painter->DrawString(x, at.bottom - 0.4f * em, tick.label.c_str());
  }
  painter->DrawString((at.left + at.right) / 2, 1.45f * em, content.x_label.c_str());
  // A long name in a low plot is written smaller rather than cut.
  const float room = at.height / std::max(text_width(content.y_label, small), 1.f);
  text(painter, small * std::clamp(room, 0.7f, 1.f), label, VTK_TEXT_CENTERED, VTK_TEXT_TOP, 90);
  painter->DrawString(0.35f * em, (at.bottom + at.top) / 2, content.y_label.c_str());
  text(painter, 1.08f * em, style.text, VTK_TEXT_LEFT, VTK_TEXT_CENTERED);
  painter->DrawString(at.left, at.height - 1.15f * em, content.title.c_str());
}

void ChartItem::paint_legend(vtkContext2D* painter, const ChartLayout& at) const {
  const float em = style.font;
  for (const auto& entry : at.legend) {
    const Rgb color = legible(entry.color, style.background);
    if (entry.text_only) {
      text(painter, 0.9f * em, style.faint, VTK_TEXT_LEFT, VTK_TEXT_CENTERED);
      painter->DrawString(entry.x, entry.y, entry.name.c_str());
      continue;
    }
    if (entry.square) {
      pen(painter, color, 0);
      brush(painter, color);
      painter->DrawRect(entry.x + 0.4f * em, entry.y - 0.4f * em, 0.8f * em, 0.8f * em);
    } else {
      pen(painter, color, style.line * 1.3f);
      draw_path(painter, {entry.x, entry.y, entry.x + 1.5f * em, entry.y}, entry.dashed ? 3 * style.line : 0);
    }
    text(painter, 0.9f * em, style.text, VTK_TEXT_LEFT, VTK_TEXT_CENTERED);
    painter->DrawString(entry.x + (entry.square ? 1.5f : 1.8f) * em, entry.y, entry.name.c_str());
  }
}

ChartBars ChartItem::shown_bars(const ChartLayout& at) const {
  const float least = 0.45f * style.font;
  return grouped_bars(*content.bars, range().x_low, range().x_high,
                      static_cast<std::size_t>(std::max((at.right - at.left) / least, 1.f)));
}

void ChartItem::paint_bars(vtkContext2D* painter, const Pixels& pixels) const {
  const ChartBars bars = shown_bars(pixels.at);
  const double half = 0.39 * bar_spacing(bars);
  for (std::size_t i = 0; i < bars.x.size(); ++i) {
    const float left = pixels.x(bars.x[i] - half), width = pixels.x(bars.x[i] + half) - left;
    double base = 0;
    for (const auto& part : bars.parts) {
      const float low = pixels.y(base), high = pixels.y(base + part.values[i]);
      base += part.values[i];
      if (high - low < 0.1f) continue;
      pen(painter, painted(part.color), 0);
      brush(painter, painted(part.color));
      // A hair of ground keeps neighbors apart without any hue.
      const float hair = high - low > 3 * style.line ? 0.4f * style.line : 0;
      painter->DrawRect(left, low, width, high - low - hair);
    }
  }
}

void ChartItem::paint_band(vtkContext2D* painter, const Pixels& pixels, const ChartSeries& series) const {
  std::vector<float> strip;
  const Rgb color = legible(painted(series.color), style.background);
  const auto flush = [&] {
    pen(painter, color, 0);
    brush(painter, color, 0.22f);
    if (strip.size() >= 8) painter->DrawQuadStrip(strip.data(), static_cast<int>(strip.size() / 2));
    strip.clear();
  };
  const std::size_t n = std::min({series.x.size(), series.low.size(), series.high.size()});
  for (std::size_t i = 0; i < n; ++i) {
    if (!drawable(content, series.x[i], series.low[i]) || !drawable(content, series.x[i], series.high[i])) {
      flush();
      continue;
    }
    const float x = pixels.x(series.x[i]);
    for (const double y : {series.low[i], series.high[i]}) {
      strip.push_back(x);
      strip.push_back(pixels.y(y));
    }
  }
  flush();
}

void ChartItem::paint_series(vtkContext2D* painter, const Pixels& pixels, const ChartSeries& series) const {
  const auto& r = pixels.range;
  const auto columns = static_cast<std::size_t>(std::max(pixels.at.right - pixels.at.left, 16.f));
  const auto kept = thinned(content, series, r.x_low, r.x_high, columns);
  const Rgb color = legible(painted(series.color), style.background);
  std::vector<float> line;
  const bool markers = kept.size() <= max_markers && 12 * kept.size() < columns;
  const auto flush = [&] {
    pen(painter, color, style.line);
    draw_path(painter, line, series.dashed ? 3 * style.line : 0);
    const float radius = (line.size() == 2 || markers ? 1.35f : 0.5f) * style.line;
    if (markers || line.size() == 2) {  // a point between two gaps has no line
      pen(painter, color, 0);
      brush(painter, color);
      for (std::size_t i = 0; i + 1 < line.size(); i += 2)
        painter->DrawEllipse(line[i], line[i + 1], radius, radius);
    }
    line.clear();
  };
  for (const std::size_t i : kept) {
    if (i == curve_gap) {
      flush();
      continue;
    }
    line.push_back(pixels.x(series.x[i]));
    line.push_back(pixels.y(series.y[i]));
  }
  flush();
}

/// Beside its line, where no curve crosses it: at the left, where scores are still far from their target, or
/// at the right; below or above.
void ChartItem::paint_target_label(vtkContext2D* painter, const Pixels& pixels, const ChartLayout& at) const {
  const float em = style.font, y = pixels.y(*content.target);
  const float width = 0.5f * 0.85f * em * static_cast<float>(content.target_label.size()) + 0.6f * em;
  struct Place {
    bool left, below;
  };
  Place chosen{true, y - 1.3f * em > at.bottom};
  for (const Place& place : {Place{true, true}, {true, false}, {false, true}, {false, false}}) {
    const float low = place.below ? y - 1.4f * em : y, x = place.left ? at.left : at.right - width;
    if (low < at.bottom || low + 1.4f * em > at.top ||
        is_crossed(pixels, {x, low}, {x + width, low + 1.4f * em}))
      continue;
    chosen = place;
    break;
  }
  text(painter, 0.85f * em, style.text, chosen.left ? VTK_TEXT_LEFT : VTK_TEXT_RIGHT,
       chosen.below ? VTK_TEXT_TOP : VTK_TEXT_BOTTOM);
  painter->DrawString(chosen.left ? at.left + 0.4f * em : at.right - 0.4f * em,
                      y + (chosen.below ? -0.3f : 0.2f) * em, content.target_label.c_str());
}

/// Whether a curve passes through the box, in pixels from the lower left.
bool ChartItem::is_crossed(const Pixels& pixels, const std::array<float, 2>& low,
                           const std::array<float, 2>& high) const {
  for (const ChartSeries& series : content.series)
    for (std::size_t i = 0; i + 1 < series.x.size(); ++i) {
      if (!drawable(content, series.x[i], series.y[i]) ||
          !drawable(content, series.x[i + 1], series.y[i + 1]))
        continue;
      const float x0 = pixels.x(series.x[i]), x1 = pixels.x(series.x[i + 1]), y0 = pixels.y(series.y[i]),
                  y1 = pixels.y(series.y[i + 1]);
      if (x1 < low[0] || x0 > high[0]) continue;
      // The part of the segment that lies over the box.
      const auto at = [&](float x) {
        return x1 > x0 ? y0 + (std::clamp(x, x0, x1) - x0) / (x1 - x0) * (y1 - y0) : y0;
      };
      const float a = at(low[0]), b = at(high[0]);
      if (std::max(a, b) >= low[1] && std::min(a, b) <= high[1]) return true;
    }
  return false;
}

/// The target and the marks.
void ChartItem::paint_lines(vtkContext2D* painter, const Pixels& pixels, const ChartLayout& at) const {
  const float em = style.font;
  for (const auto& mark : content.marks) {
    if (mark.x < pixels.range.x_low || mark.x > pixels.range.x_high) continue;
    const float x = pixels.x(mark.x);
    pen(painter, legible(painted(mark.color), style.background), style.line * 0.8f, 0.8f);
    draw_path(painter, {x, at.bottom, x, at.top}, 1.6f * style.line);
    if (mark.label.empty()) continue;
    // Left of its line, unless it would leave the plot.
    const bool left = x - 1.3f * em > at.left;
    text(painter, 0.8f * em, style.text, VTK_TEXT_LEFT, left ? VTK_TEXT_BOTTOM : VTK_TEXT_TOP, 90);
    painter->DrawString(x + (left ? -0.2f : 0.3f) * em, at.bottom + 0.4f * em, mark.label.c_str());
  }
  if (content.target && *content.target >= pixels.range.y_low && *content.target <= pixels.range.y_high) {
    const float y = pixels.y(*content.target);
    pen(painter, style.text, style.line * 0.8f);
    draw_path(painter, {at.left, y, at.right, y}, 4 * style.line);
    paint_target_label(painter, pixels, at);
  }
}

bool ChartItem::Paint(vtkContext2D* painter) {
  const auto width = static_cast<float>(GetScene()->GetViewWidth()),
             height = static_cast<float>(GetScene()->GetViewHeight());
  const ChartLayout at = layout(width, height);
  const Pixels pixels{at, range(), content.log_y};
  paint_frame(painter, at);
  paint_legend(painter, at);
  int clip[4] = {static_cast<int>(at.left), static_cast<int>(at.bottom),
                 static_cast<int>(at.right - at.left) + 1, static_cast<int>(at.top - at.bottom) + 1};
  painter->GetDevice()->SetClipping(clip);
  painter->GetDevice()->EnableClipping(true);
  if (content.bars) paint_bars(painter, pixels);
  for (const auto& series : content.series) paint_band(painter, pixels, series);
  // The first is the one that matters: it is drawn last, on top.
  for (auto series = content.series.rbegin(); series != content.series.rend(); ++series)
    paint_series(painter, pixels, *series);
  paint_lines(painter, pixels, at);
  painter->GetDevice()->EnableClipping(false);
  if (content.series.empty() && !content.bars) {
    text(painter, style.font, style.faint, VTK_TEXT_CENTERED, VTK_TEXT_CENTERED);
    painter->DrawString((at.left + at.right) / 2, (at.bottom + at.top) / 2, content.empty.c_str());
  }
  return true;
}

}  // namespace scaffold::viewer

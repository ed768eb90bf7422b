#include "scene/chart_view.hpp"

#include <vtkContextActor.h>
#include <vtkContextScene.h>
#include <vtkNew.h>
#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>

#include "scene/chart_item.hpp"

namespace scaffold::viewer {
namespace {

/// Of sRGB, as WCAG 2 defines it.
double luminance(Rgb c) {
  const auto linear = [](float v) {
    const double x = static_cast<double>(v);
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
  };
  return 0.2126 * linear(c.r) + 0.7152 * linear(c.g) + 0.0722 * linear(c.b);
}

double contrast(Rgb a, Rgb b) {
  const double x = luminance(a), y = luminance(b);
  return (std::max(x, y) + 0.05) / (std::min(x, y) + 0.05);
}

}  // namespace

Rgb painted(const ChartColor& color) {
  const int* number = std::get_if<int>(&color);
  return number ? distinct_color(static_cast<std::size_t>(*number)) : std::get<Rgb>(color);
}

Rgb legible(Rgb color, Rgb background) {
  constexpr double least = 3;  // of graphics, by the W3C's guidelines for contrast (WCAG 2.1, 1.4.11)
  const float aim = luminance(background) > 0.3 ? 0.f : 1.f;
  for (int i = 0; i < 12 && contrast(color, background) < least; ++i)
    for (float* part : {&color.r, &color.g, &color.b}) *part += (aim - *part) * 0.12f;
  return color;
}

ChartView::ChartView(vtkRenderer* renderer) : item_(vtkSmartPointer<ChartItem>::New()) {
  vtkNew<vtkContextActor> actor;
  actor->GetScene()->AddItem(item_);
  actor->GetScene()->SetRenderer(renderer);
  renderer->AddActor(actor);
}

ChartView::~ChartView() = default;

void ChartView::set(Chart content) {
  const bool other_scale = content.log_y != item_->content.log_y;
  item_->content = std::move(content);
  item_->whole_range = full_range(item_->content);
  if (other_scale || (item_->own_range && !valid(*item_->own_range, item_->content.log_y)))
    item_->own_range.reset();
}

const Chart& ChartView::content() const { return item_->content; }
void ChartView::set_style(const ChartStyle& style) { item_->style = style; }
ChartRange ChartView::range() const { return item_->range(); }
bool ChartView::has_own_range() const { return item_->own_range.has_value(); }

void ChartView::set_range(const std::optional<ChartRange>& range) {
  if (!range || valid(*range, item_->content.log_y)) item_->own_range = range;
}

ChartBox ChartView::plot(float width, float height) const {
  const ChartLayout at = item_->layout(width, height);
  return {at.left, height - at.top, at.right, height - at.bottom};
}

std::pair<double, double> ChartView::values_at(float x, float y, float width, float height) const {
  const ChartBox box = plot(width, height);
  const ChartRange r = range();
  const auto share = [](float at, float from, float to) {
    return static_cast<double>((at - from) / (to - from));
  };
  return {value_at(share(x, box.left, box.right), r.x_low, r.x_high, false),
          value_at(share(y, box.bottom, box.top), r.y_low, r.y_high, item_->content.log_y)};
}

std::vector<ChartHit> ChartView::hits(float x, float width, float height) const {
  const ChartBox box = plot(width, height);
  const ChartRange r = range();
  const Chart& content = item_->content;
  const double mouse = values_at(x, box.top, width, height).first;
  const auto pixel = [&](double vx, double vy, ChartHit& hit) {
    hit.x = vx;
    hit.y = vy;
    hit.at_x = box.left + static_cast<float>(share_of(vx, r.x_low, r.x_high, false)) * (box.right - box.left);
    hit.at_y = box.bottom -
               static_cast<float>(share_of(vy, r.y_low, r.y_high, content.log_y)) * (box.bottom - box.top);
    hit.inside = vy >= r.y_low && vy <= r.y_high;
  };
  std::vector<ChartHit> hits;
  // First the x that is meant, then what every curve has there: curves need not share their points.
  std::optional<double> meant;
  for (const auto& series : content.series)
    if (const auto i = nearest_point(content, series, mouse, r.x_low, r.x_high))
      if (!meant || std::abs(series.x[*i] - mouse) < std::abs(*meant - mouse)) meant = series.x[*i];
  const double reach = (r.x_high - r.x_low) * 0.03;
  for (const auto& series : content.series)
    if (meant)
      if (const auto i = nearest_point(content, series, *meant, *meant - reach, *meant + reach)) {
        hits.push_back({series.name, painted(series.color)});
        pixel(series.x[*i], series.y[*i], hits.back());
      }
  if (content.bars) {
    const ChartBars bars = item_->shown_bars(item_->layout(width, height));
    for (std::size_t i = 0; i < bars.x.size(); ++i) {
      if (std::abs(bars.x[i] - mouse) > bar_spacing(bars) / 2) continue;
      double base = 0;
      for (const auto& part : bars.parts) {
        hits.push_back({part.name, painted(part.color)});
        base += part.values[i];
        pixel(bars.x[i], base, hits.back());
        hits.back().y = part.values[i];
        hits.back().inside = false;  // a bar needs no marker
      }
      break;
    }
  }
  return hits;
}

}  // namespace scaffold::viewer

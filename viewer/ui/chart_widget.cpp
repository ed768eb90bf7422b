#include "ui/chart_widget.hpp"

#include <vtkRenderer.h>
#include <vtk_glew.h>

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {
namespace {

// Everything is painted at twice its size and brought down by the texture filter: smooth lines and letters.
constexpr int oversampling = 2;
constexpr std::int64_t max_oversampled = 6'000'000;        // pixels
constexpr std::size_t max_rows = 24, max_characters = 36;  // of the tooltip

/// Brought down by the mean of its pixels rather than by every other one.
void smooth(unsigned texture) {
  glBindTexture(GL_TEXTURE_2D, texture);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  glBindTexture(GL_TEXTURE_2D, 0);
}

/// Each pixel the mean of `scale` by `scale` of them.
Image reduced(const Image& large, int scale) {
  if (scale == 1) return large;
  Image image{large.width / scale, large.height / scale, {}};
  image.rgb.resize(static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height) * 3);
  const auto at = [](const Image& of, int x, int y, int c) {
    return (static_cast<std::size_t>(y) * static_cast<std::size_t>(of.width) + static_cast<std::size_t>(x)) *
               3 +
           static_cast<std::size_t>(c);
  };
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int k = 0; k < scale * scale; ++k)
          sum += large.rgb[at(large, x * scale + k % scale, y * scale + k / scale, c)];
        image.rgb[at(image, x, y, c)] = static_cast<std::uint8_t>(sum / (scale * scale));
      }
  return image;
}

}  // namespace

ChartWidget::ChartWidget() : chart_(view_.renderer()) {}

float ChartWidget::header() { return 2 * ImGui::GetFontSize(); }

void ChartWidget::set(Chart content) {
  if (content == chart_.content()) return;  // drawing costs more than comparing
  chart_.set(std::move(content));
  view_.touch();
}

void ChartWidget::set_range(const std::optional<ChartRange>& range) {
  chart_.set_range(range);
  view_.touch();
}

void ChartWidget::set_theme(const Theme& theme) {
  theme_ = theme;
  view_.renderer()->SetBackground(static_cast<double>(theme.scene.r), static_cast<double>(theme.scene.g),
                                  static_cast<double>(theme.scene.b));
  font_ = 0;
  view_.touch();
}

void ChartWidget::set_font(float pixels) {
  chart_.set_style(style(pixels, 1));
  font_ = 0;
  view_.touch();
}

std::optional<ImVec2> ChartWidget::place(double x, double y, ImVec2 size) const {
  if (!drawable(chart_.content(), x, y)) return std::nullopt;
  const ChartBox plot = chart_.plot(size.x, size.y);
  const ChartRange range = chart_.range();
  const double right = share_of(x, range.x_low, range.x_high, false),
               up = share_of(y, range.y_low, range.y_high, chart_.content().log_y);
  if (!(right >= 0 && right <= 1 && up >= 0 && up <= 1)) return std::nullopt;
  return ImVec2{plot.left + static_cast<float>(right) * (plot.right - plot.left),
                plot.bottom - static_cast<float>(up) * (plot.bottom - plot.top)};
}

ChartStyle ChartWidget::style(float font, float scale) const {
  return {theme_.scene, theme_.text, theme_.faint, font * scale, std::max(1.2f, font / 8) * scale};
}

void ChartWidget::draw(const std::string& tag, ImVec2 size, Context& context) {
  size = {std::max(std::floor(size.x), 32.f), std::max(std::floor(size.y), 32.f)};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  if (const float font = 0.9f * ImGui::GetFontSize(); font != font_) {
    font_ = font;
    chart_.set_style(style(font, 1));
    view_.touch();
  }
  ImGui::SetCursorScreenPos({at.x, at.y + header()});
  ImGui::PushID(tag.c_str());
  ImGui::InvisibleButton("chart", {size.x, std::max(size.y - header(), 1.f)},
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight);
  ImGui::PopID();
  context.tags.mark(tag);
  takes_wheel_ = false;
  clicked_.reset();
  if (!ImGui::IsItemVisible()) return;
  take_mouse(at, size, context.theme);
  chart_.set_style(style(font_, oversampling));
  const unsigned texture =
      view_.texture(oversampling * static_cast<int>(size.x), oversampling * static_cast<int>(size.y));
  smooth(texture);
  chart_.set_style(style(font_, 1));  // the mouse is asked about in the window's pixels
  ImGui::GetWindowDrawList()->AddImage(texture_id(texture), at, {at.x + size.x, at.y + size.y}, {0, 1},
                                       {1, 0});
  mouse_x_.reset();
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    if (chart_.plot(size.x, size.y).contains(mouse.x - at.x, mouse.y - at.y))
      mouse_x_ = chart_.values_at(mouse.x - at.x, mouse.y - at.y, size.x, size.y).first;
    draw_tooltip(at, {mouse.x - at.x, mouse.y - at.y}, size, context.theme);
  } else if (cursor_) {
    draw_cursor(at, size, context.theme);
  }
}

void ChartWidget::draw_cursor(ImVec2 at, ImVec2 size, const Theme& theme) const {
  const ChartBox plot = chart_.plot(size.x, size.y);
  const double share = share_of(*cursor_, chart_.range().x_low, chart_.range().x_high, false);
  if (!(share >= 0 && share <= 1)) return;
  const float x = at.x + plot.left + static_cast<float>(share) * (plot.right - plot.left);
  ImGui::GetWindowDrawList()->AddLine({x, at.y + plot.top}, {x, at.y + plot.bottom},
                                      theme.u32(theme.faint, 0.4f));
}

void ChartWidget::take_mouse(ImVec2 at, ImVec2 size, const Theme& theme) {
  const ImVec2 screen = ImGui::GetMousePos(), mouse{screen.x - at.x, screen.y - at.y};
  if (ImGui::IsItemHovered()) take_wheel(mouse, size);
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) set_range(std::nullopt);
  take_drags(at, mouse, size, theme);
}

void ChartWidget::take_wheel(ImVec2 mouse, ImVec2 size) {
  const ChartBox plot = chart_.plot(size.x, size.y);
  const bool below = mouse.y > plot.bottom, beside = mouse.x < plot.left;
  if (mouse.y < plot.top || mouse.x > plot.right || (below && beside)) return;
  takes_wheel_ = true;
  const float wheel = std::clamp(ImGui::GetIO().MouseWheel, -10.f, 10.f);
  if (wheel == 0) return;
  const double factor = std::pow(0.83, static_cast<double>(wheel));
  const auto [x, y] = chart_.values_at(mouse.x, mouse.y, size.x, size.y);
  // Over the labels of an axis only that axis moves.
  set_range(zoomed(chart_.range(), chart_.content().log_y, x, y, beside ? 1 : factor, below ? 1 : factor));
}

void ChartWidget::take_drags(ImVec2 at, ImVec2 mouse, ImVec2 size, const Theme& theme) {
  const ChartBox plot = chart_.plot(size.x, size.y);
  const ImGuiIO& io = ImGui::GetIO();
  const float still = io.MouseDragThreshold * io.MouseDragThreshold;
  if (ImGui::IsItemDeactivated() && panning_ && io.MouseDragMaxDistanceSqr[ImGuiMouseButton_Left] < still)
    clicked_ = mouse;
  if (ImGui::IsItemActivated()) {
    panning_ = ImGui::IsMouseDown(ImGuiMouseButton_Left);
    box_from_.reset();
    if (!panning_)
      box_from_ =
          ImVec2{std::clamp(mouse.x, plot.left, plot.right), std::clamp(mouse.y, plot.top, plot.bottom)};
  }
  if (ImGui::IsItemActive() && panning_ && (io.MouseDelta.x != 0 || io.MouseDelta.y != 0))
    set_range(panned(chart_.range(), chart_.content().log_y,
                     static_cast<double>(-io.MouseDelta.x / (plot.right - plot.left)),
                     static_cast<double>(io.MouseDelta.y / (plot.bottom - plot.top))));
  if (!box_from_) return;
  const ImVec2 to{std::clamp(mouse.x, plot.left, plot.right), std::clamp(mouse.y, plot.top, plot.bottom)};
  const ImVec2 low{std::min(box_from_->x, to.x), std::min(box_from_->y, to.y)},
      high{std::max(box_from_->x, to.x), std::max(box_from_->y, to.y)};
  if (ImGui::IsItemActive()) {
    auto* draw = ImGui::GetForegroundDrawList();
    draw->AddRectFilled({at.x + low.x, at.y + low.y}, {at.x + high.x, at.y + high.y},
                        theme.u32(theme.accent, 0.15f));
    draw->AddRect({at.x + low.x, at.y + low.y}, {at.x + high.x, at.y + high.y}, theme.u32(theme.accent));
    return;
  }
  box_from_.reset();
  if (high.x - low.x < 4 || high.y - low.y < 4) return;  // a click
  const auto first = chart_.values_at(low.x, high.y, size.x, size.y),
             last = chart_.values_at(high.x, low.y, size.x, size.y);
  set_range(ChartRange{first.first, last.first, first.second, last.second});
}

void ChartWidget::draw_tooltip(ImVec2 at, ImVec2 mouse, ImVec2 size, const Theme& theme) const {
  const ChartBox plot = chart_.plot(size.x, size.y);
  if (!plot.contains(mouse.x, mouse.y) || ImGui::IsMouseDown(ImGuiMouseButton_Right)) return;
  const auto hits = chart_.hits(mouse.x, size.x, size.y);
  if (hits.empty()) return;
  auto* draw = ImGui::GetWindowDrawList();
  const float em = ImGui::GetFontSize();
  draw->AddLine({at.x + hits[0].at_x, at.y + plot.top}, {at.x + hits[0].at_x, at.y + plot.bottom},
                theme.u32(theme.faint, 0.6f));
  for (const auto& hit : hits)
    if (hit.inside) {
      draw->AddCircleFilled({at.x + hit.at_x, at.y + hit.at_y}, 0.3f * em, theme.u32(theme.scene));
      draw->AddCircleFilled({at.x + hit.at_x, at.y + hit.at_y}, 0.22f * em,
                            theme.u32(legible(hit.color, theme.scene)));
    }
  ImGui::BeginTooltip();
  ImGui::TextUnformatted(cat(chart_.content().x_label, " ", value_label(hits[0].x)).c_str());
  for (std::size_t i = 0; i < std::min(hits.size(), max_rows); ++i) {
    const ImVec2 here = ImGui::GetCursorScreenPos();
    ImGui::GetWindowDrawList()->AddRectFilled({here.x, here.y + 0.2f * em},
                                              {here.x + 0.7f * em, here.y + 0.9f * em},
                                              theme.u32(legible(hits[i].color, theme.scene)));
    ImGui::Dummy({0.8f * em, em});
    ImGui::SameLine();
    ImGui::Text("%s  %s", y_text(chart_.content(), hits[i].y).c_str(),
                shortened(hits[i].name, max_characters).c_str());
  }
  if (hits.size() > max_rows) ImGui::TextDisabled("… and %zu more", hits.size() - max_rows);
  ImGui::EndTooltip();
}

Image ChartWidget::picture(int width, int height) {
  const float font =
      std::clamp(std::min(static_cast<float>(width) / 52, static_cast<float>(height) / 28), 9.f, 200.f);
  // Large pictures are sharp enough, and a quarter of the memory.
  const int scale = static_cast<std::int64_t>(width) * height > max_oversampled ? 1 : oversampling;
  chart_.set_style(style(font, static_cast<float>(scale)));
  view_.touch();
  view_.texture(scale * width, scale * height);
  Image image = reduced(view_.picture(), scale);
  font_ = 0;
  view_.touch();
  return image;
}

}  // namespace scaffold::viewer

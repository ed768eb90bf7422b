#include "panels/legend.hpp"

#include <imgui.h>

#include <algorithm>

namespace scaffold::viewer {
namespace {

float entry_width(const std::string& text) {
  return ImGui::CalcTextSize(text.c_str()).x + 1.1f * ImGui::GetFontSize();
}

void draw_entry(ImVec2 at, const LegendEntry& entry, const Theme& theme) {
  const float em = ImGui::GetFontSize(), line = ImGui::GetTextLineHeight(), square = 0.75f * em;
  const float top = at.y + (line - square) / 2;
  auto* draw = ImGui::GetWindowDrawList();
  draw->AddRectFilled({at.x, top}, {at.x + square, top + square}, theme.u32(entry.color), 2);
  draw->AddText({at.x + 1.1f * em, at.y}, theme.u32(theme.text), entry.text.c_str());
}

float between() { return ImGui::GetFontSize(); }
float edge() { return 0.4f * ImGui::GetFontSize(); }

}  // namespace

void draw_legend(const std::vector<LegendEntry>& entries, ImVec2 low, ImVec2 high, bool right,
                 const Theme& theme) {
  if (entries.empty()) return;
  const float em = ImGui::GetFontSize(), line = ImGui::GetTextLineHeight();
  ImVec2 size{0, static_cast<float>(entries.size()) * line + 0.4f * em};
  for (const auto& entry : entries) size.x = std::max(size.x, entry_width(entry.text) + 0.9f * em);
  const ImVec2 at{right ? std::max(low.x, high.x - size.x) : low.x, low.y};
  auto* draw = ImGui::GetWindowDrawList();
  draw->PushClipRect(low, high, true);
  draw->AddRectFilled(at, {at.x + size.x, at.y + size.y}, theme.u32(theme.empty, 0.75f), 3);
  for (std::size_t i = 0; i < entries.size(); ++i)
    draw_entry({at.x + 0.3f * em, at.y + 0.2f * em + static_cast<float>(i) * line}, entries[i], theme);
  draw->PopClipRect();
}

LegendRows::LegendRows(const std::vector<LegendEntry>& entries, float width) : width_(width) {
  float x = 0;
  for (const auto& entry : entries) {
    const float wide = entry_width(entry.text);
    if (rows_.empty() || x + wide > width - 2 * edge()) {
      rows_.emplace_back();
      x = 0;
    }
    rows_.back().push_back(entry);
    widest_ = std::max(widest_, x + wide);
    x += wide + between();
  }
}

float LegendRows::height() const {
  return static_cast<float>(rows_.size()) * ImGui::GetTextLineHeightWithSpacing();
}

void LegendRows::draw(float left, const Theme& theme) const {
  if (rows_.empty()) return;
  left = std::max(edge(), std::min(left, width_ - widest_ - edge()));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float high = height() - ImGui::GetStyle().ItemSpacing.y;
  ImGui::GetWindowDrawList()->AddRectFilled(
      {at.x + left - edge(), at.y}, {at.x + left + widest_ + edge(), at.y + high}, theme.u32(theme.empty), 3);
  for (std::size_t row = 0; row < rows_.size(); ++row) {
    ImVec2 place{at.x + left, at.y + static_cast<float>(row) * ImGui::GetTextLineHeightWithSpacing()};
    for (const auto& entry : rows_[row]) {
      draw_entry(place, entry, theme);
      place.x += entry_width(entry.text) + between();
    }
  }
  ImGui::Dummy({width_, high});
}

}  // namespace scaffold::viewer

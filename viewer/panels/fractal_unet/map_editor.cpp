#include "panels/fractal_unet/map_editor.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"
#include "fractal_unet/fractal/measures.hpp"

namespace scaffold::viewer {
namespace {

/// What a file may hold and a slider may reach.
constexpr double largest = 1e6;

std::string coefficient_name(int c) {
  if (c >= 9) return cat("t", "xyz"[c - 9]);
  return cat("a", c / 3 + 1, c % 3 + 1);
}

}  // namespace

void MapEditor::adopt(const Ifs& ifs) {
  Ifs derived = ifs;
  set_probabilities(derived);
  by_hand_ = std::abs(derived[0].probability - ifs[0].probability) > 1e-9;
}

bool MapEditor::draw_table(AffineMap& map, int number, Context& context) {
  bool changed = false;
  const float em = ImGui::GetFontSize();
  if (!ImGui::BeginTable(cat("map", number).c_str(), 5, ImGuiTableFlags_SizingStretchSame)) return false;
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 2.7f * em);
  for (int row = -1; row < 3; ++row) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    if (row < 0) {
      ImGui::TextColored(vec4(context.theme.faint), "map %d", number);
      for (const char* head : {"x", "y", "z", "+"}) {
        ImGui::TableNextColumn();
        ImGui::TextColored(vec4(context.theme.faint), "%s", head);
      }
      continue;
    }
    ImGui::AlignTextToFramePadding();
    ImGui::Text("%c' =", "xyz"[row]);
    for (int column = 0; column < 4; ++column) {
      const int c = column < 3 ? 3 * row + column : 9 + row;
      ImGui::TableNextColumn();
      ImGui::SetNextItemWidth(-1);
      ImGui::PushID(c);
      double value = coefficient(map, c);
      if (ImGui::InputDouble("##cell", &value, 0, 0, "%.5g") && std::isfinite(value)) {
        coefficient(map, c) = std::clamp(value, -largest, largest);
        changed = true;
      }
      note();
      context.tags.mark(cat("cell-", number, "-", c));
      if (ImGui::IsItemHovered())
        ImGui::SetTooltip("map %d, %s = %s", number, coefficient_name(c).c_str(),
                          shortest(coefficient(map, c)).c_str());
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
  return changed;
}

bool MapEditor::draw_sliders(Ifs& ifs, Context& context) {
  bool changed = false;
  const float em = ImGui::GetFontSize();
  if (!ImGui::BeginTable("sliders", 3, ImGuiTableFlags_SizingStretchSame)) return false;
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 2 * em);
  for (int c = 0; c < 12; ++c) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::AlignTextToFramePadding();
    ImGui::TextUnformatted(coefficient_name(c).c_str());
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip(c < 9 ? "matrix row %d, column %d" : "translation along %c%.0d",
                        c < 9 ? c / 3 + 1 : "xyz"[c - 9], c < 9 ? c % 3 + 1 : 0);
    for (std::size_t m = 0; m < 2; ++m) {
      ImGui::TableNextColumn();
      ImGui::PushID(static_cast<int>(2 * static_cast<std::size_t>(c) + m));
      double& value = coefficient(ifs[m], c);
      // Coefficients are drawn from −1 … 1; one beyond that widens its own slider.
      const double reach = std::clamp(std::ceil(std::abs(value)), 1.0, 1e300), low = -reach;
      ImGui::SetNextItemWidth(-1);
      if (ImGui::SliderScalar("##value", ImGuiDataType_Double, &value, &low, &reach, "%.4g")) {
        value = std::isfinite(value) ? std::clamp(value, -largest, largest) : 0;
        changed = true;
      }
      note();
      context.tags.mark(cat("slider-", m, "-", c));
      ImGui::PopID();
    }
  }
  ImGui::EndTable();
  return changed;
}

bool MapEditor::draw_probability(Ifs& ifs, Context& context) {
  bool changed = false;
  ImGui::TextColored(vec4(context.theme.faint), "det  %.4f  and  %.4f", determinant(ifs[0]),
                     determinant(ifs[1]));
  ImGui::BeginDisabled(!by_hand_);
  const double zero = 0, one = 1;
  ImGui::SetNextItemWidth(-1);
  if (ImGui::SliderScalar("##probability", ImGuiDataType_Double, &ifs[0].probability, &zero, &one,
                          "probability of map 0: %.4f")) {
    const double p = ifs[0].probability;
    ifs[0].probability = std::isfinite(p) ? std::clamp(p, 0.0, 1.0) : 0.5;
    ifs[1].probability = 1 - ifs[0].probability;
    changed = true;
  }
  note();
  context.tags.mark("probability");
  ImGui::EndDisabled();
  if (ImGui::Checkbox("set the probability by hand", &by_hand_)) changed = true;
  context.tags.mark("by-hand");
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("Otherwise it is |det| of the map over the sum of both, as the benchmark defines it");
  return changed;
}

bool MapEditor::draw(Ifs& ifs, Context& context) {
  active_ = false;
  bool changed = false;
  for (int m = 0; m < 2; ++m) {
    ImGui::PushID(m);
    changed |= draw_table(ifs[static_cast<std::size_t>(m)], m, context);
    ImGui::PopID();
  }
  changed |= draw_probability(ifs, context);
  const bool open = ImGui::CollapsingHeader("Sliders: map 0 | map 1", ImGuiTreeNodeFlags_DefaultOpen);
  context.tags.mark("sliders");
  if (open) changed |= draw_sliders(ifs, context);
  if (changed && !by_hand_) set_probabilities(ifs);
  // Determinants of huge numbers are infinite, and their shares no numbers.
  if (!std::isfinite(ifs[0].probability) || !std::isfinite(ifs[1].probability))
    ifs[0].probability = ifs[1].probability = 0.5;
  return changed;
}

}  // namespace scaffold::viewer

#include "panels/fractal_unet/acceptance_gauge.hpp"

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::array<const char*, 3> axes = {"x", "y", "z"};

std::string those(const std::array<bool, 3>& chosen) {
  std::string text;
  for (std::size_t a = 0; a < 3; ++a)
    if (chosen[a]) text += cat(text.empty() ? "" : ", ", axes[a]);
  return text;
}

/// One axis: name, bar with the threshold across it, number, extent.
void draw_axis(std::size_t axis, const Candidate& candidate, const LibrarySpec& spec, double most,
               const Theme& theme) {
  const float em = ImGui::GetFontSize(), height = 0.95f * em;
  const double variance = candidate.variance[axis];
  ImGui::TextUnformatted(axes[axis]);
  ImGui::SameLine(1.3f * em);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = std::max(ImGui::GetContentRegionAvail().x - 11.5f * em, 3 * em);
  auto* list = ImGui::GetWindowDrawList();
  const float top = at.y + 0.15f * em;
  list->AddRectFilled({at.x, top}, {at.x + width, top + height}, theme.u32(theme.faint, 0.18f), 0.15f * em);
  const bool good = variance > spec.variance_threshold;
  const auto part = static_cast<float>(std::clamp(variance / most, 0.0, 1.0));
  list->AddRectFilled({at.x, top}, {at.x + width * part, top + height},
                      theme.u32(good ? theme.good : theme.bad), 0.15f * em);
  const float line = at.x + width * static_cast<float>(std::clamp(spec.variance_threshold / most, 0.0, 1.0));
  list->AddLine({line, top - 0.15f * em}, {line, top + height + 0.15f * em}, theme.u32(theme.text), 2);
  ImGui::Dummy({width, height});
  ImGui::SameLine();
  const bool known =
      candidate.rejection != Rejection::runaway && candidate.rejection != Rejection::not_finite;
  ImGui::TextUnformatted(known ? fixed(variance, 3).c_str() : "–");
  if (!known) return;
  ImGui::SameLine(ImGui::GetContentRegionMax().x - 7.5f * em);
  char extent[32];
  std::snprintf(extent, sizeof extent, "extent %.3g", candidate.extent[axis]);
  ImGui::TextColored(vec4(theme.faint), "%s", extent);
}

}  // namespace

std::string explain(const Candidate& candidate, const LibrarySpec& spec) {
  std::array<bool, 3> flat{}, low{};
  for (std::size_t a = 0; a < 3; ++a) {
    flat[a] = !(candidate.extent[a] > 0);
    low[a] = !flat[a] && !(candidate.variance[a] > spec.variance_threshold);
  }
  switch (candidate.rejection) {
    case Rejection::none:
      return "accepted";
    case Rejection::runaway:
      return "rejected, runaway: a coordinate exceeds 1e10";
    case Rejection::not_finite:
      return "rejected, not finite: a coordinate is no number";
    case Rejection::flat:
      return cat("rejected, flat: no extent along ", those(flat));
    case Rejection::low_variance:
      return cat("rejected, low variance: not above ", shortest(spec.variance_threshold), " along ",
                 those(low));
  }
  return name(candidate.rejection);
}

void draw_gauge(const Candidate& candidate, const LibrarySpec& spec, Context& context) {
  const Theme& theme = context.theme;
  const bool accepted = candidate.rejection == Rejection::none;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(accepted ? theme.good : theme.bad));
  ImGui::PushTextWrapPos();
  ImGui::TextUnformatted(explain(candidate, spec).c_str());
  ImGui::PopTextWrapPos();
  ImGui::PopStyleColor();
  context.tags.mark("verdict");
  const double most = std::max({3 * spec.variance_threshold, candidate.variance[0], candidate.variance[1],
                                candidate.variance[2], 1e-6});
  for (std::size_t axis = 0; axis < 3; ++axis) draw_axis(axis, candidate, spec, most, theme);
  const std::string half = shortest(spec.normalize), threshold = shortest(spec.variance_threshold);
  const std::string note = cat("variance when scaled to ±", half, "; the line is the threshold ", threshold);
  const float room = ImGui::GetContentRegionAvail().x;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(theme.faint));
  line_within(fits(note, room) ? note : cat("at ±", half, "; line: threshold ", threshold), room);
  ImGui::PopStyleColor();
}

}  // namespace scaffold::viewer

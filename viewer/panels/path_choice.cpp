#include "panels/path_choice.hpp"

#include <imgui.h>
#include <imgui_stdlib.h>

#include "core/text.hpp"

namespace scaffold::viewer {

std::optional<fs::path> PathChoice::draw(const char* tag, const char* hint,
                                         const std::function<std::vector<fs::path>()>& candidates,
                                         Context& context) {
  std::optional<fs::path> chosen;
  ImGui::PushID(tag);
  ImGui::SetNextItemWidth(-2 * ImGui::GetFrameHeight());
  if (ImGui::InputTextWithHint("##path", hint, &text, ImGuiInputTextFlags_EnterReturnsTrue)) chosen = text;
  context.tags.mark(cat(tag, "-path"));
  ImGui::SameLine(0, 0);
  const bool open =
      ImGui::BeginCombo("##known", "", ImGuiComboFlags_NoPreview | ImGuiComboFlags_PopupAlignLeft);
  context.tags.mark(cat(tag, "-known"));
  if (open) {
    if (ImGui::IsWindowAppearing()) candidates_ = candidates();
    if (candidates_.empty()) ImGui::TextDisabled("none is known; type its path");
    for (const auto& path : candidates_)
      if (ImGui::Selectable(path.string().c_str())) {
        text = path.string();
        chosen = path;
      }
    ImGui::EndCombo();
  }
  ImGui::PopID();
  return chosen;
}

}  // namespace scaffold::viewer

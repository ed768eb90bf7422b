#include "app/attach_dialog.hpp"

#include <imgui.h>

#include "core/error.hpp"
#include "ui/dialog.hpp"

namespace scaffold::viewer {

std::optional<AttachTarget> AttachDialog::draw(Context& context) {
  constexpr const char* name = "Attach to a run";
  if (std::exchange(open_, false)) ImGui::OpenPopup(name);
  if (!begin_dialog(name)) return std::nullopt;
  const float em = ImGui::GetFontSize();
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  const auto field = [&](const char* label, const char* tag, const char* explained, auto& text) {
    ImGui::TextUnformatted(label);
    ImGui::SameLine(6 * em);
    ImGui::SetNextItemWidth(24 * em);
    ImGui::PushID(tag);
    const bool entered = ImGui::InputTextWithHint("##text", explained, text.data(), text.size(),
                                                  ImGuiInputTextFlags_EnterReturnsTrue);
    ImGui::PopID();
    context.tags.mark(tag);
    return entered;
  };
  bool go = field("Run", "attach-run", "run folder, or tcp://HOST:PORT", run_);
  go |= field("ssh", "attach-login", "user@login, where the folder is on that machine", login_);
  go |= field("Key", "attach-key", "monitor.json of an endpoint", key_);
  go |= dialog_buttons("Attach", "attach-ok", "attach-cancel", context);
  std::optional<AttachTarget> target;
  if (go) {
    target = AttachTarget{run_.data(), key_.data(), login_.data()};
    ImGui::CloseCurrentPopup();
  }
  end_dialog();
  return target;
}

}  // namespace scaffold::viewer

#include "ui/dialog.hpp"

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>

#include "ui/flow.hpp"
#include "ui/keys.hpp"
#include "ui/shortcuts.hpp"

namespace scaffold::viewer {
namespace {

/// ImGui itself closes popups at the end of the frame of such a click: what is below would not see it.
void let_clicks_through() {
  ImGuiContext& g = *ImGui::GetCurrentContext();
  if (g.OpenPopupStack.empty() || ImGui::GetTopMostPopupModal()) return;
  bool clicked = false;
  for (int button = 0; button < 3; ++button) clicked |= ImGui::IsMouseClicked(button);
  ImGuiWindow* under = g.HoveredWindow;
  if (!clicked || !under || (under->RootWindow->Flags & ImGuiWindowFlags_Popup) != 0) return;
  ImGui::ClosePopupsOverWindow(under, false);
  if (g.OpenPopupStack.empty()) ImGui::FocusWindow(under);
}

}  // namespace

bool tend_popups() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  let_clicks_through();
  if (g.OpenPopupStack.empty() || !key_pressed(key_code("Escape"))) return false;
  ImGui::ClosePopupToLevel(g.OpenPopupStack.Size - 1, true);
  return true;
}

bool begin_dialog(const char* name) {
  const ImGuiViewport* screen = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  ImGui::SetNextWindowSizeConstraints({0, 0}, screen->WorkSize);
  return ImGui::BeginPopup(name);
}

void end_dialog() {
  keep_inside();
  ImGui::EndPopup();
}

bool enter_pressed() {
  constexpr int keypad_enter = 335;
  return !ImGui::GetIO().WantTextInput && (key_pressed(key_code("Enter")) || key_pressed(keypad_enter));
}

bool dialog_buttons(const char* ok, const char* ok_tag, const char* cancel_tag, Context& context,
                    bool stays) {
  ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetStyleColorVec4(ImGuiCol_ButtonActive));
  const bool pressed = ImGui::Button(ok) || (!ImGui::IsWindowAppearing() && enter_pressed());
  ImGui::PopStyleColor();
  context.tags.mark(ok_tag);
  ImGui::SameLine();
  const bool cancelled = ImGui::Button("Cancel");
  context.tags.mark(cancel_tag);
  if (cancelled || (pressed && !stays)) ImGui::CloseCurrentPopup();
  return pressed && !cancelled;
}

void keep_inside() {
  const ImGuiViewport* screen = ImGui::GetMainViewport();
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  const auto inside = [](float where, float length, float low, float room) {
    return std::max(low, std::min(where, low + room - length));
  };
  const ImVec2 to{inside(at.x, size.x, screen->WorkPos.x, screen->WorkSize.x),
                  inside(at.y, size.y, screen->WorkPos.y, screen->WorkSize.y)};
  if (to.x != at.x || to.y != at.y) ImGui::SetWindowPos(to);
}

}  // namespace scaffold::viewer

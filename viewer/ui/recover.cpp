#include "ui/recover.hpp"

#include <algorithm>

namespace scaffold::viewer {
namespace {

bool in_table() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  return g.CurrentTable &&
         (g.CurrentTable->OuterWindow == g.CurrentWindow || g.CurrentTable->InnerWindow == g.CurrentWindow);
}

/// What stands when the current window has just begun; ending it takes away what is its own of that.
UiDepths begun_with_window() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  const ImGuiWindowStackData& window = g.CurrentWindowStack.back();
#if IMGUI_VERSION_NUM >= 19123
  const auto& before = window.StackSizesInBegin;
#else
  const auto& before = window.StackSizesOnBegin;
#endif
  UiDepths depths{before.SizeOfIDStack,        before.SizeOfGroupStack,      before.SizeOfDisabledStack,
                  before.SizeOfItemFlagsStack, before.SizeOfFocusScopeStack, before.SizeOfFontStack,
                  before.SizeOfColorStack,     before.SizeOfStyleVarStack};
#if IMGUI_VERSION_NUM >= 18835
  ++depths.focus_scopes;  // the window's own
#endif
#if IMGUI_VERSION_NUM >= 19073
  if (window.DisabledOverrideReenable && window.Window->RootWindow == window.Window) {
    ++depths.disabled;  // a tooltip's of something disabled
    ++depths.item_flags;
  }
#endif
  return depths;
}

UiDepths depths_now() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  return {g.CurrentWindow->IDStack.Size, g.GroupStack.Size, g.DisabledStackSize, g.ItemFlagsStack.Size,
          g.FocusScopeStack.Size,        g.FontStack.Size,  g.ColorStack.Size,   g.StyleVarStack.Size};
}

/// Ends what the current window has begun beyond that.
void shrink(const UiDepths& to, int trees) {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  ImGuiWindow* window = g.CurrentWindow;
  window->DC.TreeDepth = std::min(window->DC.TreeDepth, trees);  // its names go with the others
  while (g.GroupStack.Size > to.groups) ImGui::EndGroup();
  while (window->IDStack.Size > to.ids) ImGui::PopID();
  while (g.DisabledStackSize > to.disabled) ImGui::EndDisabled();
  while (g.ItemFlagsStack.Size > to.item_flags) ImGui::PopItemFlag();
  while (g.FocusScopeStack.Size > to.focus_scopes) ImGui::PopFocusScope();
  while (g.FontStack.Size > to.fonts) ImGui::PopFont();
  while (g.ColorStack.Size > to.colors) ImGui::PopStyleColor();
  while (g.StyleVarStack.Size > to.style_vars) ImGui::PopStyleVar();
}

void end_table() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  ImGuiTable* table = g.CurrentTable;
  const auto& ids = g.CurrentWindow->IDStack;
#if IMGUI_VERSION_NUM >= 18927
  const ImGuiID own = ImGui::TableGetInstanceID(table, table->InstanceCurrent);
#else
  const ImGuiID own = table->ID + static_cast<ImGuiID>(table->InstanceCurrent);
#endif
  while (ids.Size > 1 && ids.back() != own) ImGui::PopID();
  if (table->InnerWindow != table->OuterWindow) {  // one that scrolls ends its window as well
    UiDepths depths = begun_with_window();
    depths.ids = ids.Size;
    shrink(depths, 0);
  }
  ImGui::EndTable();
}

}  // namespace

UiMark::UiMark() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  window_ = g.CurrentWindow;
  depths_ = depths_now();
  windows_ = g.CurrentWindowStack.Size;
  tab_bars_ = g.CurrentTabBarStack.Size;
  trees_ = window_->DC.TreeDepth;
  clips_ = window_->DrawList->_ClipRectStack.Size;
  widths_ = window_->DC.ItemWidthStack.Size;
  wraps_ = window_->DC.TextWrapPosStack.Size;
  indent_ = window_->DC.Indent.x;
}

void UiMark::unwind() const {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  while (g.CurrentWindowStack.Size > windows_) {
    if (in_table()) {
      end_table();
      continue;
    }
    shrink(begun_with_window(), 0);
    g.CurrentWindow->Flags& ImGuiWindowFlags_ChildWindow ? ImGui::EndChild() : ImGui::End();
  }
  while (in_table()) end_table();
  while (g.CurrentTabBarStack.Size > tab_bars_) ImGui::EndTabBar();
  shrink(depths_, trees_);
  while (window_->DrawList->_ClipRectStack.Size > clips_) ImGui::PopClipRect();
  while (window_->DC.ItemWidthStack.Size > widths_) ImGui::PopItemWidth();
  while (window_->DC.TextWrapPosStack.Size > wraps_) ImGui::PopTextWrapPos();
  window_->DC.Indent.x = indent_;
}

}  // namespace scaffold::viewer

#include "ui/recover.hpp"

#include <algorithm>

namespace scaffold::viewer {
namespace {

bool in_table() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  return g.CurrentTable &&
         (g.CurrentTable->OuterWindow == g.CurrentWindow || g.CurrentTable->InnerWindow == g.CurrentWindow);
}

/// What the current window has begun.
void shrink(const ImGuiStackSizes& sizes, int trees) {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  ImGuiWindow* window = g.CurrentWindow;
  window->DC.TreeDepth = std::min(window->DC.TreeDepth, trees);  // its names go with the others
  while (g.GroupStack.Size > sizes.SizeOfGroupStack) ImGui::EndGroup();
  while (window->IDStack.Size > sizes.SizeOfIDStack) ImGui::PopID();
  while (g.DisabledStackSize > sizes.SizeOfDisabledStack) ImGui::EndDisabled();
  while (g.ItemFlagsStack.Size > sizes.SizeOfItemFlagsStack) ImGui::PopItemFlag();
  while (g.FocusScopeStack.Size > sizes.SizeOfFocusScopeStack) ImGui::PopFocusScope();
  while (g.FontStack.Size > sizes.SizeOfFontStack) ImGui::PopFont();
  while (g.ColorStack.Size > sizes.SizeOfColorStack) ImGui::PopStyleColor();
  while (g.StyleVarStack.Size > sizes.SizeOfStyleVarStack) ImGui::PopStyleVar();
}

void end_table() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  const ImGuiTable* table = g.CurrentTable;
  const auto& ids = g.CurrentWindow->IDStack;
  const ImGuiID own = table->ID + static_cast<ImGuiID>(table->InstanceCurrent);
  while (ids.Size > 1 && ids.back() != own) ImGui::PopID();
  if (table->InnerWindow != table->OuterWindow) {  // one that scrolls ends its window as well
    auto sizes = g.CurrentWindowStack.back().StackSizesOnBegin;
    sizes.SizeOfIDStack = static_cast<short>(ids.Size);
    shrink(sizes, 0);
  }
  ImGui::EndTable();
}

}  // namespace

UiMark::UiMark() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  window_ = g.CurrentWindow;
  sizes_.SetToCurrentState();
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
    shrink(g.CurrentWindowStack.back().StackSizesOnBegin, 0);
    g.CurrentWindow->Flags& ImGuiWindowFlags_ChildWindow ? ImGui::EndChild() : ImGui::End();
  }
  while (in_table()) end_table();
  while (g.CurrentTabBarStack.Size > tab_bars_) ImGui::EndTabBar();
  shrink(sizes_, trees_);
  while (window_->DrawList->_ClipRectStack.Size > clips_) ImGui::PopClipRect();
  while (window_->DC.ItemWidthStack.Size > widths_) ImGui::PopItemWidth();
  while (window_->DC.TextWrapPosStack.Size > wraps_) ImGui::PopTextWrapPos();
  window_->DC.Indent.x = indent_;
}

}  // namespace scaffold::viewer

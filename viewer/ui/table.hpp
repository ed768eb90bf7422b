// Heads of tables: those that sort are ImGui's own, which light up under the mouse; these do not, and so do
// not look as if they did something.
#pragma once
#include <imgui.h>

namespace scaffold::viewer {

/// One name a column, of columns that have been set up (or are all alike).
template <class... Names>
void plain_heads(const Names&... names) {
  ImGui::TableNextRow(ImGuiTableRowFlags_Headers);
  const auto head = [](const char* name) {
    ImGui::TableNextColumn();
    ImGui::TextUnformatted(name);
  };
  (head(names), ...);
}

}  // namespace scaffold::viewer

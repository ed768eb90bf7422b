#include "app/panel_tabs.hpp"

#include <imgui.h>

#include <algorithm>

#include "core/text.hpp"

namespace scaffold::viewer {

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

void PanelTabs::add(std::unique_ptr<Panel> panel) {
  const auto open = std::ranges::find_if(panels_, [&](const auto& other) {
    return other->kind() == panel->kind() && same_file(other->path(), panel->path());
  });
  const auto number = static_cast<std::size_t>(open - panels_.begin());
  if (open == panels_.end()) {
    panels_.push_back(std::move(panel));
  } else {
    closed_.push_back(std::move(*open));
    *open = std::move(panel);
  }
  bring_to_front(number);
}

void PanelTabs::close(std::size_t panel) {
  // Its textures are in what this frame draws.
  closed_.push_back(std::move(panels_[panel]));
  panels_.erase(panels_.begin() + static_cast<std::ptrdiff_t>(panel));
  if (front_ >= panel && front_ > 0) --front_;
  select_front_ = true;
}

void PanelTabs::bring_to_front(std::size_t panel) {
  front_ = panel;
  select_front_ = true;
}

void PanelTabs::step(std::ptrdiff_t by) {
  const std::ptrdiff_t n = std::ssize(panels_);
  if (n > 0) bring_to_front(static_cast<std::size_t>((static_cast<std::ptrdiff_t>(front_) + n + by) % n));
}

void PanelTabs::draw(Tags& tags, const std::function<void(Panel&)>& guarded) {
  if (!ImGui::BeginTabBar("open", ImGuiTabBarFlags_FittingPolicyScroll)) return;
  std::size_t closed = panels_.size();
  const std::size_t wanted = front_;
  for (std::size_t i = 0; i < panels_.size(); ++i) {
    ImGui::PushID(panels_[i].get());
    bool kept = true;
    const auto flags = select_front_ && i == wanted ? ImGuiTabItemFlags_SetSelected : ImGuiTabItemFlags_None;
    // A panel's title may change: it is not the tab's identity.
    if (ImGui::BeginTabItem(cat(panels_[i]->title(), "###tab").c_str(), &kept, flags)) {
      if (!select_front_) front_ = i;
      guarded(*panels_[i]);
      ImGui::EndTabItem();
    }
    tags.mark(cat("tab-", i));
    ImGui::PopID();
    if (!kept) closed = i;
  }
  select_front_ = false;
  ImGui::EndTabBar();
  if (closed < panels_.size()) close(closed);
}

}  // namespace scaffold::viewer

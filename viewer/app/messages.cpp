#include "app/messages.hpp"

#include <imgui.h>

#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_messages = 20, few_messages = 3;  // kept; shown until asked for more

}  // namespace

void Messages::complain(const std::string& text) {
  ++complaints_;
  if (all_.empty() || all_.back() != text) all_.push_back(text);
  if (all_.size() > max_messages) all_.erase(all_.begin());
}

void Messages::draw(Context& context) {
  if (!notice_.empty()) {
    const bool away = ImGui::SmallButton("×##notice");
    ImGui::SameLine();
    ImGui::TextColored(vec4(context.theme.good), "%s", notice_.c_str());
    if (away) notice_.clear();
  }
  const std::size_t n = all_.size();
  if (n <= few_messages) {
    unfolded_ = false;
    return draw_from(0, context);
  }
  if (ImGui::SmallButton("×##all")) return all_.clear();
  context.tags.mark("dismiss-messages");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Dismiss all messages");
  ImGui::SameLine();
  if (ImGui::SmallButton(unfolded_ ? "▲ the last ones only"
                                   : cat("▼ ", n - few_messages, " more before these").c_str()))
    unfolded_ = !unfolded_;
  context.tags.mark("more-messages");
  if (!unfolded_) return draw_from(n - few_messages, context);
  // What is open stays in sight below them.
  ImGui::BeginChild("messages", {0, 0.4f * ImGui::GetContentRegionAvail().y}, true);
  draw_from(0, context);
  ImGui::EndChild();
}

void Messages::draw_from(std::size_t first, const Context& context) {
  std::size_t dismissed = all_.size();
  for (std::size_t i = first; i < all_.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::SmallButton("×")) dismissed = i;
    ImGui::SameLine();
    wrapped(context.theme.bad, all_[i]);
    ImGui::PopID();
  }
  if (dismissed < all_.size()) all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(dismissed));
}

}  // namespace scaffold::viewer

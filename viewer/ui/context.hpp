// What a panel may ask of the application around it.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "ui/theme.hpp"

namespace scaffold::viewer {

/// Where things were drawn last, by name: a script points at them so ("click next-volume").
class Tags {
 public:
  struct Box {
    float x = 0, y = 0, width = 0, height = 0;
  };
  /// The last ImGui item.
  void mark(const std::string& name) {
    const ImVec2 low = ImGui::GetItemRectMin(), high = ImGui::GetItemRectMax();
    boxes_[name] = {low.x, low.y, high.x - low.x, high.y - low.y};
  }
  const std::map<std::string, Box>& boxes() const { return boxes_; }
  void clear() { boxes_.clear(); }

 private:
  std::map<std::string, Box> boxes_;
};

struct Context {
  Theme theme = dark_theme();
  Tags tags;
  std::uint64_t memory_budget = std::uint64_t{512} << 20;  ///< bytes of one volume's labels and geometry
  /// From any thread: something has changed, draw again.
  std::function<void()> wake = [] {};
  /// A message in the window.
  std::function<void(const std::string&)> complain = [](const std::string&) {};
  /// Opens a path as if it had been dropped on the window (after this frame).
  std::function<void(const fs::path&)> open = [](const fs::path&) {};
  /// Lets one look for a path under this title; `chosen` hears it, in a later frame.
  std::function<void(const std::string& title, std::function<void(const fs::path&)> chosen)> browse =
      [](const std::string&, const std::function<void(const fs::path&)>&) {};
  /// Paths that are open or were lately, of things called `kind` ("dataset", "checkpoint", …).
  std::function<std::vector<fs::path>(const std::string& kind)> known = [](const std::string&) {
    return std::vector<fs::path>{};
  };
};

}  // namespace scaffold::viewer

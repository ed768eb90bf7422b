// Asks for a run that goes on: where it is, and how to get there.
#pragma once
#include <array>
#include <optional>

#include "sources/live_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class AttachDialog {
 public:
  void show() { open_ = true; }
  /// Once a frame. What was asked for, when it was.
  std::optional<AttachTarget> draw(Context& context);

 private:
  bool open_ = false;
  std::array<char, 4096> run_{}, key_{}, login_{};
};

}  // namespace scaffold::viewer

// The panels that are open, a tab each.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "panels/panel.hpp"

namespace scaffold::viewer {

class PanelTabs {
 public:
  const std::vector<std::unique_ptr<Panel>>& panels() const { return panels_; }
  std::size_t front_number() const { return front_; }
  Panel* front() const { return front_ < panels_.size() ? panels_[front_].get() : nullptr; }
  void bring_to_front(std::size_t panel);
  /// `by` tabs further, round and round.
  void step(std::ptrdiff_t by);
  /// In front; in place of the one of its kind that shows the same path, where that is open.
  void add(std::unique_ptr<Panel> panel);
  void close(std::size_t panel);
  /// `guarded` draws a panel, whatever that throws.
  void draw(Tags& tags, const std::function<void(Panel&)>& guarded);
  /// Nothing of what the last frame drew is needed any more.
  void end_frame() { closed_.clear(); }

 private:
  std::vector<std::unique_ptr<Panel>> panels_, closed_;  ///< closed_: until the frame is over
  std::size_t front_ = 0;
  bool select_front_ = false;
};

bool same_file(const fs::path& a, const fs::path& b);

}  // namespace scaffold::viewer

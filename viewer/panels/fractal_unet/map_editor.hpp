// The 2 × 13 numbers of a category as a table and as sliders.
#pragma once
#include "fractal_unet/fractal/ifs.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class MapEditor {
 public:
  /// True in frames in which a number changed. Derived probabilities follow by themselves.
  bool draw(Ifs& ifs, Context& context);
  /// A field or slider is held.
  bool active() const { return active_; }
  /// Whether these probabilities are other than what the determinants give: then they stay as they are.
  void adopt(const Ifs& ifs);
  bool by_hand() const { return by_hand_; }

 private:
  bool draw_table(AffineMap& map, int number, Context& context);
  bool draw_sliders(Ifs& ifs, Context& context);
  bool draw_probability(Ifs& ifs, Context& context);
  void note() { active_ = active_ || ImGui::IsItemActive(); }

  bool by_hand_ = false, active_ = false;
};

}  // namespace scaffold::viewer

// The classes of a checkpoint panel: how each is drawn, and its Dice.
#pragma once
#include <vector>

#include "panels/property.hpp"
#include "scene/label_volume.hpp"
#include "sources/fractal_unet/checkpoint_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ClassTable {
 public:
  explicit ClassTable(Context& context) : context_(context) {}

  void set_styles(std::vector<ClassStyle> styles) { styles_ = std::move(styles); }
  const std::vector<ClassStyle>& styles() const { return styles_; }
  int classes() const { return static_cast<int>(styles_.size()); }
  /// Whether a style was changed. `styled`: the picture is drawn in these styles.
  bool draw(const Comparison& found, bool styled);
  Properties properties();

 private:
  void draw_mean(const Comparison& found) const;
  void draw_voxels(const Comparison& found) const;
  bool draw_style(std::size_t label);
  void draw_dice(std::size_t label, const Comparison& found) const;
  nlohmann::json saved();
  void restore(const std::vector<nlohmann::json>& given);

  Context& context_;
  std::vector<ClassStyle> styles_;
};

}  // namespace scaffold::viewer

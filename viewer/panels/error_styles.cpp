#include "panels/error_styles.hpp"

#include "monitor/error_colors.hpp"
#include "sources/errors.hpp"

namespace scaffold::viewer {

std::vector<ClassStyle> error_styles(bool dark) {
  // Those on a light ground were searched for in the same way.
  const auto& on_dark = monitor::error_colors;
  return {{"right", {}, 1, true},
          {"false positive", dark ? on_dark[1] : Rgb{0.40f, 0.10f, 0.00f}, 1, true},
          {"false negative", dark ? on_dark[2] : Rgb{0.00f, 0.00f, 0.20f}, 1, true},
          {"wrong class", dark ? on_dark[3] : Rgb{0.60f, 0.10f, 1.00f}, 1, true}};
}

std::vector<ClassStyle> difference_styles(bool dark) {
  const auto of = error_styles(dark);
  std::vector<ClassStyle> styles(4);
  styles[only_first_right] = {"only A right", of[false_negative].color, 1, true};
  styles[only_second_right] = {"only B right", of[false_positive].color, 1, true};
  styles[both_wrong] = {"both wrong", of[wrong_class].color, 1, true};
  return styles;
}

}  // namespace scaffold::viewer

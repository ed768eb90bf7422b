#include "panels/error_styles.hpp"

#include "sources/errors.hpp"

namespace scaffold::viewer {

std::vector<ClassStyle> error_styles(bool dark) {
  // Searched for: the largest of the smallest distances in CIELAB to each other and to the eight colors of
  // classes, as seen by normal eyes and by those without red, green or blue cones.
  return {{"right", {}, 1, true},
          {"false positive", dark ? Rgb{0.90f, 0.00f, 0.30f} : Rgb{0.40f, 0.10f, 0.00f}, 1, true},
          {"false negative", dark ? Rgb{0.80f, 1.00f, 0.80f} : Rgb{0.00f, 0.00f, 0.20f}, 1, true},
          {"wrong class", dark ? Rgb{0.50f, 0.30f, 1.00f} : Rgb{0.60f, 0.10f, 1.00f}, 1, true}};
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

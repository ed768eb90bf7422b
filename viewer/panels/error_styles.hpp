// How volumes of errors and of differences are drawn.
#pragma once
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// By ErrorLabel (sources/errors.hpp): names, and colors that no class has (distinct_color()), also to
/// color-blind eyes, for a dark ground or a light one.
std::vector<ClassStyle> error_styles(bool dark);
/// By DifferenceLabel, likewise.
std::vector<ClassStyle> difference_styles(bool dark);

}  // namespace scaffold::viewer

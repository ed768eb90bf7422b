// A color of a screen.
#pragma once

namespace scaffold {

/// sRGB, each part 0 to 1.
struct Rgb {
  float r = 0, g = 0, b = 0;
  bool operator==(const Rgb&) const = default;
};

}  // namespace scaffold

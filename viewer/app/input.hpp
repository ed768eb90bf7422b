// What a user did within one frame: taken from the window, a script or a random generator.
#pragma once
#include <array>
#include <set>
#include <string>
#include <vector>

namespace scaffold::viewer {

inline constexpr const char* mouse_buttons[] = {"left", "right", "middle"};

struct Input {
  float x = -1, y = -1;        ///< mouse, pixels from the window's upper left corner
  std::array<bool, 3> down{};  ///< by mouse_buttons
  float wheel = 0;             ///< notches, positive away from the user
  std::set<int> keys;          ///< held, as key_code() numbers them
  bool ctrl = false, shift = false;
  std::string text;  ///< characters typed, UTF-8
};

}  // namespace scaffold::viewer

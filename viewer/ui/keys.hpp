// The keyboard by GLFW's key codes, in which key_code() names keys and sessions record them: they are the
// same under every version of ImGui, whose own numbers changed with 1.87.
#pragma once
#include <set>

namespace scaffold::viewer {

/// Whether it went down in this frame, or repeats; false for a code that is no key.
bool key_pressed(int code);
std::set<int> keys_down();
/// Holds these from the next frame on, and no others.
void hold_keys(const std::set<int>& codes);

}  // namespace scaffold::viewer

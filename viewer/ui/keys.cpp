#include "ui/keys.hpp"

#include <imgui.h>

#include <algorithm>
#include <iterator>

namespace scaffold::viewer {

#if IMGUI_VERSION_NUM < 18700

bool key_pressed(int code) {
  return code >= 0 && code < IM_ARRAYSIZE(ImGui::GetIO().KeysDown) && ImGui::IsKeyPressed(code);
}

std::set<int> keys_down() {
  std::set<int> codes;
  const auto& down = ImGui::GetIO().KeysDown;
  for (int code = 0; code < IM_ARRAYSIZE(down); ++code)
    if (down[code]) codes.insert(code);
  return codes;
}

void hold_keys(const std::set<int>& codes) {
  auto& down = ImGui::GetIO().KeysDown;
  std::fill(std::begin(down), std::end(down), false);
  for (const int code : codes)
    if (code >= 0 && code < IM_ARRAYSIZE(down)) down[code] = true;
}

#else

namespace {

/// `count` keys whose numbers follow each other in GLFW/glfw3.h and in ImGui.
struct Keys {
  int code;
  ImGuiKey key;
  int count;
};
constexpr Keys all_keys[] = {{32, ImGuiKey_Space, 1},
                             {39, ImGuiKey_Apostrophe, 1},
                             {44, ImGuiKey_Comma, 1},
                             {45, ImGuiKey_Minus, 1},
                             {46, ImGuiKey_Period, 1},
                             {47, ImGuiKey_Slash, 1},
                             {48, ImGuiKey_0, 10},
                             {59, ImGuiKey_Semicolon, 1},
                             {61, ImGuiKey_Equal, 1},
                             {65, ImGuiKey_A, 26},
                             {91, ImGuiKey_LeftBracket, 1},
                             {92, ImGuiKey_Backslash, 1},
                             {93, ImGuiKey_RightBracket, 1},
                             {96, ImGuiKey_GraveAccent, 1},
                             {256, ImGuiKey_Escape, 1},
                             {257, ImGuiKey_Enter, 1},
                             {258, ImGuiKey_Tab, 1},
                             {259, ImGuiKey_Backspace, 1},
                             {260, ImGuiKey_Insert, 1},
                             {261, ImGuiKey_Delete, 1},
                             {262, ImGuiKey_RightArrow, 1},
                             {263, ImGuiKey_LeftArrow, 1},
                             {264, ImGuiKey_DownArrow, 1},
                             {265, ImGuiKey_UpArrow, 1},
                             {266, ImGuiKey_PageUp, 1},
                             {267, ImGuiKey_PageDown, 1},
                             {268, ImGuiKey_Home, 1},
                             {269, ImGuiKey_End, 1},
                             {280, ImGuiKey_CapsLock, 1},
                             {281, ImGuiKey_ScrollLock, 1},
                             {282, ImGuiKey_NumLock, 1},
                             {283, ImGuiKey_PrintScreen, 1},
                             {284, ImGuiKey_Pause, 1},
                             {290, ImGuiKey_F1, 12},
                             {320, ImGuiKey_Keypad0, 10},
                             {330, ImGuiKey_KeypadDecimal, 1},
                             {331, ImGuiKey_KeypadDivide, 1},
                             {332, ImGuiKey_KeypadMultiply, 1},
                             {333, ImGuiKey_KeypadSubtract, 1},
                             {334, ImGuiKey_KeypadAdd, 1},
                             {335, ImGuiKey_KeypadEnter, 1},
                             {336, ImGuiKey_KeypadEqual, 1},
                             {340, ImGuiKey_LeftShift, 1},
                             {341, ImGuiKey_LeftCtrl, 1},
                             {342, ImGuiKey_LeftAlt, 1},
                             {343, ImGuiKey_LeftSuper, 1},
                             {344, ImGuiKey_RightShift, 1},
                             {345, ImGuiKey_RightCtrl, 1},
                             {346, ImGuiKey_RightAlt, 1},
                             {347, ImGuiKey_RightSuper, 1},
                             {348, ImGuiKey_Menu, 1}};

/// Calls `each` with every key's GLFW code and ImGui's name for it.
template <class Each>
void for_all_keys(const Each& each) {
  for (const Keys& keys : all_keys)
    for (int i = 0; i < keys.count; ++i) each(keys.code + i, static_cast<ImGuiKey>(keys.key + i));
}

}  // namespace

bool key_pressed(int code) {
  for (const Keys& keys : all_keys)
    if (code >= keys.code && code < keys.code + keys.count)
      return ImGui::IsKeyPressed(static_cast<ImGuiKey>(keys.key + code - keys.code));
  return false;
}

std::set<int> keys_down() {
  std::set<int> codes;
  for_all_keys([&](int code, ImGuiKey key) {
    if (ImGui::IsKeyDown(key)) codes.insert(code);
  });
  return codes;
}

void hold_keys(const std::set<int>& codes) {
  for_all_keys([&](int code, ImGuiKey key) { ImGui::GetIO().AddKeyEvent(key, codes.contains(code)); });
}

#endif

}  // namespace scaffold::viewer

// Keys by GLFW's codes, through whichever interface this version of ImGui has for them.
#include <imgui.h>

#include <string>
#include <vector>

#include "catch.hpp"
#include "headless_imgui.hpp"
#include "ui/keys.hpp"
#include "ui/shortcuts.hpp"

using namespace scaffold::viewer;

namespace {

/// One frame in which these are held; whether `code` was pressed in it.
bool frame(const std::set<int>& held, int code) {
  hold_keys(held);
  ImGui::NewFrame();
  CHECK(keys_down() == held);
  const bool pressed = key_pressed(code);
  ImGui::EndFrame();
  return pressed;
}

}  // namespace

TEST_CASE("every key of a shortcut is pressed in the frame in which it goes down, and in no other") {
  const HeadlessImGui imgui;
  std::vector<std::string> names = {"Space", "Escape", "Enter", "Tab",    "Backspace", "Delete", "Right",
                                    "Left",  "Down",   "Up",    "PageUp", "PageDown",  "Home",   "End"};
  for (int i = 1; i <= 12; ++i) names.push_back("F" + std::to_string(i));
  for (char c = 'a'; c <= 'z'; ++c) names.emplace_back(1, c);
  for (char c = '0'; c <= '9'; ++c) names.emplace_back(1, c);
  std::set<int> codes;
  for (const std::string& name : names) {
    const int code = key_code(name);
    CAPTURE(name, code);
    CHECK(codes.insert(code).second);
    CHECK_FALSE(frame({}, code));
    CHECK(frame({code}, code));
    CHECK_FALSE(frame({code}, code));  // it repeats later
    CHECK_FALSE(frame({}, code));
    CHECK(frame({code, 341}, code));  // with Control held
    CHECK_FALSE(frame({}, 341));
  }
}

TEST_CASE("what is no key is never pressed") {
  const HeadlessImGui imgui;
  ImGui::NewFrame();
  for (const int code : {-1, 0, 31, 255, 400, 511, 512, 1 << 20}) {
    CAPTURE(code);
    CHECK_FALSE(key_pressed(code));
  }
  ImGui::EndFrame();
}

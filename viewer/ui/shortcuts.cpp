#include "ui/shortcuts.hpp"

#include <imgui.h>

#include <cctype>
#include <map>

#include "core/text.hpp"
#include "ui/keys.hpp"

namespace scaffold::viewer {
namespace {

bool typed(char character) {
  for (const ImWchar c : ImGui::GetIO().InputQueueCharacters)
    if (c == static_cast<ImWchar>(character)) return true;
  return false;
}

bool pressed(const std::string& key) {
  const bool ctrl = key.rfind("Ctrl+", 0) == 0;
  const std::string name = ctrl ? key.substr(5) : key;
  if (ctrl != ImGui::GetIO().KeyCtrl) return false;
  // A character as typed is right on every keyboard; with Ctrl none is.
  if (name.size() == 1 && !ctrl) return typed(name[0]);
  return key_pressed(key_code(name));
}

}  // namespace

int key_code(const std::string& name) {
  // Codes as in GLFW/glfw3.h.
  static const std::map<std::string, int> named = {
      {"Space", 32},   {"Escape", 256},   {"Enter", 257}, {"Tab", 258},  {"Backspace", 259},
      {"Delete", 261}, {"Right", 262},    {"Left", 263},  {"Down", 264}, {"Up", 265},
      {"PageUp", 266}, {"PageDown", 267}, {"Home", 268},  {"End", 269}};
  if (name.size() == 1) return std::toupper(static_cast<unsigned char>(name[0]));
  if (const auto found = named.find(name); found != named.end()) return found->second;
  std::int64_t number = 0;
  if (name[0] == 'F' && parse_int(name.substr(1), number) && number >= 1 && number <= 12)
    return static_cast<int>(289 + number);
  return -1;
}

bool dispatch(const std::vector<Shortcut>& shortcuts) {
  if (ImGui::GetIO().WantTextInput) return false;
  for (const Shortcut& shortcut : shortcuts)
    for (const auto& key : split(shortcut.keys, ' '))
      if (pressed(std::string(key))) {
        shortcut.act();
        return true;
      }
  return false;
}

}  // namespace scaffold::viewer

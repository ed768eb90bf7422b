// Keys: declared once, beside what they do; the list under `?` and the dispatch are made from that.
#pragma once
#include <functional>
#include <string>
#include <vector>

namespace scaffold::viewer {

/// `keys`: alternatives with a space between: a character as typed ("n", "?"), a named key (Left, Right, Up,
/// Down, Space, Escape, Enter, PageUp, PageDown, Home, End, Delete, F1 … F12), or Ctrl+ and one of them.
struct Shortcut {
  std::string keys, does;
  std::function<void()> act;
};

/// Calls what was pressed in this frame, unless a text field has the keyboard. Whether anything was.
bool dispatch(const std::vector<Shortcut>& shortcuts);

/// GLFW's key code of a name as above without Ctrl+, or -1; 'a' and 'A' are one key.
int key_code(const std::string& name);

}  // namespace scaffold::viewer

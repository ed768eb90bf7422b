#include "app/recorder.hpp"

#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

/// A JSON string in which nothing begins a comment or ends a word.
std::string in_one_word(const std::string& text) {
  std::string word;
  for (const char c : nlohmann::json(text).dump())
    c == '#' ? word += "\\u0023" : c == ' ' ? word += "\\u0020" : word += c;
  return word;
}

}  // namespace

Recorder::Recorder(const fs::path& file, std::pair<int, int> size) : out_(file) {
  if (!out_) throw SystemError(cat("cannot write '", file.string(), "'"));
  out_ << "size " << size.first << "x" << size.second << "\n";
}

void Recorder::add(const Input& input) {
  if (input.x != last_.x || input.y != last_.y) out_ << "mouse " << input.x << " " << input.y << "\n";
  for (std::size_t i = 0; i < input.down.size(); ++i)
    if (input.down[i] != last_.down[i]) out_ << (input.down[i] ? "down " : "up ") << mouse_buttons[i] << "\n";
  if (input.wheel != 0) out_ << "scroll " << input.wheel << "\n";
  for (const int key : input.keys)
    if (!last_.keys.contains(key)) out_ << "hold " << key << "\n";
  for (const int key : last_.keys)
    if (!input.keys.contains(key)) out_ << "release " << key << "\n";
  if (input.ctrl != last_.ctrl || input.shift != last_.shift)
    out_ << "modifiers " << input.ctrl << " " << input.shift << "\n";
  if (!input.text.empty()) out_ << "chars " << in_one_word(input.text) << "\n";
  out_ << "frame\n" << std::flush;
  last_ = input;
}

}  // namespace scaffold::viewer

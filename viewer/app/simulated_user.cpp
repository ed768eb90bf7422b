#include "app/simulated_user.hpp"

#include <random>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr int drag_frames = 6;
constexpr int frames_until_still = 30;  // a wheel's zoom counts as moving for less

int key_number(const ScriptLine& line) {
  line.need(1);
  return static_cast<int>(std::min<std::int64_t>(line.count(1, 0), 511));
}

std::size_t button(const std::string& name) {
  for (std::size_t i = 0; i < std::size(mouse_buttons); ++i)
    if (name == mouse_buttons[i]) return i;
  throw ConfigError(cat("'", name, "' is no button: left, right or middle"));
}

}  // namespace

void SimulatedUser::frame() {
  signals::check();
  window_.frame([&] { application_.draw(); }, &input_);
  application_.open_waiting();
  input_.wheel = 0;
  input_.text.clear();
}

void SimulatedUser::settle() {
  const auto begun = std::chrono::steady_clock::now();
  int moved = 0;
  for (int frames = 0; frames < 3 || application_.busy(); ++frames) {
    frame();
    // What moves is drawn coarse; but a turntable never rests.
    if (application_.animating() && ++moved < frames_until_still) frames = 0;
    if (!application_.busy()) continue;
    frames = 0;
    window_.wait(0.02);
    if (std::chrono::steady_clock::now() - begun > patience)
      throw SystemError("the panel is still busy after two minutes");
  }
}

void SimulatedUser::point(const std::string& tag, double x, double y) {
  const auto& boxes = application_.context().tags.boxes();
  const auto box = boxes.find(tag);
  if (box == boxes.end()) {
    std::string all;
    for (const auto& [name, unused] : boxes) all += " " + name;
    throw ConfigError(cat("there is no '", tag, "' in the window; there are:", all));
  }
  input_.x = box->second.x + static_cast<float>(x) * box->second.width;
  input_.y = box->second.y + static_cast<float>(y) * box->second.height;
}

void SimulatedUser::press(const std::string& key) {
  const bool ctrl = key.rfind("Ctrl+", 0) == 0;
  const std::string name = ctrl ? key.substr(5) : key;
  const int code = key_code(name);
  if (code < 0) throw ConfigError(cat("'", key, "' is no key"));
  input_.ctrl = ctrl;
  input_.keys = {code};
  if (name.size() == 1 && !ctrl) input_.text = name;
  frame();
  input_.ctrl = false;
  input_.keys.clear();
  frame();
}

void SimulatedUser::drag(const ScriptLine& line) {
  const std::size_t which = line.size() > 6 ? button(line[6]) : 0;
  const double x0 = line.number(2, 0.5), y0 = line.number(3, 0.5), x1 = line.number(4, 0.6),
               y1 = line.number(5, 0.5);
  point(line[1], x0, y0);
  frame();
  input_.down[which] = true;
  frame();
  for (int i = 1; i <= drag_frames; ++i) {
    const double share = static_cast<double>(i) / drag_frames;
    point(line[1], x0 + share * (x1 - x0), y0 + share * (y1 - y0));
    frame();
  }
  input_.down[which] = false;
  frame();
}

void SimulatedUser::click(const ScriptLine& line) {
  point(line[1], line.number(2, 0.5), line.number(3, 0.5));
  const std::size_t which = line.size() > 4 ? button(line[4]) : 0;
  frame();
  input_.down[which] = true;
  frame();
  input_.down[which] = false;
  frame();
}

bool SimulatedUser::run_gesture(const ScriptLine& line) {
  const std::string& what = line.what();
  if (what == "key" || what == "type" || what == "move" || what == "click" || what == "drag" ||
      what == "wheel")
    line.need(1);
  if (what == "key") {
    for (std::size_t i = 1; i < line.size(); ++i) press(line[i]);
  } else if (what == "type") {
    input_.text = line.rest(1);
    frame();
  } else if (what == "move") {
    point(line[1], line.number(2, 0.5), line.number(3, 0.5));
    frame();
  } else if (what == "click") {
    click(line);
  } else if (what == "drag") {
    drag(line);
  } else if (what == "wheel") {
    point(line[1], 0.5, 0.5);
    frame();
    input_.wheel = static_cast<float>(line.number(2, 1));
    frame();
  } else {
    return false;
  }
  settle();
  return true;
}

bool SimulatedUser::run_event(const ScriptLine& line) {
  const std::string& what = line.what();
  if (what == "mouse") {
    input_.x = static_cast<float>(line.number(1));
    input_.y = static_cast<float>(line.number(2));
  } else if (what == "down" || what == "up") {
    input_.down[button(line.size() > 1 ? line[1] : "left")] = what == "down";
  } else if (what == "scroll") {
    input_.wheel = static_cast<float>(line.number(1));
  } else if (what == "hold") {
    input_.keys.insert(key_number(line));
  } else if (what == "release") {
    input_.keys.erase(key_number(line));
  } else if (what == "modifiers") {
    input_.ctrl = line.number(1) != 0;
    input_.shift = line.number(2) != 0;
  } else if (what == "chars") {
    const auto text = line.json(1);
    if (!text.is_string()) throw ConfigError(cat("'", line.rest(1), "' is no JSON string"));
    input_.text = text.get<std::string>();
  } else if (what == "frame") {
    frame();
  } else {
    return false;
  }
  return true;
}

void SimulatedUser::play_random(std::int64_t events, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  const auto below = [&](std::uint64_t n) { return random() % n; };
  const auto unit = [&] { return static_cast<double>(below(10001)) / 10000; };
  const auto [width, height] = window_.size();
  const std::string keys = "abcdefghijklmnopqrstuvwxyz0123456789?+-[]. ";
  const char* named[] = {"Left", "Right",  "Up",       "Down", "Escape", "Enter",
                         "Tab",  "PageUp", "PageDown", "Home", "End",    "Delete"};
  for (std::int64_t event = 0; event < events; ++event) {
    // Mostly at something, sometimes anywhere.
    const auto& boxes = application_.context().tags.boxes();
    if (!boxes.empty() && below(4)) {
      const auto box = std::next(boxes.begin(), static_cast<std::ptrdiff_t>(below(boxes.size())));
      point(box->first, unit(), unit());
    } else {
      input_.x = static_cast<float>(unit() * width);
      input_.y = static_cast<float>(unit() * height);
    }
    switch (below(8)) {
      case 0:
        input_.down.fill(false);
        break;
      case 1:
      case 2:
        input_.down[below(3)] ^= true;
        break;
      case 3:
        input_.wheel = static_cast<float>(below(7)) - 3;
        break;
      case 4:
        input_.text = std::string(1, keys[below(keys.size())]);
        break;
      case 5:
        input_.keys = {key_code(named[below(std::size(named))])};
        break;
      case 6:
        input_.shift = below(4) == 0;
        break;
      default:
        input_.down[0] ^= true;
        break;
    }
    frame();
    input_.keys.clear();
    application_.stay();
  }
  input_ = {};
  settle();
}

}  // namespace scaffold::viewer

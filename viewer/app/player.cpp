#include "app/player.hpp"

#include <chrono>
#include <iostream>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "scene/compare.hpp"
#include "scene/image_file.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* button_names[] = {"left", "right", "middle"};
constexpr int drag_frames = 6;
constexpr int frames_until_still = 30;                        // a wheel's zoom counts as moving for less
constexpr std::uint64_t max_bytes = std::uint64_t{16} << 20;  // of a script
constexpr std::chrono::minutes patience{2};

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  for (const char c : line.substr(0, line.find('#')) + " ") {
    if (c != ' ' && c != '\t' && c != '\r')
      word += c;
    else if (!word.empty())
      words.push_back(std::exchange(word, {}));
  }
  return words;
}

/// The words from number `from` on, as they stood.
std::string rest(const std::vector<std::string>& words, std::size_t from) {
  std::string text;
  for (std::size_t i = from; i < words.size(); ++i) text += (i > from ? " " : "") + words[i];
  return text;
}

void need(const std::vector<std::string>& words, std::size_t n) {
  if (words.size() < n + 1)
    throw ConfigError(cat("'", words[0], "' needs ", n, n == 1 ? " more word" : " more words"));
}

double number(const std::vector<std::string>& words, std::size_t i, double otherwise) {
  if (i >= words.size()) return otherwise;
  double value = 0;
  if (!parse_double(words[i], value)) throw ConfigError(cat("'", words[i], "' is no number"));
  return value;
}

/// The same for a word that has to be there.
double number(const std::vector<std::string>& words, std::size_t i) {
  need(words, i);
  return number(words, i, 0);
}

std::int64_t count(const std::vector<std::string>& words, std::size_t i, std::int64_t otherwise) {
  if (i >= words.size()) return otherwise;
  std::int64_t value = 0;
  if (!parse_int(words[i], value) || value < 0) throw ConfigError(cat("'", words[i], "' is no count"));
  return value;
}

int key_number(const std::vector<std::string>& words) {
  need(words, 1);
  return static_cast<int>(std::min<std::int64_t>(count(words, 1, 0), 511));
}

/// What `remember` kept under this name.
template <class Map>
const auto& remembered(const Map& map, const std::string& name) {
  const auto found = map.find(name);
  if (found == map.end()) throw ConfigError(cat("nothing was remembered as '", name, "'"));
  return found->second;
}

std::size_t button(const std::string& name) {
  for (std::size_t i = 0; i < std::size(button_names); ++i)
    if (name == button_names[i]) return i;
  throw ConfigError(cat("'", name, "' is no button: left, right or middle"));
}

nlohmann::json parse(const std::string& text) {
  try {
    return nlohmann::json::parse(text);
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(cat("'", text, "' is no JSON value"));
  }
}

}  // namespace

Player::Player(Window& window, Application& application, bool update)
    : window_(window), application_(application), update_(update) {}

void Player::frame() {
  signals::check();
  window_.frame([&] { application_.draw(); }, &input_);
  application_.open_waiting();
  input_.wheel = 0;
  input_.text.clear();
}

void Player::settle() {
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

Panel& Player::panel() {
  if (!application_.front()) throw ConfigError("nothing is open");
  return *application_.front();
}

void Player::play(const fs::path& script) {
  folder_ = fs::absolute(script).parent_path();
  settle();
  std::size_t line_number = 0;
  bool first = true;
  for (const auto& line : split(read_text(script, max_bytes), '\n')) {
    ++line_number;
    const Words words = words_of(line);
    if (words.empty()) continue;
    try {
      if (words[0] != "size")
        run(words);
      else if (!first)
        throw ConfigError("'size' is the first word of a script");
      first = false;
    } catch (const std::exception& error) {
      throw ConfigError(cat(script.string(), ":", line_number, ": ", error.what()));
    }
  }
}

void Player::run(const Words& words) {
  const std::string& what = words[0];
  if (what == "open") {
    need(words, 1);
    if (!application_.open(rest(words, 1))) throw DataError(application_.messages().back());
    settle();
  } else if (what == "attach") {
    need(words, 1);
    if (!application_.attach({{rest(words, 1), {}, {}}})) throw DataError(application_.messages().back());
    settle();
  } else if (what == "wait-for") {
    need(words, 2);
    wait_for(words[1], parse(rest(words, 2)));
  } else if (what == "stamp") {
    need(words, 1);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::cout << words[1] << " " << fixed(std::chrono::duration<double>(now).count(), 3);
    if (words.size() > 2) std::cout << " " << value(words[2]).dump();
    std::cout << std::endl;  // at once: whoever started us waits for it
  } else if (what == "set") {
    need(words, 1);
    const auto state = parse(rest(words, 1));
    if (!state.is_object()) throw ConfigError(cat("'", rest(words, 1), "' is no JSON object"));
    panel().set(state);
    settle();
  } else if (what == "theme") {
    need(words, 1);
    if (words[1] != "dark" && words[1] != "light") throw ConfigError("a theme is dark or light");
    application_.set_dark(words[1] == "dark");
    settle();
  } else if (what == "tab") {
    need(words, 1);
    const auto tab = static_cast<std::size_t>(count(words, 1, 0));
    if (tab >= application_.panels().size()) throw ConfigError(cat("there is no tab ", tab));
    application_.bring_to_front(tab);
    settle();
  } else if (what == "frames") {
    for (std::int64_t i = 0, n = count(words, 1, 1); i < n; ++i) frame();
  } else if (what == "wait") {
    settle();
  } else if (what == "picture") {
    need(words, 1);
    settle();
    write_png(window_.picture(), rest(words, 1));
  } else if (what == "random") {
    play_random(count(words, 1, 1000), static_cast<std::uint64_t>(count(words, 2, 1)));
  } else if (!run_input(words) && !run_expectation(words) && !run_raw(words)) {
    throw ConfigError(cat("'", what, "' is no word of a script"));
  }
}

/// Draws until the state says so: of what comes from another process.
void Player::wait_for(const std::string& pointer, const nlohmann::json& expected) {
  const auto begun = std::chrono::steady_clock::now();
  while (true) {
    frame();
    const auto state = panel().state();
    const nlohmann::json::json_pointer at(pointer);
    const auto found = state.contains(at) ? state.at(at) : nlohmann::json();
    if (found == expected || (found.is_number() && expected.is_number() && found > expected)) return;
    if (std::chrono::steady_clock::now() - begun > patience)
      throw ConfigError(cat(pointer, " is ", found.dump(), " after two minutes, not ", expected.dump()));
    window_.wait(0.02);
  }
}

void Player::point(const std::string& tag, double x, double y) {
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

void Player::press(const std::string& key) {
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

void Player::drag(const Words& words) {
  const std::size_t which = words.size() > 6 ? button(words[6]) : 0;
  const double x0 = number(words, 2, 0.5), y0 = number(words, 3, 0.5), x1 = number(words, 4, 0.6),
               y1 = number(words, 5, 0.5);
  point(words[1], x0, y0);
  frame();
  input_.down[which] = true;
  frame();
  for (int i = 1; i <= drag_frames; ++i) {
    const double share = static_cast<double>(i) / drag_frames;
    point(words[1], x0 + share * (x1 - x0), y0 + share * (y1 - y0));
    frame();
  }
  input_.down[which] = false;
  frame();
}

bool Player::run_input(const Words& words) {
  const std::string& what = words[0];
  if (what == "key" || what == "type" || what == "move" || what == "click" || what == "drag" ||
      what == "wheel")
    need(words, 1);
  if (what == "key") {
    for (std::size_t i = 1; i < words.size(); ++i) press(words[i]);
  } else if (what == "type") {
    input_.text = rest(words, 1);
    frame();
  } else if (what == "move") {
    point(words[1], number(words, 2, 0.5), number(words, 3, 0.5));
    frame();
  } else if (what == "click") {
    point(words[1], number(words, 2, 0.5), number(words, 3, 0.5));
    const std::size_t which = words.size() > 4 ? button(words[4]) : 0;
    frame();
    input_.down[which] = true;
    frame();
    input_.down[which] = false;
    frame();
  } else if (what == "drag") {
    drag(words);
  } else if (what == "wheel") {
    point(words[1], 0.5, 0.5);
    frame();
    input_.wheel = static_cast<float>(number(words, 2, 1));
    frame();
  } else {
    return false;
  }
  settle();
  return true;
}

nlohmann::json Player::value(const std::string& pointer) {
  const auto state = panel().state();
  try {
    const nlohmann::json::json_pointer at(pointer);
    if (!state.contains(at)) throw ConfigError(cat("the panel's state has no ", pointer, ": ", state.dump()));
    return state.at(at);
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(cat("'", pointer, "' is no JSON pointer, as /volume or /is/step"));
  }
}

void Player::compare(const std::string& name, double bound) {
  settle();
  const fs::path path = folder_ / name;
  const Image now = block_means(window_.picture());
  if (update_) return write_png(now, path);
  const double differs = difference(now, read_png(path));
  if (differs <= bound) return;
  const fs::path seen = fs::path(name).filename().string() + ".seen.png";
  write_png(window_.picture(), seen);
  throw ConfigError(cat("the picture differs from '", path.string(), "' in ", fixed(100 * differs, 2),
                        " % of its blocks, ", fixed(100 * bound, 2), " % are allowed; it is in '",
                        fs::absolute(seen).string(), "'"));
}

bool Player::run_expectation(const Words& words) {
  const std::string& what = words[0];
  const std::string name = words.size() > 1 ? words[1] : "";
  if (what == "expect" || what == "expect-near") need(words, what == "expect" ? 2 : 3);
  if (what == "remember" || what == "baseline" || what == "expect-tabs" || what == "expect-message" ||
      what == "expect-changed" || what == "expect-same")
    need(words, 1);
  if (what == "expect") {
    const auto found = value(name), expected = parse(rest(words, 2));
    if (found != expected) throw ConfigError(cat(name, " is ", found.dump(), ", not ", expected.dump()));
  } else if (what == "expect-near") {
    const auto found = value(name);
    if (!found.is_number() || !(std::abs(found.get<double>() - number(words, 2)) <= number(words, 3)))
      throw ConfigError(cat(name, " is ", found.dump(), ", not ", rest(words, 2)));
  } else if (what == "remember") {
    if (words.size() > 2)
      values_[name] = value(words[2]);
    else
      pictures_[name] = window_.picture();
  } else if (what == "expect-changed" || what == "expect-same") {
    const bool should = what == "expect-changed";
    if (words.size() > 2 ? (remembered(values_, name) != value(words[2])) != should
                         : (difference(block_means(remembered(pictures_, name)),
                                       block_means(window_.picture())) > 0.002) != should)
      throw ConfigError(cat(words.size() > 2 ? words[2] : "the picture",
                            should ? " has not changed" : " has changed", " since '", name, "'"));
  } else if (what == "expect-message") {
    const std::string part = rest(words, 1);
    for (const auto& message : application_.messages())
      if (message.find(part) != std::string::npos) return true;
    throw ConfigError(
        cat("no message says '", part, "'; messages: ", nlohmann::json(application_.messages()).dump()));
  } else if (what == "expect-tabs") {
    if (application_.panels().size() != static_cast<std::size_t>(count(words, 1, 0)))
      throw ConfigError(cat("there are ", application_.panels().size(), " tabs"));
  } else if (what == "baseline") {
    compare(name, number(words, 2, 0.01));
  } else {
    return false;
  }
  return true;
}

bool Player::run_raw(const Words& words) {
  const std::string& what = words[0];
  if (what == "mouse") {
    input_.x = static_cast<float>(number(words, 1));
    input_.y = static_cast<float>(number(words, 2));
  } else if (what == "down" || what == "up") {
    input_.down[button(words.size() > 1 ? words[1] : "left")] = what == "down";
  } else if (what == "scroll") {
    input_.wheel = static_cast<float>(number(words, 1));
  } else if (what == "hold") {
    input_.keys.insert(key_number(words));
  } else if (what == "release") {
    input_.keys.erase(key_number(words));
  } else if (what == "modifiers") {
    input_.ctrl = number(words, 1) != 0;
    input_.shift = number(words, 2) != 0;
  } else if (what == "chars") {
    const auto text = parse(rest(words, 1));
    if (!text.is_string()) throw ConfigError(cat("'", rest(words, 1), "' is no JSON string"));
    input_.text = text.get<std::string>();
  } else if (what == "frame") {
    frame();
  } else {
    return false;
  }
  return true;
}

void Player::play_random(std::int64_t events, std::uint64_t seed) {
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

ScriptSize size_of_script(const fs::path& script) {
  std::size_t line_number = 0;
  for (const auto& line : split(read_text(script, max_bytes), '\n')) {
    ++line_number;
    const auto words = words_of(line);
    if (words.empty()) continue;
    if (words[0] != "size") return {};
    return {rest(words, 1), cat(script.string(), ":", line_number)};
  }
  return {};
}

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
    if (input.down[i] != last_.down[i]) out_ << (input.down[i] ? "down " : "up ") << button_names[i] << "\n";
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

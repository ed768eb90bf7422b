#include "app/player.hpp"

#include <chrono>
#include <iostream>

#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/image_file.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::uint64_t max_bytes = std::uint64_t{16} << 20;  // of a script

}  // namespace

Player::Player(Window& window, Application& application, bool update)
    : window_(window),
      application_(application),
      user_(window, application),
      expectations_(window, application, user_, update) {}

void Player::play(const fs::path& script) {
  expectations_.set_folder(fs::absolute(script).parent_path());
  user_.settle();
  std::size_t line_number = 0;
  bool first = true;
  for (const auto& text : split(read_text(script, max_bytes), '\n')) {
    ++line_number;
    const ScriptLine line(text);
    if (line.empty()) continue;
    try {
      if (line.what() != "size")
        run(line);
      else if (!first)
        throw ConfigError("'size' is the first word of a script");
      first = false;
    } catch (const std::exception& error) {
      throw ConfigError(cat(script.string(), ":", line_number, ": ", error.what()));
    }
  }
}

void Player::run(const ScriptLine& line) {
  const std::string& what = line.what();
  if (what == "open") {
    line.need(1);
    if (!application_.open(line.rest(1))) throw DataError(application_.messages().back());
    user_.settle();
  } else if (what == "attach") {
    line.need(1);
    if (!application_.attach({{line.rest(1), {}, {}}})) throw DataError(application_.messages().back());
    user_.settle();
  } else if (what == "stamp") {
    line.need(1);
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    std::cout << line[1] << " " << fixed(std::chrono::duration<double>(now).count(), 3);
    if (line.size() > 2) std::cout << " " << expectations_.value(line[2]).dump();
    std::cout << std::endl;  // at once: whoever started us waits for it
  } else if (what == "set") {
    line.need(1);
    const auto state = line.json(1);
    if (!state.is_object()) throw ConfigError(cat("'", line.rest(1), "' is no JSON object"));
    expectations_.panel().set(state);
    user_.settle();
  } else if (what == "theme") {
    line.need(1);
    if (line[1] != "dark" && line[1] != "light") throw ConfigError("a theme is dark or light");
    application_.set_dark(line[1] == "dark");
    user_.settle();
  } else if (what == "tab") {
    line.need(1);
    const auto tab = static_cast<std::size_t>(line.count(1, 0));
    if (tab >= application_.panels().size()) throw ConfigError(cat("there is no tab ", tab));
    application_.bring_to_front(tab);
    user_.settle();
  } else if (what == "frames") {
    for (std::int64_t i = 0, n = line.count(1, 1); i < n; ++i) user_.frame();
  } else if (what == "wait") {
    user_.settle();
  } else if (what == "picture") {
    line.need(1);
    user_.settle();
    write_png(window_.picture(), line.rest(1));
  } else if (what == "random") {
    user_.play_random(line.count(1, 1000), static_cast<std::uint64_t>(line.count(2, 1)));
  } else if (!user_.run(line) && !expectations_.run(line)) {
    throw ConfigError(cat("'", what, "' is no word of a script"));
  }
}

ScriptSize size_of_script(const fs::path& script) {
  std::size_t line_number = 0;
  for (const auto& text : split(read_text(script, max_bytes), '\n')) {
    ++line_number;
    const ScriptLine line(text);
    if (line.empty()) continue;
    if (line.what() != "size") return {};
    return {line.rest(1), cat(script.string(), ":", line_number)};
  }
  return {};
}

}  // namespace scaffold::viewer

// One thing that is open, in a tab of its own.
#pragma once
#include <array>
#include <nlohmann/json.hpp>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "ui/context.hpp"
#include "ui/shortcuts.hpp"

namespace scaffold::viewer {

class View;

/// A constructor that cannot read its files throws DataError; the application shows it. What turns out
/// unreadable later the panel shows in its own place; draw() may throw scaffold::Error too, which becomes a
/// message.
class Panel {
 public:
  virtual ~Panel() = default;

  /// "library", "dataset", "checkpoint", "prediction" or "run".
  virtual std::string kind() const = 0;
  virtual fs::path path() const = 0;
  /// On the tab: short.
  virtual std::string title() const = 0;
  /// Into the current ImGui window, as large as its content region.
  virtual void draw() = 0;
  /// Keys while this panel is in front.
  virtual std::vector<Shortcut> shortcuts() { return {}; }
  /// What dragging does now, and other things to do with the mouse; empty where it only clicks.
  virtual const char* mouse_help() const {
    return "turn; with Shift or another button: shift; wheel: nearer";
  }
  /// Work goes on in the background: draw again soon.
  virtual bool busy() const { return false; }
  /// Something moves by itself: draw again at once.
  virtual bool animating() const { return false; }

  /// What the user has chosen, an object of plain values: kept in sessions, asserted on by scripts, and set
  /// by the command line. May hold more (what was found) under "is".
  virtual nlohmann::json state() const = 0;
  /// The reverse for the keys present; a value that does not fit is ConfigError. "is" is ignored.
  virtual void restore(const nlohmann::json& state) = 0;
  /// restore() of what somebody typed: ConfigError for a key that means nothing here, too. (A saved state may
  /// hold keys of another version.)
  void set(const nlohmann::json& typed);
  virtual void theme_changed() {}

  /// What `--render` draws when no window is asked for.
  virtual View& main_view() = 0;

 private:
  /// What restore() takes besides the keys that state() always holds.
  virtual std::vector<std::string> other_keys() const { return {}; }
};

/// state[key] into `value` when it is there; ConfigError when its type does not fit.
template <class T>
void take(const nlohmann::json& state, const char* key, T& value);
/// Which of `names` state[key] is; `otherwise` when it is not there; ConfigError when it is none of them.
template <std::size_t n>
std::size_t take_name(const nlohmann::json& state, const char* key, const char* const (&names)[n],
                      std::size_t otherwise);

}  // namespace scaffold::viewer

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
/// Whole numbers, and lists of them.
template <class T>
inline constexpr bool is_whole = std::is_integral_v<T>;
template <class T, std::size_t n>
inline constexpr bool is_whole<std::array<T, n>> = is_whole<T>;
}  // namespace scaffold::viewer

template <class T>
void scaffold::viewer::take(const nlohmann::json& state, const char* key, T& value) {
  const auto found = state.find(key);
  if (found == state.end()) return;
  try {
    T taken = found->template get<T>();
    // The library cuts 1.5 to 1, and makes of 1e40 what the machine does.
    if constexpr (is_whole<T>)
      if (nlohmann::json(taken) != *found) throw ConfigError(cat("'", key, "' cannot be ", found->dump()));
    value = std::move(taken);
  } catch (const nlohmann::json::exception&) {
    throw ConfigError(cat("'", key, "' cannot be ", found->dump()));
  }
}

template <std::size_t n>
std::size_t scaffold::viewer::take_name(const nlohmann::json& state, const char* key,
                                        const char* const (&names)[n], std::size_t otherwise) {
  std::string text = names[otherwise];
  take(state, key, text);
  for (std::size_t i = 0; i < n; ++i)
    if (text == names[i]) return i;
  std::string all;
  for (const char* name : names) all += cat(all.empty() ? "" : ", ", name);
  throw ConfigError(cat("'", key, "' is one of ", all, ", not ", text));
}

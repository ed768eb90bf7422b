// One thing that is open, in a tab of its own.
#pragma once
#include <string>
#include <vector>

#include "core/files.hpp"
#include "panels/property.hpp"
#include "ui/context.hpp"
#include "ui/shortcuts.hpp"

namespace scaffold::monitor {
struct Target;
}

namespace scaffold::viewer {

class View;

/// A constructor that cannot read its files throws DataError; the application shows it. What turns out
/// unreadable later the panel shows in its own place; draw() may throw scaffold::Error too, which becomes a
/// message.
class Panel {
 public:
  virtual ~Panel() = default;

  /// One of panel_kinds() (panels/registry.hpp).
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
  /// One more run that goes on, over what is there. False when the panel takes none, or no more.
  virtual bool attach(const monitor::Target&) { return false; }

  /// What the user has chosen, an object of plain values: kept in sessions, asserted on by scripts, and set
  /// by the command line. What was found stands under "is".
  nlohmann::json state() const;
  /// The reverse for the keys present; a value that does not fit is ConfigError. "is" is ignored.
  void restore(const nlohmann::json& state) { properties().restore(state); }
  /// restore() of what somebody typed: ConfigError for a key that means nothing here, too. (A saved state may
  /// hold keys of another version.)
  void set(const nlohmann::json& typed);
  virtual void theme_changed() {}

  /// What `--render` draws when no window is asked for.
  virtual View& main_view() = 0;

 private:
  virtual const Properties& properties() const = 0;
  /// An object.
  virtual nlohmann::json found() const = 0;
};

}  // namespace scaffold::viewer

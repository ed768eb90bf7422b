// The terminal of `scaffold watch`: ncurses behind a handle, so that its macros stay in one source.
#pragma once
#include <memory>
#include <optional>

#include "headless/watch/glyphs.hpp"
#include "headless/watch/screen.hpp"

namespace scaffold::watch {

enum class Key {
  quit,
  help,
  left,
  right,
  up,
  down,
  next_volume,
  last_volume,
  next_epoch,
  last_epoch,
  latest,
  part,
  other
};

class Terminal {
 public:
  /// Takes the whole screen. ConfigError where standard input or output is no terminal, or one that is not
  /// known. Signals wake it.
  Terminal();
  /// Gives the screen back as it was.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  int columns() const;
  int rows() const;
  bool colors() const;
  /// What can be shown; show() does with the rest what comes nearest.
  Glyphs glyphs() const;
  void show(const Screen& screen);
  /// Waits for a key, for wake(), a new size or at most so long; nothing when there is no key.
  std::optional<Key> wait(int milliseconds);
  /// From any thread.
  void wake() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// ConfigError unless standard input and output are a terminal.
void need_terminal();

}  // namespace scaffold::watch

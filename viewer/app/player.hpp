// Plays a script: what a user does, and what is expected of it.
//
// A script is lines of words (docs/viewer.md lists them); '#' begins a comment. Paths are relative to the
// folder that the program was started in, baselines to the script's.
#pragma once
#include "app/expectations.hpp"

namespace scaffold::viewer {

class Player {
 public:
  /// With `update`, baselines are written instead of compared.
  Player(Window& window, Application& application, bool update = false);

  /// ConfigError naming file and line for a word that is none and for an expectation that does not hold.
  void play(const fs::path& script);

 private:
  void run(const ScriptLine& line);

  Window& window_;
  Application& application_;
  SimulatedUser user_;
  Expectations expectations_;
};

/// Size that a script asks for ("size 800x600" as its first words), and file and line; or nothing.
struct ScriptSize {
  std::string text, where;
};
ScriptSize size_of_script(const fs::path& script);

}  // namespace scaffold::viewer

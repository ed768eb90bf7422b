// Plays a user: from a script, at random; and writes down what a real one did.
//
// A script is lines of words (docs/viewer.md lists them); '#' begins a comment. Paths are relative to the
// folder that the program was started in, baselines to the script's.
#pragma once
#include <fstream>
#include <map>
#include <random>

#include "app/application.hpp"

namespace scaffold::viewer {

class Player {
 public:
  /// With `update`, baselines are written instead of compared.
  Player(Window& window, Application& application, bool update = false);

  /// ConfigError naming file and line for a word that is none and for an expectation that does not hold.
  void play(const fs::path& script);
  /// `events` random clicks, drags, keys and turns of the wheel.
  void play_random(std::int64_t events, std::uint64_t seed);
  void frame();
  /// Until no panel works in the background and nothing moves after the wheel, at least three frames;
  /// SystemError after two minutes.
  void settle();

 private:
  using Words = std::vector<std::string>;
  void run(const Words& words);
  bool run_input(const Words& words);
  bool run_expectation(const Words& words);
  bool run_raw(const Words& words);
  void press(const std::string& key);
  void wait_for(const std::string& pointer, const nlohmann::json& expected);
  void point(const std::string& tag, double x, double y);
  void drag(const Words& words);
  void compare(const std::string& name, double bound);
  nlohmann::json value(const std::string& pointer);
  Panel& panel();

  Window& window_;
  Application& application_;
  bool update_;
  Input input_;
  fs::path folder_;
  std::map<std::string, Image> pictures_;
  std::map<std::string, nlohmann::json> values_;
};

/// Size that a script asks for ("size 800x600" as its first words), and file and line; or nothing.
struct ScriptSize {
  std::string text, where;
};
ScriptSize size_of_script(const fs::path& script);

/// Writes a user's input as a script, frame by frame.
class Recorder {
 public:
  Recorder(const fs::path& file, std::pair<int, int> size);
  void add(const Input& input);

 private:
  std::ofstream out_;
  Input last_;
};

}  // namespace scaffold::viewer

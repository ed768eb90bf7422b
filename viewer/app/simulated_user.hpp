// Mouse and keyboard of somebody who follows a script, or does anything at random.
#pragma once
#include <chrono>

#include "app/application.hpp"
#include "app/script_line.hpp"

namespace scaffold::viewer {

class SimulatedUser {
 public:
  static constexpr std::chrono::minutes patience{2};  ///< with what does not come to an end

  SimulatedUser(Window& window, Application& application) : window_(window), application_(application) {}

  void frame();
  /// Until no panel works in the background and nothing moves after the wheel, at least three frames;
  /// SystemError after two minutes.
  void settle();
  /// Whether the line's word is one of input. ConfigError where it cannot be done.
  bool run(const ScriptLine& line) { return run_gesture(line) || run_event(line); }
  /// `events` random clicks, drags, keys and turns of the wheel.
  void play_random(std::int64_t events, std::uint64_t seed);

 private:
  /// What somebody does, and what comes of it.
  bool run_gesture(const ScriptLine& line);
  /// As Recorder writes it.
  bool run_event(const ScriptLine& line);
  void point(const std::string& tag, double x, double y);
  void press(const std::string& key);
  void click(const ScriptLine& line);
  void drag(const ScriptLine& line);

  Window& window_;
  Application& application_;
  Input input_;
};

}  // namespace scaffold::viewer

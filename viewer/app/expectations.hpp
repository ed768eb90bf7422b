// What a script expects to be seen: of the state of the panel in front, of messages and of the picture.
#pragma once
#include <map>

#include "app/simulated_user.hpp"

namespace scaffold::viewer {

class Expectations {
 public:
  /// With `update`, baselines are written instead of compared.
  Expectations(Window& window, Application& application, SimulatedUser& user, bool update)
      : window_(window), application_(application), user_(user), update_(update) {}
  /// Where the script's baselines are.
  void set_folder(const fs::path& folder) { folder_ = folder; }

  /// Whether the line's word is one of expectations. ConfigError when it does not hold.
  bool run(const ScriptLine& line);
  /// Of the panel in front, by JSON pointer.
  nlohmann::json value(const std::string& pointer) const;
  /// ConfigError when nothing is open.
  Panel& panel() const;

 private:
  bool run_on_state(const ScriptLine& line);
  bool run_on_picture(const ScriptLine& line);
  void remember(const ScriptLine& line);
  void compare_with_remembered(const ScriptLine& line, bool should_differ) const;
  void wait_for(const std::string& pointer, const nlohmann::json& expected);
  void compare(const std::string& name, double bound);

  Window& window_;
  Application& application_;
  SimulatedUser& user_;
  bool update_;
  fs::path folder_;
  std::map<std::string, Image> pictures_;
  std::map<std::string, nlohmann::json> values_;
};

}  // namespace scaffold::viewer

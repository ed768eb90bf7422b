// What the program can be asked for, beside a window to work in.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "sources/live_source.hpp"

namespace scaffold::viewer {

struct Arguments {
  std::vector<std::string> paths;
  std::vector<std::string> attach, keys;  ///< runs that go on; a key for each endpoint among them
  std::string login;                      ///< to reach their folders by ssh
  std::string render, gallery, script, record, panel, size;
  int turntable = 0;
  bool bench = false, update_baselines = false, fresh = false;
  std::vector<int> bench_edges{64, 128, 256, 512};
  std::string bench_json;
  std::uint64_t memory_budget_mib = 512;
  std::string theme;
  nlohmann::json state = nlohmann::json::object();  ///< of the panel in front
};

/// One picture, or `turntable` of them around the vertical axis.
void render(const Arguments& arguments);
/// A whole library on one sheet; needs no display.
void draw_gallery(const Arguments& arguments);
void play_script(const Arguments& arguments);
/// Frame times and memory per representation and size: a table, and JSON on request.
void bench(const Arguments& arguments);
/// A window, with what was open when it was closed last.
void interact(const Arguments& arguments);

}  // namespace scaffold::viewer

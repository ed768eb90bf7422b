// `scaffold watch`: follows a run in a terminal, or for scripts.
#pragma once
#include <filesystem>
#include <string>

namespace scaffold {

struct WatchArguments {
  std::string target;         ///< run folder or endpoint
  std::filesystem::path key;  ///< monitor.json
  std::string endpoint;
  bool once = false, json = false;
};

/// The exit code; docs/cli.md says which.
int run_watch(const WatchArguments& arguments);

}  // namespace scaffold

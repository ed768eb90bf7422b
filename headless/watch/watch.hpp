// `scaffold watch`: follows a run in a terminal, or for scripts.
#pragma once
#include "monitor/target.hpp"

namespace scaffold {

struct WatchArguments {
  monitor::Target target;
  bool once = false, json = false;
};

/// The exit code; docs/cli.md says which.
int run_watch(const WatchArguments& arguments);

}  // namespace scaffold

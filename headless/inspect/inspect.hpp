// scaffold inspect: its command line (headless/inspect/options.cpp) and its work (headless/inspect/run.cpp).
#pragma once
#include <string>

namespace scaffold {

struct InspectArguments {
  std::string path;
  bool verify = false;
};

/// Returns the exit code and throws on errors.
int run_inspect(const InspectArguments& arguments);

}  // namespace scaffold

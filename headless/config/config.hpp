// scaffold config: the merged configuration and where each value came from.
#pragma once
#include <functional>

namespace CLI {
class App;
}

namespace scaffold {

/// Creates the subcommand; when it is chosen, `action` becomes the work to run, which returns the exit code.
void register_config(CLI::App& app, std::function<int()>& action);

}  // namespace scaffold

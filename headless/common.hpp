// What several commands share.
#pragma once
#include <functional>

#include "config/command_line.hpp"

namespace CLI {
class App;
}

namespace scaffold {

/// A subcommand's work: returns the exit code, throws on errors.
using Action = std::function<int()>;

}  // namespace scaffold

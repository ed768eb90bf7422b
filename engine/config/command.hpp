// A command of the program: what its options leave to be done.
#pragma once
#include <functional>

#include "config/command_line.hpp"

namespace scaffold {

/// A subcommand's work: returns the exit code, throws on errors.
using Action = std::function<int()>;

/// Thrown in place of a command's work by the program without LibTorch: main() then starts the program that
/// has it, with the same command line.
struct NeedsTorch {};

}  // namespace scaffold

// What several commands share: from configuration to the engine's own specifications.
#pragma once
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/config.hpp"
#include "dataset/spec.hpp"
#include "fractal/library.hpp"

namespace CLI {
class App;
}

namespace scaffold {

/// -c FILE … and one option a key, as given on the command line.
struct ConfigArguments {
  std::vector<std::filesystem::path> files;
  std::vector<Override> overrides;
};

/// A subcommand's work: returns the exit code, throws on errors.
using Action = std::function<int()>;

LibrarySpec library_spec(const Config& config);
DatasetSpec dataset_spec(const Config& config);
int threads(const Config& config);
/// bin/scaffold of this build, whichever of its two programs runs.
std::filesystem::path program_path();

}  // namespace scaffold

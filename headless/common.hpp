// What several commands share: from configuration to the engine's own specifications.
#pragma once
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "config/command_line.hpp"
#include "config/config.hpp"
#include "dataset/plan.hpp"
#include "dataset/spec.hpp"
#include "fractal/library.hpp"

namespace CLI {
class App;
}

namespace scaffold {

class World;

/// -c FILE … and one option a key, as given on the command line.
struct ConfigArguments {
  std::vector<std::filesystem::path> files;
  std::vector<Override> overrides;
};

/// A subcommand's work: returns the exit code, throws on errors.
using Action = std::function<int()>;

LibrarySpec library_spec(const Config& config);
DatasetSpec dataset_spec(const Config& config);
/// Which fractals its volumes hold, and which volumes validate.
Plan dataset_plan(const Config& config);
/// num_threads, or the cores that this rank may use (all of the process's in a single process).
int threads(const Config& config, int cores = 0);
/// Searches the configured library on all ranks, `cores` threads each, and returns its folder; `force` starts
/// over instead of filling holes. What one rank throws every rank throws. Collective.
std::filesystem::path search_library(const Config& config, int cores, bool force, World& world);
/// bin/scaffold of this build, whichever of its two programs runs.
std::filesystem::path program_path();

/// Runs a command on every rank of a job, or in one process without a launcher. An error that reaches here
/// must be every rank's (together): rank 0 throws it on, the others end with its exit code and say nothing.
int on_all_ranks(const std::function<int(World& world)>& body);

/// What to tell people about an error, and the exit code that goes with it.
std::pair<std::string, int> describe_error(std::exception_ptr error);

}  // namespace scaffold

// The configuration on the command line: -c FILE and one long option a key.
#pragma once
#include <filesystem>
#include <vector>

#include "config/config.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace scaffold {

/// -c FILE … and one option a key, as given on the command line.
struct ConfigArguments {
  std::vector<std::filesystem::path> files;
  std::vector<Override> overrides;
};

/// Adds -c,--config (repeatable, one file each) and, once `app` is the one that is parsed, a long option for
/// every key, grouped in --help. Values stay text: merge_config parses them exactly as YAML scalars. `files`
/// and `overrides` are filled during parsing and must outlive it. Parsing throws ConfigError for an option
/// given twice or followed by another option instead of its value.
void add_config_options(CLI::App& app, std::vector<std::filesystem::path>& files,
                        std::vector<Override>& overrides);

/// For every option that names a file or folder and is no key: it reads its path as the keys do
/// (expand_path), and parsing throws ConfigError naming the option. Returns it.
CLI::Option* as_path(CLI::Option* option);
/// The same for one that only what else was given makes a path of this machine.
std::string path_of_option(const std::string& option, const std::string& text);

}  // namespace scaffold

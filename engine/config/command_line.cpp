#include "config/command_line.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <set>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

namespace {

// CLI11 gives an option the word after it whatever that is; "--job-name --seed" is a forgotten value.
void refuse_option_as_value(const std::string& key, const std::string& flag,
                            const std::vector<std::string>& words) {
  for (const auto& word : words)
    if (word.size() > 2 && word.substr(0, 2) == "--")
      throw ConfigError(cat("command line: ", key, " (", flag, ") needs a value, but '", word, "' follows"));
}

const char* type_label(const std::string& type) {
  if (type == "integer") return "INT";
  if (type == "number") return "NUM";
  if (type == "toggle") return "0|1";
  return type == "text" ? "TEXT" : "INT INT INT";
}

void add_key(CLI::App& app, const OptionInfo& info, std::vector<Override>& overrides) {
  std::string names = info.flag, small = info.flag;
  std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return std::tolower(c); });
  if (small != names) names += "," + small;
  const int words = info.type == "3 integers" ? 3 : 1;
  const auto take = [&overrides, info, words](const CLI::results_t& results) {
    refuse_option_as_value(info.name, info.flag, results);
    if (results.size() > static_cast<std::size_t>(words))
      throw ConfigError(cat("command line: ", info.flag, " is given twice; keep one"));
    overrides.push_back({info.name, results});
    return true;
  };
  auto* option = app.add_option(
      names, take, cat(info.help, " Default: ", info.default_value, ". Allowed: ", info.allowed, "."));
  if (words > 1) option->delimiter(',');  // "2,1,1" as well as "2 1 1"
  option->type_size(words)
      ->type_name(type_label(info.type))
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->group(info.group);
}

}  // namespace

void add_config_options(CLI::App& app, std::vector<std::filesystem::path>& files,
                        std::vector<Override>& overrides) {
  const auto take_files = [&files](const CLI::results_t& results) {
    refuse_option_as_value("config", "-c", results);
    files.clear();
    for (const auto& file : results) files.emplace_back(path_of_option("-c", file));
    return true;
  };
  app.add_option("-c,--config", take_files,
                 "Configuration file in YAML; repeat it to merge several, the last wins.")
      ->type_size(1)
      ->type_name("FILE")
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  // The keys of the one command that is called: eight commands have them all.
  app.preparse_callback([&app, &overrides](std::size_t) {
    std::set<std::string> known;
    std::vector<std::string> workloads = workload_names();
    if (workloads.empty()) workloads.emplace_back();
    for (const auto& workload : workloads)
      for (const auto& info : options(workload))
        if (known.insert(info.name).second) add_key(app, info, overrides);
  });
}

std::string path_of_option(const std::string& option, const std::string& text) {
  try {
    return expand_path(text);
  } catch (const ConfigError& error) {
    throw ConfigError(cat("command line: ", option, ": ", error.what()));
  }
}

CLI::Option* as_path(CLI::Option* option) {
  return option->transform(
      [option](const std::string& text) { return path_of_option(option->get_name(), text); });
}

}  // namespace scaffold

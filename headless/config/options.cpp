#include "headless/commands.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <iostream>
#include <memory>

#include "config/command_line.hpp"

namespace scaffold {

namespace {

struct Arguments {
  std::vector<std::filesystem::path> files;
  std::vector<Override> overrides;
  bool markdown = false;
};

void print_table(const std::vector<ConfigEntry>& all) {
  std::size_t key_width = 0, value_width = 0;
  for (const auto& entry : all) {
    key_width = std::max(key_width, entry.key.size());
    value_width = std::max(value_width, std::min<std::size_t>(entry.value.size(), 40));
  }
  const auto pad = [](std::string text, std::size_t width) {
    if (text.size() < width) text.resize(width, ' ');
    return text + "  ";
  };
  for (const auto& entry : all)
    std::cout << pad(entry.key, key_width) << pad(entry.value, value_width) << entry.origin << '\n';
}

int run(const Arguments& arguments) {
  if (arguments.markdown)
    std::cout << markdown_table();
  else
    print_table(entries(merge_config(arguments.files, arguments.overrides)));
  return 0;
}

}  // namespace

void register_config(CLI::App& app, std::function<int()>& action) {
  auto* command =
      app.add_subcommand("config", "Print the merged configuration and where each value came from.");
  command->footer("Example:\n  scaffold config -c configs/quickstart.yml --problem-scale 6");
  const auto arguments = std::make_shared<Arguments>();
  command->add_flag("--markdown", arguments->markdown,
                    "Print the table of all keys for the documentation and end.");
  add_config_options(*command, arguments->files, arguments->overrides);
  command->callback([&action, arguments] { action = [arguments] { return run(*arguments); }; });
}

}  // namespace scaffold

// What the config room's tests share.
#pragma once
#include <fstream>
#include <string>
#include <vector>
#include "catch.hpp"

#include "config/config.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "temporary_folder.hpp"

namespace config_test {

/// Merges texts as files a.yml, b.yml, … of a temporary folder; messages then name only "a.yml", not the
/// folder.
inline scaffold::MergedConfig merge(const std::vector<std::string>& texts,
                                    const std::vector<scaffold::Override>& overrides = {}) {
  TemporaryFolder folder;
  std::vector<std::filesystem::path> files;
  for (const auto& text : texts) {
    files.push_back(folder / (std::string(1, static_cast<char>('a' + files.size())) + ".yml"));
    std::ofstream(files.back(), std::ios::binary) << text;
  }
  return scaffold::merge_config(files, overrides);
}

/// The message of the ConfigError that `work` throws; "no error" when it throws none.
template <class Work>
std::string message_of(Work&& work) {
  try {
    work();
  } catch (const scaffold::ConfigError& error) {
    return error.what();
  }
  return "no error";
}

inline std::string yaml_error(const std::string& text) {
  return message_of([&] { scaffold::config_from_yaml_text(text, "f.yml"); });
}

}  // namespace config_test

#include "config/config.hpp"

#include "config/options.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"

namespace scaffold {

using namespace config_detail;

std::string describe(const Origin& origin) {
  switch (origin.kind) {
    case Origin::Kind::builtin:
      return "default";
    case Origin::Kind::file:
      return cat(origin.file, ":", origin.line);
    case Origin::Kind::command_line:
      break;
  }
  return "command line";
}

std::string config_detail::origin_of(const MergedConfig& merged, const std::string& key) {
  const auto found = merged.origins.find(key);
  return describe(found == merged.origins.end() ? Origin{} : found->second);
}

namespace {

MergedConfig defaults(const OptionTable& table) {
  MergedConfig merged;
  for (const auto& option : table) {
    option.set(merged.values, option.fallback);
    merged.origins[option.info.name] = {};
  }
  return merged;
}

std::string read_file(const std::filesystem::path& file) {
  try {
    return read_text(file, std::uint64_t{1} << 20);
  } catch (const Error& error) {
    throw ConfigError(cat("configuration file of -c: ", error.what()));
  }
}

/// The last one that is named counts, as for every key, and decides which keys there are.
std::string chosen_workload(const std::vector<std::string>& texts, const std::vector<Override>& overrides) {
  std::string chosen;
  for (const auto& text : texts)
    if (const auto named = named_workload(text); !named.empty()) chosen = named;
  for (const auto& [key, values] : overrides)
    if (key == "workload" && !values.empty()) chosen = values.front();
  return lower(chosen);
}

/// Whether both say the same: of a path, whether they name one place, however it is written.
bool same_setting(const Option& option, const Config& a, const Config& b) {
  const auto meaning = [&](const Config& config) {
    const Value value = option.get(config);
    if (!option.allowed.is_path) return value;
    const auto path = std::filesystem::path(std::get<option_type::Text>(value)).lexically_normal();
    return Value((path.has_filename() ? path : path.parent_path()).string());  // "a/" is "a"
  };
  return meaning(a) == meaning(b);
}

std::string yaml_lines(const MergedConfig& merged, bool only_overrides) {
  std::string text;
  for (const auto& option : option_table(merged.values.workload)) {
    const Value value = option.get(merged.values);
    if (only_overrides && value == option.fallback) continue;
    text += cat(option.info.name, ": ", to_yaml_scalar(option, merged.values), "  # ",
                origin_of(merged, option.info.name), "\n");
  }
  return text;
}

}  // namespace

MergedConfig merge_config(const std::vector<std::filesystem::path>& files,
                          const std::vector<Override>& overrides) {
  if (files.empty())
    throw ConfigError("no configuration: -c FILE is required, for example -c configs/quickstart.yml");
  std::vector<std::string> texts;
  texts.reserve(files.size());
  for (const auto& file : files) texts.push_back(read_file(file));
  const std::string workload = chosen_workload(texts, overrides);
  const OptionTable& table = option_table(workload);
  MergedConfig merged = defaults(table);
  merged.files = files;
  merged.overrides = overrides;
  for (std::size_t i = 0; i < files.size(); ++i)
    apply_yaml(merged, workload, texts[i], printable(files[i].string()), Paths::written);
  merged.texts = std::move(texts);
  const std::string where = describe({Origin::Kind::command_line});
  for (const auto& [key, values] : overrides) {
    const Option& option = find_option(table, key, where);
    Origin& origin = merged.origins[key];
    if (origin.kind == Origin::Kind::command_line)
      throw ConfigError(cat(where, ": ", option.info.flag, " is given twice; keep one"));
    if (values.empty()) refuse(option, "no value", where);
    set_option(merged.values, option, {values, values.size() > 1}, where);
    origin = {Origin::Kind::command_line};
  }
  validate(merged);
  return merged;
}

std::vector<ConfigEntry> entries(const MergedConfig& merged) {
  std::vector<ConfigEntry> all;
  for (const auto& option : option_table(merged.values.workload))
    all.push_back(
        {option.info.name, to_yaml_scalar(option, merged.values), origin_of(merged, option.info.name)});
  return all;
}

std::string to_yaml(const MergedConfig& merged) {
  return "# The merged configuration; behind each value, where it came from.\n" + yaml_lines(merged, false);
}

std::string overrides_yaml(const MergedConfig& merged) {
  return "# The values that differ from the built-in defaults.\n" + yaml_lines(merged, true);
}

Config config_from_yaml_text(std::string_view text, const std::string& name) {
  const std::string workload = chosen_workload({std::string(text)}, {});
  MergedConfig merged = defaults(option_table(workload));
  apply_yaml(merged, workload, text, printable(name), Paths::recorded);
  validate(merged);
  return merged.values;
}

std::string value_text(const Config& config, std::string_view key) {
  return to_yaml_scalar(find_option(option_table(config.workload), key, "configuration").get(config));
}

std::vector<std::string> differing_keys(const Config& a, const Config& b) {
  std::vector<std::string> keys;
  for (const auto& option : option_table(a.workload))
    if (!same_setting(option, a, b)) keys.push_back(option.info.name);
  return keys;
}

bool may_change_on_restart(std::string_view key, std::string_view workload) {
  for (const auto& option : option_table(workload))
    if (option.info.name == key) return option.may_change_on_restart;
  return false;
}

int threads(const Config& config, int cores) {
  if (config.num_threads > 0) return static_cast<int>(config.num_threads);
  return cores > 0 ? cores : available_threads();
}

}  // namespace scaffold

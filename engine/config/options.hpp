// Inside the config room: the option table as data, and the one parser that YAML scalars and command-line
// words share.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "config/declare.hpp"

namespace scaffold::config_detail {

using namespace declare;

using OptionTable = std::vector<Option>;
/// A run's own keys and those of a workload, by group; the first workload's where there is none of that name.
const OptionTable& option_table(std::string_view workload = "");
/// Rules of a workload; null: it has none.
const std::function<void(const MergedConfig&)>& workload_rules(std::string_view workload);
/// Whether a workload's configuration files hold this beside its keys.
bool is_recorded(std::string_view workload, const std::string& key);
/// The option of this name; throws ConfigError "WHERE: unknown key … did you mean …?".
const Option& find_option(const OptionTable& table, std::string_view key, const std::string& where);

/// What stands in a path: what people wrote, whose variables and ~ are expanded, or what a run recorded,
/// whose paths were expanded then and mean the same everywhere.
enum class Paths { written, recorded };
/// A value as it was written. A quoted scalar is text whatever it looks like.
struct Written {
  std::vector<std::string> words;
  bool is_list = false, quoted = false;
  Paths paths = Paths::written;
};
/// literal_path undone; what it never writes stays as it is.
std::string recorded_path(std::string_view text);
/// Sets the option; throws ConfigError "WHERE: KEY: got …; allowed: …" and leaves `config` as it was.
void set_option(Config& config, const Option& option, const Written& written, const std::string& where);
[[noreturn]] void refuse(const Option& option, const std::string& got, const std::string& where);

/// Description of a key's origin; a key without one has its default.
std::string origin_of(const MergedConfig& merged, const std::string& key);
/// A value as YAML that reads back as the same value; a path's by the option alone.
std::string to_yaml_scalar(const Value& value);
std::string to_yaml_scalar(const Option& option, const Config& config);
/// Text for a message: in quotes, cut to a line's length, control characters replaced.
std::string shown(std::string_view text);
/// The text itself, or with '?' for every doubtful byte where it is not printable: always one line, always
/// UTF-8.
std::string printable(std::string_view text);
/// UTF-8 without control characters.
bool is_printable(std::string_view text);
std::string lower(std::string text);

/// Applies a YAML text to `merged`, `name` standing for the file in messages and origins. Throws ConfigError.
void apply_yaml(MergedConfig& merged, std::string_view workload, std::string_view text,
                const std::string& name, Paths paths);
}  // namespace scaffold::config_detail

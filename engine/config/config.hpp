// The configuration of a run. Every key is declared once, in options.def; the struct below, the defaults, the
// YAML reader, the command line, the record in the run folder, --help and the documentation's table come from
// there.
#pragma once
#include <any>
#include <array>
#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

/// Types that a key can have.
namespace option_type {
using Integer = std::int64_t;
using Real = double;
using Toggle = bool;
using Text = std::string;
using Triple = std::array<std::int64_t, 3>;
}  // namespace option_type

/// The options of a workload: a struct of its own, one field a key, that is copied and compared by value.
class OwnOptions {
 public:
  /// At their defaults where none have been set, or another workload's.
  template <class Fields>
  const Fields& as() const {
    static const Fields defaults;
    const auto* const own = std::any_cast<Fields>(&fields_);
    return own ? *own : defaults;
  }
  template <class Fields>
  Fields& as() {
    if (!std::any_cast<Fields>(&fields_)) {
      fields_ = Fields();
      equal_ = [](const OwnOptions& a, const OwnOptions& b) { return a.as<Fields>() == b.as<Fields>(); };
    }
    return *std::any_cast<Fields>(&fields_);
  }
  friend bool operator==(const OwnOptions& a, const OwnOptions& b) {
    const auto equal = a.equal_ ? a.equal_ : b.equal_;
    return !equal || equal(a, b);
  }

 private:
  std::any fields_;
  bool (*equal_)(const OwnOptions&, const OwnOptions&) = nullptr;
};

/// One field a key, named like the key, at its default.
struct Config {
#define SCAFFOLD_OPTION(type, name, fallback, ...) option_type::type name = fallback;
#include "config/options.def"
#undef SCAFFOLD_OPTION
  /// The score at which training has converged; workloads have a key of their own for it.
  option_type::Real target = 0.95;
  OwnOptions own;  ///< the workload's keys (config/declare.hpp)
  bool operator==(const Config&) const = default;
};

/// Where a value came from.
struct Origin {
  enum class Kind { builtin, file, command_line };
  Kind kind = Kind::builtin;
  std::string file = {};  ///< only of kind file
  int line = 0;           ///< 1-based
  bool operator==(const Origin&) const = default;
};
/// "default", "FILE:LINE" or "command line".
std::string describe(const Origin& origin);

/// One option of the command line: the key (not the flag) and its words as given.
struct Override {
  std::string key;
  std::vector<std::string> values;
};

/// The values in force, each with its origin (every key has one), and what they were merged from.
struct MergedConfig {
  Config values;
  std::map<std::string, Origin> origins;
  std::vector<std::filesystem::path> files;
  std::vector<std::string> texts;  ///< of the files, as they were read
  std::vector<Override> overrides;
};

/// Built-in defaults < files in order < command line; validated. Throws ConfigError naming key, file and
/// line.
MergedConfig merge_config(const std::vector<std::filesystem::path>& files,
                          const std::vector<Override>& overrides);
/// Rules that tie keys together; throws ConfigError naming the key and its origin. merge_config calls it.
void validate(const MergedConfig& merged);

/// One configuration value as it was used.
struct ConfigEntry {
  std::string key, value, origin;  ///< value as YAML; origin: "default", "file:line" or "command line"
};
/// Every key, in the order of declaration.
std::vector<ConfigEntry> entries(const MergedConfig& merged);
/// All keys as YAML, origins as comments; config_from_yaml_text reads the same values back.
std::string to_yaml(const MergedConfig& merged);
/// The same for the keys that differ from their defaults.
std::string overrides_yaml(const MergedConfig& merged);
/// A path as people mean it: $NAME and ${NAME} replaced by the environment's values, a leading ~ or ~user by
/// that home folder; $$ is a dollar sign. merge_config does it to every key that is a path. ConfigError where
/// a variable is not set or empty, or there is no such user: what is wrong, without the key's name.
std::string expand_path(std::string_view text);
/// A path that does not begin with ~ as it must be written to be read as it stands.
std::string literal_path(std::string_view path);

/// Reads a stored configuration, whose paths were expanded when it was recorded: missing keys (of an older
/// version) get their defaults, unknown keys (of a newer one) are errors. `name` stands for the file in
/// messages. Throws ConfigError.
Config config_from_yaml_text(std::string_view text, const std::string& name);
/// The workload that a YAML text names, "" where it names none or cannot be read.
std::string named_workload(std::string_view text);

/// A key's value as YAML, as in entries(). ConfigError for an unknown key.
std::string value_text(const Config& config, std::string_view key);
/// Keys whose values differ, in the order of declaration.
std::vector<std::string> differing_keys(const Config& a, const Config& b);
/// Whether a restarted run may give this key another value: paths, duration, resources, grid. False for
/// unknown keys.
bool may_change_on_restart(std::string_view key, std::string_view workload = "");

/// What people see of an option.
struct OptionInfo {
  std::string name;           ///< "problem_scale"
  std::string flag;           ///< "--problem-scale"
  std::string type;           ///< "integer", "number", "toggle", "text" or "3 integers"
  std::string default_value;  ///< as YAML
  std::string allowed;        ///< "integer from 2 to 14"
  std::string unit;           ///< "" where there is none
  std::string group;          ///< "Problem"
  std::string help;           ///< one sentence
};
/// Every option of runs of a workload (the first one where there is none of that name), by group, each in the
/// order of declaration.
std::vector<OptionInfo> options(std::string_view workload = "");
/// The documentation's tables of all options, one a group.
std::string markdown_table(std::string_view workload = "");
/// What `workload` can be.
std::vector<std::string> workload_names();

/// num_threads, or the cores that this rank may use (all of the process's in a single process).
int threads(const Config& config, int cores = 0);

}  // namespace scaffold

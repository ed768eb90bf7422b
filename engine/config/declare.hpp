// Declaring configuration keys: what options.def and a workload's own list are made of.
//
//   struct ClimateOptions {  // engine/workloads/climate/options.hpp
//     std::int64_t crop = 256;
//   };
//   std::vector<Option> keys;
//   keys.push_back(make_option("crop", &ClimateOptions::crop, std::int64_t{256}, between(32, 1152), "pixels",
//                              Group::problem, Restart::fixed, "Extent of what is cut out of the globe."));
//   add_workload_keys({"climate", std::move(keys), nullptr});
//   config.own.as<ClimateOptions>().crop;  // wherever a Config is
#pragma once
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "config/config.hpp"

namespace scaffold::declare {

using namespace option_type;
using Value = std::variant<Integer, Real, Toggle, Text, Triple>;

/// What a key accepts beyond its type. `admit` may bring a value into its canonical form (the case of a
/// choice).
struct Allowed {
  std::string text;
  std::function<bool(Value&)> admit;
  bool is_path = false;  ///< variables and ~ are expanded
};

Allowed between(Integer low, Integer high);
Allowed minus_one_or(Integer low, Integer high);
Allowed each_between(Integer low, Integer high);
Allowed from(Real low, Real high);
Allowed above(Real low, Real high);  ///< low itself is refused
Allowed toggle();
Allowed path();
Allowed path_or_nothing();
Allowed host();
Allowed file_name();
/// Whatever the case of the letters.
Allowed one_of(std::vector<std::string> choices);
Allowed a_workload();
Allowed an_optimizer();  ///< of optimizers.def, or added by name

inline constexpr Integer max_integer = std::numeric_limits<Integer>::max();

/// Sections of --help and of the documentation, in this order.
enum class Group { user, problem, learning, internal, ours };
/// Whether a restarted run may give the key another value.
enum class Restart { fixed, free };

struct Option {
  OptionInfo info;
  Group group = Group::ours;
  bool may_change_on_restart = false;
  Value fallback;
  Allowed allowed;
  std::function<Value(const Config&)> get;
  std::function<void(Config&, Value)> set;
};

/// All of an option but how it is stored.
Option describe_option(const char* name, Value fallback, Allowed allowed, const char* unit, Group group,
                       Restart restart, const char* help);

template <class Fields>
decltype(auto) fields_of(auto& config) {
  if constexpr (std::is_same_v<Fields, Config>)
    return (config);
  else
    return (config.own.template as<Fields>());
}

/// A key that is a field of Config, or of the struct of options of a workload.
template <class Fields, class Field>
Option make_option(const char* name, Field Fields::*field, Field fallback, Allowed allowed, const char* unit,
                   Group group, Restart restart, const char* help) {
  Option option =
      describe_option(name, Value(std::move(fallback)), std::move(allowed), unit, group, restart, help);
  option.get = [field](const Config& config) -> Value { return fields_of<Fields>(config).*field; };
  option.set = [field](Config& config, Value value) {
    fields_of<Fields>(config).*field = std::get<Field>(std::move(value));
  };
  return option;
}

/// What a workload adds to the configuration.
struct WorkloadKeys {
  std::string workload;
  std::vector<Option> options;
  /// Rules that tie its keys together, by fail_rule; may be null.
  std::function<void(const MergedConfig&)> validate;
  /// What programs that share its configuration files record in them beside the keys: read over.
  std::vector<std::string> recorded = {};
};
/// Before the first configuration is read, from one thread. The first workload is the one whose keys
/// are meant where no configuration says which. One of the same name is replaced.
void add_workload_keys(WorkloadKeys keys);

/// A value more for the key `optimizer`, at the times of add_workload_keys.
void add_optimizer_name(const std::string& name);

/// ConfigError: the key, its value and where that came from, `what` is wrong with it; `other`: a key that it
/// does not fit.
[[noreturn]] void fail_rule(const MergedConfig& merged, const std::string& key, const std::string& what,
                            const std::string& other = "");

}  // namespace scaffold::declare

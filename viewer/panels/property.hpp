// What can be chosen of a panel, each declared once: what a session keeps, the way back, the keys that are
// known.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "core/text.hpp"

namespace scaffold::viewer {

class Properties {
 public:
  using Json = nlohmann::json;

  /// `get` gives a T, or an optional one: nothing is left out of the state. `set` is called with what was
  /// given, where something was; of what does not fit it throws ConfigError. Of T = std::optional<…> nothing
  /// is null.
  template <class T, class Get, class Set>
  void add(const char* key, Get get, Set set);
  /// A variable as it is.
  template <class T>
  void value(const char* key, T& variable);
  /// A variable whose values have names, by their numbers. The names must live longer.
  template <class E>
  void choice(const char* key, std::span<const char* const> names, E& variable);
  template <class E, class Get, class Set>
  void choice(const char* key, std::span<const char* const> names, Get get, Set set);
  /// Can be given, and is no part of the state.
  template <class T, class Set>
  void order(const char* key, Set set);
  /// Properties of its own; `whose`: "a clip plane". What is no object is ignored.
  void group(const char* key, std::string whose, Properties parts);
  /// Others' properties among these.
  void include(const Properties& others);
  /// Called each time, behind what was declared before it and ahead of what comes after it.
  void then(std::function<void()> act);

  Json state() const;
  /// The reverse for the keys that are there, in the order of declaration. Others are ignored.
  void restore(const Json& state) const;
  /// ConfigError for a key that means nothing here, with the nearest or all that do.
  void check(const Json& typed, const std::string& whose) const;

 private:
  struct Property {
    std::string key;  ///< empty: is called each time
    std::function<Json()> get;
    std::function<void(const Json&)> set;
    std::string whose = {};  ///< of a group
    std::shared_ptr<const Properties> parts = {};
  };
  static constexpr auto absent = Json::value_t::discarded;
  std::vector<Property> all_;
};

/// `value` as a T, whole where T is; ConfigError naming the key when its type does not fit.
template <class T>
T read_value(const std::string& key, const nlohmann::json& value);
/// state[key] into `value` when it is there; ConfigError as read_value().
template <class T>
void take(const nlohmann::json& state, const char* key, T& value);
/// Which of `names` it is; ConfigError when it is none of them.
std::size_t index_of(const std::string& key, const std::string& text, std::span<const char* const> names);
/// ConfigError: `key` is `wanted` ("a whole number"), not `value`.
[[noreturn]] void throw_unfit(const std::string& key, const std::string& wanted, const nlohmann::json& value);

/// Whole numbers, and lists of them.
template <class T>
inline constexpr bool is_whole = std::is_integral_v<T>;
template <class T, std::size_t n>
inline constexpr bool is_whole<std::array<T, n>> = is_whole<T>;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;

/// What a T is in a message, alone or in a list: "a whole number", "whole numbers".
template <class T>
std::string type_name(bool several = false) {
  const auto named = [&](const char* one) {
    return several ? std::string(one) + "s" : "a " + std::string(one);
  };
  if constexpr (std::is_same_v<T, bool>)
    return "true or false";
  else if constexpr (std::is_integral_v<T>)
    return named("whole number");
  else if constexpr (std::is_arithmetic_v<T>)
    return named("number");
  else if constexpr (std::is_convertible_v<T, std::string>)
    return named("text");
  else if constexpr (requires { std::tuple_size<T>::value; })
    return cat("a list of ", std::tuple_size<T>::value, " ", type_name<std::tuple_element_t<0, T>>(true));
  else if constexpr (requires { typename T::value_type; } && !std::is_same_v<T, nlohmann::json>)
    return named("list") + " of " + type_name<typename T::value_type>(true);
  else
    return "another kind of value";
}

template <class T>
T read_value(const std::string& key, const nlohmann::json& value) {
  if constexpr (is_optional<T>) {
    if (value.is_null()) return std::nullopt;
    return read_value<typename T::value_type>(key, value);
  } else {
    try {
      T read = value.get<T>();
      // The library cuts 1.5 to 1, and makes of 1e40 what the machine does.
      if constexpr (is_whole<T>)
        if (nlohmann::json(read) != value) throw_unfit(key, type_name<T>(), value);
      return read;
    } catch (const nlohmann::json::exception&) {
      throw_unfit(key, type_name<T>(), value);
    }
  }
}

template <class T>
void take(const nlohmann::json& state, const char* key, T& value) {
  if (const auto found = state.find(key); found != state.end()) value = read_value<T>(key, *found);
}

template <class T, class Get, class Set>
void Properties::add(const char* key, Get get, Set set) {
  auto as_json = [get = std::move(get)] {
    auto value = get();
    if constexpr (is_optional<decltype(value)>)
      return value ? Json(*value) : Json(is_optional<T> ? Json::value_t::null : absent);
    else
      return Json(std::move(value));
  };
  all_.push_back({key, std::move(as_json),
                  [key, set = std::move(set)](const Json& value) { set(read_value<T>(key, value)); }});
}

template <class T>
void Properties::value(const char* key, T& variable) {
  add<T>(
      key, [&variable] { return variable; }, [&variable](T value) { variable = std::move(value); });
}

template <class E>
void Properties::choice(const char* key, std::span<const char* const> names, E& variable) {
  choice<E>(
      key, names, [&variable] { return variable; }, [&variable](E value) { variable = value; });
}

template <class E, class Get, class Set>
void Properties::choice(const char* key, std::span<const char* const> names, Get get, Set set) {
  add<std::string>(
      key, [=] { return std::string(names[static_cast<std::size_t>(get())]); },
      [=](const std::string& text) { set(static_cast<E>(index_of(key, text, names))); });
}

template <class T, class Set>
void Properties::order(const char* key, Set set) {
  add<T>(
      key, [] { return std::optional<Json>(); }, std::move(set));
}

}  // namespace scaffold::viewer

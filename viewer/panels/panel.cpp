#include "panels/panel.hpp"

#include <algorithm>

namespace scaffold::viewer {

namespace {

/// ConfigError for what of `typed` is none of `keys`.
void check_keys(const nlohmann::json& typed, std::vector<std::string> keys, const std::string& whose) {
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto& [key, value] : typed.items()) {
    if (std::ranges::binary_search(keys, key)) continue;
    const std::string near = nearest(key, keys);
    std::string known;
    for (const auto& k : keys)
      if (k != "is") known += cat(known.empty() ? "" : ", ", k);
    throw ConfigError(cat(whose, " has no '", key, "'",
                          near.empty() ? "; it has " + known : "; did you mean '" + near + "'?"));
  }
}

}  // namespace

void Panel::set(const nlohmann::json& typed) {
  std::vector<std::string> keys = other_keys();
  const nlohmann::json own = state();
  for (const auto& [key, value] : own.items()) keys.push_back(key);
  check_keys(typed, std::move(keys), cat("a ", kind()));
  if (typed.contains("plane") && typed["plane"].is_object() && own.contains("plane"))
    check_keys(typed["plane"], {"on", "axis", "flip", "at"}, "a clip plane");
  restore(typed);
}

}  // namespace scaffold::viewer

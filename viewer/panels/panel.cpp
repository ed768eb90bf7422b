#include "panels/panel.hpp"

#include <algorithm>

namespace scaffold::viewer {

void Panel::set(const nlohmann::json& typed) {
  std::vector<std::string> keys = other_keys();
  const nlohmann::json own = state();
  for (const auto& [key, value] : own.items()) keys.push_back(key);
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  for (const auto& [key, value] : typed.items()) {
    if (std::ranges::binary_search(keys, key)) continue;
    const std::string near = nearest(key, keys);
    std::string known;
    for (const auto& k : keys)
      if (k != "is") known += cat(known.empty() ? "" : ", ", k);
    throw ConfigError(cat("a ", kind(), " has no '", key, "'",
                          near.empty() ? "; it has " + known : "; did you mean '" + near + "'?"));
  }
  restore(typed);
}

}  // namespace scaffold::viewer

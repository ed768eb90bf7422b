#include "panels/property.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {

void throw_unfit(const std::string& key, const std::string& wanted, const nlohmann::json& value) {
  throw ConfigError(cat("'", key, "' is ", wanted, ", not ", value.dump()));
}

std::size_t index_of(const std::string& key, const std::string& text, std::span<const char* const> names) {
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (text == names[i]) return i;
    all += cat(i ? ", " : "", names[i]);
  }
  throw ConfigError(cat("'", key, "' is one of ", all, ", not ", text));
}

void Properties::group(const char* key, std::string whose, Properties parts) {
  const auto own = std::make_shared<const Properties>(std::move(parts));
  all_.push_back({key, [own] { return own->state(); },
                  [own](const Json& value) {
                    if (value.is_object()) own->restore(value);
                  },
                  std::move(whose), own});
}

void Properties::include(const Properties& others) {
  all_.insert(all_.end(), others.all_.begin(), others.all_.end());
}

void Properties::then(std::function<void()> act) {
  all_.push_back({{}, {}, [act = std::move(act)](const Json&) { act(); }});
}

Properties::Json Properties::state() const {
  Json state = Json::object();
  for (const auto& property : all_)
    if (property.get)
      if (Json value = property.get(); !value.is_discarded()) state[property.key] = std::move(value);
  return state;
}

void Properties::restore(const Json& state) const {
  for (const auto& property : all_)
    if (property.key.empty())
      property.set({});
    else if (const auto found = state.find(property.key); found != state.end())
      property.set(*found);
}

void Properties::check(const Json& typed, const std::string& whose) const {
  std::vector<std::string> keys;
  for (const auto& property : all_)
    if (!property.key.empty()) keys.push_back(property.key);
  std::ranges::sort(keys);
  for (const auto& [key, value] : typed.items()) {
    const auto own = std::ranges::find(all_, key, &Property::key);
    if (own == all_.end() || key.empty()) {
      const std::string near = nearest(key, keys);
      std::string known;
      for (const auto& k : keys) known += cat(known.empty() ? "" : ", ", k);
      throw ConfigError(cat(whose, " has no '", key, "'",
                            near.empty() ? "; it has " + known : "; did you mean '" + near + "'?"));
    }
    if (own->parts && value.is_object()) own->parts->check(value, own->whose);
  }
}

}  // namespace scaffold::viewer

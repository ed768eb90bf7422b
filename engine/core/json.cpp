#include "core/json.hpp"

#include <cmath>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

Ordered number(double value) { return std::isfinite(value) ? Ordered(value) : Ordered(nullptr); }

Ordered numbers(const std::vector<double>& values) {
  Ordered list = Ordered::array();
  for (const double value : values) list.push_back(number(value));
  return list;
}

std::string dump(const Ordered& json, int indent) {
  return json.dump(indent, ' ', false, Ordered::error_handler_t::replace);
}

Json parse_json(std::string_view text, const std::string& where) {
  constexpr int max_depth = 32;
  try {
    return Json::parse(text, [&](int depth, Json::parse_event_t, Json&) {
      if (depth > max_depth) throw DataError(cat(where, ": nested deeper than ", max_depth));
      return true;
    });
  } catch (const Json::exception&) {
    throw DataError(cat(where, ": not valid JSON"));
  }
}

Json parse_object(std::string_view text, const std::string& where) {
  Json json = parse_json(text, where);
  if (!json.is_object()) throw DataError(cat(where, ": not a JSON object"));
  return json;
}

}  // namespace scaffold

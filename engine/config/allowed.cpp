#include <algorithm>
#include <cctype>

#include "config/options.hpp"
#include "core/text.hpp"

namespace scaffold::declare {

using config_detail::is_printable;
using config_detail::lower;
using config_detail::to_yaml_scalar;

namespace {

bool is_path(const Text& v) { return !v.empty() && v.size() < 4096 && is_printable(v); }

// Unicode's direction marks: a name with them shows otherwise than it is.
bool reorders_text(const std::string& text) {
  for (const char* mark : {"\u200e", "\u200f", "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
                           "\u2067", "\u2068", "\u2069"})
    if (text.find(mark) != text.npos) return true;
  return false;
}

}  // namespace

Allowed between(Integer low, Integer high) {
  return {cat("integer from ", low, " to ", high), [=](Value& value) {
            const auto v = std::get<Integer>(value);
            return v >= low && v <= high;
          }};
}

Allowed minus_one_or(Integer low, Integer high) {
  return {cat("-1, or integer from ", low, " to ", high), [=](Value& value) {
            const auto v = std::get<Integer>(value);
            return v == -1 || (v >= low && v <= high);
          }};
}

Allowed each_between(Integer low, Integer high) {
  return {cat("list of 3 integers from ", low, " to ", high), [=](Value& value) {
            const auto& v = std::get<Triple>(value);
            return std::all_of(v.begin(), v.end(), [=](Integer i) { return i >= low && i <= high; });
          }};
}

Allowed from(Real low, Real high) {
  return {cat("number from ", to_yaml_scalar(low), " to ", to_yaml_scalar(high)), [=](Value& value) {
            const auto v = std::get<Real>(value);
            return v >= low && v <= high;
          }};
}

Allowed above(Real low, Real high) {
  return {cat("number above ", to_yaml_scalar(low), ", at most ", to_yaml_scalar(high)), [=](Value& value) {
            const auto v = std::get<Real>(value);
            return v > low && v <= high;
          }};
}

Allowed toggle() {
  return {"0, 1, true or false", [](Value&) { return true; }};
}

Allowed path() {
  return {"path", [](Value& value) { return is_path(std::get<Text>(value)); }, true};
}

Allowed path_or_nothing() {
  return {"path, or '' for none",
          [](Value& value) { return std::get<Text>(value).empty() || is_path(std::get<Text>(value)); }, true};
}

Allowed host() {
  return {"IP address or name of an interface", [](Value& value) {
            const auto& v = std::get<Text>(value);
            return !v.empty() && v.size() <= 255 && v[0] != '-' &&
                   std::all_of(v.begin(), v.end(), [](unsigned char c) {
                     return std::isalnum(c) || c == '.' || c == ':' || c == '-' || c == '_' || c == '%';
                   });
          }};
}

Allowed file_name() {
  return {"file name of at most 100 bytes without '/'", [](Value& value) {
            const auto& v = std::get<Text>(value);
            return !v.empty() && v.size() <= 100 && is_printable(v) && !reorders_text(v) &&
                   v.find('/') == v.npos && v != "." && v != "..";
          }};
}

Allowed one_of(std::vector<std::string> choices) {
  std::string text;
  for (const auto& choice : choices) text += cat(text.empty() ? "" : ", ", choice);
  text = (choices.size() == 1 ? "only " : "one of ") + text;
  return {text, [choices = std::move(choices)](Value& value) {
            auto& v = std::get<Text>(value);
            for (const auto& choice : choices)
              if (lower(v) == lower(choice)) {
                v = choice;
                return true;
              }
            return false;
          }};
}

}  // namespace scaffold::declare

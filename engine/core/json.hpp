// JSON as files of ours hold it, safe both ways. Who uses it includes <nlohmann/json.hpp> in its .cpp.
//
//   const Json json = parse_object(read_regular_text(file), cat("'", file.string(), "'"));
//   write_atomic(file, dump(Ordered{{"seconds", number(seconds)}}, 2));
#pragma once
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

using Json = nlohmann::json;             ///< for reading: lookups stay fast in hostile objects
using Ordered = nlohmann::ordered_json;  ///< for writing: keys stay in the order they were set

/// null when the value is not finite.
Ordered number(double value);
Ordered numbers(const std::vector<double>& values);
/// One line when indent is -1; bytes that are not UTF-8 become U+FFFD.
std::string dump(const Ordered& json, int indent = -1);
/// DataError beginning with `where` when it is no JSON, or nested deeper than 32, so that a file of brackets
/// cannot take memory many times its size.
Json parse_json(std::string_view text, const std::string& where);
/// The same, and DataError when it is no object.
Json parse_object(std::string_view text, const std::string& where);

}  // namespace scaffold

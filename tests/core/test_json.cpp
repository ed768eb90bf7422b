// JSON of files: what is refused, and what comes back.
#include <cmath>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/json.hpp"

using namespace scaffold;

namespace {
std::string complaint(const std::string& text) {
  try {
    parse_object(text, "'f.json'");
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}
}  // namespace

TEST_CASE("what is no JSON, no object or too deep is refused with the file's name") {
  CHECK(complaint("{\"a\": ") == "'f.json': not valid JSON");
  CHECK(complaint("[1]") == "'f.json': not a JSON object");
  CHECK(complaint("{\"a\": " + std::string(100'000, '[')) == "'f.json': nested deeper than 32");
  CHECK(complaint("{\"a\": " + std::string(30, '[') + std::string(30, ']') + "}").empty());
  CHECK(parse_json("[1, 2]", "x") == Json({1, 2}));
}

TEST_CASE("numbers that JSON has none of are null, and bytes that are no text are replaced") {
  const Ordered json{{"b", numbers({1.5, std::nan(""), INFINITY})}, {"a", "\xff"}};
  CHECK(dump(json) == "{\"b\":[1.5,null,null],\"a\":\"\xef\xbf\xbd\"}");
}

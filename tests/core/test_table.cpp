// Tables of text against their layout, computed cell by cell.
#include <rapidcheck.h>

#include "catch.hpp"
#include "core/table.hpp"

using namespace scaffold;

TEST_CASE("cells stand left or right in columns as wide as their widest") {
  CHECK(text_table({{"layer", "ms"}, {"conv", "12.5"}}, {.indent = 2}) == "  layer    ms\n  conv   12.5\n");
  CHECK(text_table({{"a", "bb", "c"}, {"aaa", "b", ""}}, {"rl", 1, 1}) == "   a bb c\n aaa b\n");
  // A column that is empty throughout is none; a wide character takes two columns.
  CHECK(text_table({{"a", "", "1"}, {"b", "", "22"}}) == "a   1\nb  22\n");
  CHECK(text_table({{"日", "1"}, {"é", "2"}}) == "日  1\né   2\n");
  CHECK(text_table({}).empty());
}

TEST_CASE("every cell is found again where its column is") {
  CHECK(rc::check([] {
    const auto columns = *rc::gen::inRange<std::size_t>(1, 5), lines = *rc::gen::inRange<std::size_t>(1, 5);
    std::vector<std::vector<std::string>> rows(lines);
    for (auto& row : rows)
      for (std::size_t c = 0; c < columns; ++c)
        row.push_back(std::string(*rc::gen::inRange<std::size_t>(1, 9), static_cast<char>('a' + c)));
    const std::string text = text_table(rows, {"lr", 3, 2});
    std::size_t at = 0;
    for (const auto& row : rows) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      at += line.size() + 1;
      std::size_t left = 3;
      for (std::size_t c = 0; c < columns; ++c) {
        std::size_t width = 0;
        for (const auto& other : rows) width = std::max(width, other[c].size());
        const std::size_t begin = c == 0 ? left : left + width - row[c].size();
        RC_ASSERT(line.substr(begin, row[c].size()) == row[c]);
        left += width + 2;
      }
    }
    RC_ASSERT(at == text.size());
  }));
}

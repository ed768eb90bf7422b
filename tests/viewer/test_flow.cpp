// Texts in little room.

#include "catch.hpp"
#include "ui/flow.hpp"

using namespace scaffold::viewer;

TEST_CASE("a text that does not fit says that it goes on") {
  // As wide as its characters are many.
  const auto measure = [](const std::string& text) {
    float characters = 0;
    for (const char c : text) characters += (static_cast<unsigned char>(c) & 0xC0U) != 0x80;
    return characters;
  };
  CHECK(shortened("Dice 0.983", 10, measure) == "Dice 0.983");
  CHECK(shortened("Dice 0.983", 9, measure) == "Dice 0.9…");
  CHECK(shortened("16³ × 2³", 6, measure) == "16³ ×…");
  CHECK(shortened("16³ × 2³", 3, measure) == "16…");
  CHECK(shortened("Dice", 0, measure) == "…");
  CHECK(shortened("", 0, measure).empty());
}

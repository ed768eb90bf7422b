
#include "catch.hpp"
#include "core/suspension.hpp"

using namespace scaffold;

TEST_CASE("a clock of turns stands still while the turns do") {
  TurnClock clock(0.2, 1);
  CHECK(clock.turn(100) == 100);  // whenever it begins
  CHECK(clock.turn(100.2) == Approx(100.2));
  CHECK(clock.turn(101.2) == Approx(101.2));  // late, on a busy machine
  CHECK(clock.lost() == 0);
  CHECK(clock.turn(113.2) == Approx(101.4));  // twelve seconds of which one turn counts
  CHECK(clock.lost() == Approx(11.8));
  CHECK(clock.turn(113.4) == Approx(101.6));
  CHECK(clock.turn(120.4) == Approx(101.8));
  CHECK(clock.lost() == Approx(18.6));
}

TEST_CASE("a process that runs was not suspended") {
  SuspensionMeter meter([](double) { FAIL("a gap"); });
  CHECK(meter.seconds() == 0);
}

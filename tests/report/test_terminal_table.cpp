#include <cmath>

#include "catch.hpp"
#include "core/text.hpp"
#include "report/terminal_table.hpp"
#include "sample_run.hpp"

using namespace scaffold;

namespace {
std::string line_with(const std::string& text, const std::string& label) {
  for (const auto& line : split(text, '\n'))
    if (line.find("  " + label + "  ") == 0) return line;
  return "";
}
std::string last_line(const std::string& text) {
  const auto lines = split(text, '\n');
  return lines.at(lines.size() - 2);
}
}  // namespace

TEST_CASE("the table ends with one validity line") {
  auto run = sample::run(2);
  CHECK(last_line(terminal_table(run)) == "INVALID  not an official result: problem_scale is 5, not 11");
  run.reasons.push_back("seed is 7, not 42");
  CHECK(last_line(terminal_table(run)) ==
        "INVALID  not an official result: problem_scale is 5, not 11; seed is 7, not 42");
  run.reasons.clear();
  CHECK(last_line(terminal_table(run)) == "VALID  official result");
}

TEST_CASE("the table shows the figures, values under each other") {
  const std::string table = terminal_table(sample::run(2));
  CHECK(line_with(table, "Figure of merit").find("50.57 s") != std::string::npos);
  CHECK(line_with(table, "Epochs").find(" 2 ") != std::string::npos);
  CHECK(line_with(table, "Parameters").find("5.40 M") != std::string::npos);
  CHECK(line_with(table, "Time in backward").find("24.80 s") != std::string::npos);
  CHECK(line_with(table, "Time in backward").find("(49.0 %)") != std::string::npos);
  const auto column = line_with(table, "Figure of merit").find("50.57");
  CHECK(line_with(table, "Parameters").find("5.40 M") == column);
  CHECK(line_with(table, "Dataset").find("240 volumes") == column);
  for (const char c : table) REQUIRE((c == '\n' || (c >= ' ' && c < 0x7f)));
}

TEST_CASE("a run that has nothing to show says so") {
  auto run = sample::run(0, RunStatus::failed);
  run.step_seconds.clear();
  run.flops_per_step = NAN;
  const std::string table = terminal_table(run);
  CHECK(line_with(table, "Figure of merit").find("none: failed before the first epoch was complete") !=
        std::string::npos);
  CHECK(line_with(table, "Best validation Dice").find("unknown") != std::string::npos);
  CHECK(table.find("Time in") == std::string::npos);
  CHECK(table.find("nan") == std::string::npos);
}

TEST_CASE("names cannot steer the terminal or forge its lines") {
  auto run = sample::run(1);
  run.job_name = "\x1b[2J\rVALID\n\x07";
  run.reasons = {"x\nVALID  official result",
                 "\xc2\x9b"
                 "31m"};
  const std::string table = terminal_table(run);
  for (const char* bad : {"\x1b", "\r", "\x07", "\nVALID", "\xc2\x9b"})
    CHECK(table.find(bad) == std::string::npos);
}

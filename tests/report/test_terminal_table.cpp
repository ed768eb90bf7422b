#include <cmath>

#include "catch.hpp"
#include "core/text.hpp"
#include "report/terminal_table.hpp"
#include "run/summary.hpp"
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
  CHECK(last_line(terminal_table(run)) ==
        "VALID  may count in an official result: the median of at least 3 runs with different seeds");
}

TEST_CASE("the table says what the figure is compared by, and what computed it") {
  auto run = sample::run(2);
  std::string table = terminal_table(run);
  CHECK(line_with(table, "Figure of merit").find("1 / seconds, the reference's form: 0.0197742") !=
        std::string::npos);
  CHECK(table.find("problem_scale 5") != std::string::npos);
  CHECK(table.find("starting_learning_rate 1e-3") != std::string::npos);
  CHECK(line_with(table, "Not the baseline's").find("problem_scale is 5, the baseline's is 11") !=
        std::string::npos);
  CHECK(line_with(table, "Epoch time").find("longer than the reference's by checkpoints, 0.44 s") !=
        std::string::npos);
  CHECK(line_with(table, "Framework").find("LibTorch 2.5.1, PyTorch's C++ library") != std::string::npos);
  CHECK(line_with(table, "Run rules").find("Optimized") != std::string::npos);
  CHECK(line_with(table, "3^3 convolution").find("Winograd, fused kernels (avx2)") != std::string::npos);
  CHECK(line_with(table, "Dice, classes present")
            .find(default_score().text(run.epochs[1].metric("val_dice_present"))) != std::string::npos);
  CHECK(line_with(table, "Dice of background").find("0.5138") != std::string::npos);
  for (auto& epoch : run.epochs) epoch.phases.checkpoint = 1e-5;
  table = terminal_table(run);
  CHECK(line_with(table, "Epoch time").find("the reference's") != std::string::npos);
  CHECK(line_with(table, "Epoch time").find("longer") == std::string::npos);
  run.staging_seconds = 2.5;
  CHECK(line_with(terminal_table(run), "Epoch time").find("by staging, 2.50 s") != std::string::npos);
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
  CHECK(line_with(table, "Dataset").find("240 samples") == column);
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

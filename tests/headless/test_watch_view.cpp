// What `scaffold watch` shows, as text.
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <fstream>

#include "catch.hpp"
#include "core/text.hpp"
#include "core/utf8.hpp"
#include "headless/watch/parts.hpp"
#include "headless/watch/view.hpp"
#include "monitor/run_progress.hpp"

using namespace scaffold;
using namespace scaffold::watch;
using Phase = monitor::LiveStatus::Phase;

namespace {

constexpr double now = 1e9;

RunData some_run(int epochs = 12) {
  RunData run;
  run.name = "benchmark_20261121-102030";
  run.device = "cpu";
  run.ranks = 4;
  run.begun = true;
  run.steps_per_epoch = 20;
  run.validation_samples = 6;
  run.target = 0.95;
  run.epoch = epochs + 1;
  run.step = 7;
  run.changed = static_cast<std::int64_t>(now) - 2;
  run.deadline = static_cast<std::int64_t>(now) + 3725;
  for (int e = 1; e <= epochs; ++e) {
    RunEpoch each;
    each.logged = true;
    each.time = now - 30.0 * (epochs - e) - 10;
    EpochRecord& record = each.record;
    record.epoch = e;
    record.overall_loss = 2 * std::exp(-0.1 * e);
    record.val_loss_avg = 2.2 * std::exp(-0.09 * e);
    record.metric("val_dice") = 1 - 0.9 * std::exp(-0.1 * e + 0.05 * std::sin(5.0 * e));
    record.epoch_duration = 30;
    record.phases = {0.5, 8, 15, 2, 3, 1, 0.5};
    record.peak_memory_bytes = std::uint64_t{3} << 29;
    ParallelRecord parallel;
    parallel.step_min = 0.5;
    parallel.step_max = 1;
    parallel.slowest_rank = 2;
    parallel.hosts = 2;
    parallel.rank_step_seconds = {0.5, 0.75, 1, 0.6};
    record.parallel = parallel;
    run.epochs.push_back(each);
    for (int s = 0; s < 4; ++s) {
      RunStep step;
      step.from = e - 1 + 0.25 * s;
      step.to = step.from + 0.25;
      step.steps = 5;
      step.seconds = 5;
      step.loss = 2 * std::exp(-0.1 * step.to);
      step.samples_per_second = 8;
      step.memory_bytes = 1 << 30;
      run.steps.push_back(step);
    }
  }
  run.notes.push_back(
      {1, "2026-11-21T10:20:31.100Z", RunNote::Kind::start, "training begins on cpu, 4 ranks", 0});
  run.notes.push_back(
      {9, "2026-11-21T10:27:01.100Z", RunNote::Kind::best, "new best validation Dice 0.7289", 12});
  return run;
}

View view_of(const RunData& run) {
  View view;
  view.run = &run;
  view.now = now;
  view.live = monitor::LiveStatus{};
  view.live->phase = Phase::live;
  std::vector<EpochRecord> epochs;
  for (const auto& each : run.epochs) epochs.push_back(each.record);
  if (run.target) view.forecast = forecast_target(epochs, *run.target);
  view.slice.ask.epoch = 12;
  view.slice.ask.volume = 6;
  view.slice.ask.axis = 0;
  view.slice.ask.index = 8;
  view.slice.planes = 16;
  view.slice.height = view.slice.width = 16;
  view.slice.score = 0.73;
  for (int i = 0; i < 256; ++i) view.slice.labels.push_back(static_cast<std::uint8_t>(i / 64));
  return view;
}

/// The screens as they were looked at; SCAFFOLD_WRITE_SCREENS=1 writes them anew.
void check_screen(const std::string& file, const std::string& text) {
  const std::string path = std::string(SCAFFOLD_SOURCE_DIR) + "/tests/headless/screens/" + file;
  if (std::getenv("SCAFFOLD_WRITE_SCREENS")) std::ofstream(path) << text;
  std::ifstream in(path, std::ios::binary);
  const std::string expected{std::istreambuf_iterator<char>(in), {}};
  CHECK(text == expected);
}

/// What a terminal with these glyphs has on its screen.
std::string dump_as(Glyphs glyphs, const Screen& screen) {
  Screen there(screen.columns(), screen.rows());
  for (int y = 0; y < screen.rows(); ++y)
    for (int x = 0; x < screen.columns(); ++x) there.put(x, y, shown(glyphs, screen.at(x, y).glyph));
  return there.dump();
}

std::string row(const Screen& screen, int y) {
  const std::string text = screen.dump();
  std::size_t begin = 0;
  for (; y > 0; --y) begin = text.find('\n', begin) + 1;
  return text.substr(begin, text.find('\n', begin) - begin);
}

}  // namespace

TEST_CASE("Screens of a running job") {
  const RunData run = some_run();
  View view = view_of(run);
  check_screen("running_80x24.txt", draw(view, 80, 24).dump());
  check_screen("running_40x12.txt", draw(view, 40, 12).dump());
  check_screen("running_140x50.txt", draw(view, 140, 50).dump());
  view.colors = false;
  check_screen("running_80x24_without_colors.txt", draw(view, 80, 24).dump());
  view.help = true;
  check_screen("help_80x24.txt", draw(view, 80, 24).dump());
}

TEST_CASE("Screens of terminals without braille") {
  const RunData run = some_run();
  View view = view_of(run);
  for (const auto& [glyphs, name] :
       {std::pair{Glyphs::console, "console"}, std::pair{Glyphs::ascii, "ascii"}}) {
    view.glyphs = glyphs;
    view.help = false;
    check_screen(cat("running_80x24_", name, ".txt"), dump_as(glyphs, draw(view, 80, 24)));
    view.help = true;
    check_screen(cat("help_80x24_", name, ".txt"), dump_as(glyphs, draw(view, 80, 24)));
  }
}

TEST_CASE("Every glyph has one that a terminal without braille can show") {
  // Code page 437, which the console's fonts are made after, from Unicode's table CP437.TXT.
  static constexpr std::u32string_view of_console =
      U"\u00a1\u00a2\u00a3\u00a5\u00aa\u00ab\u00ac\u00b0\u00b1\u00b2\u00b5\u00b7\u00ba\u00bb\u00bc\u00bd"
      U"\u00bf"
      U"\u2190\u2191\u2192\u2193\u2265\u2500\u2502\u250c\u2510\u2514\u2518\u251c\u2524\u252c\u2534\u253c"
      U"\u2580\u2584\u2588\u258c\u2590\u2591\u2592\u2593\u25ba";
  Screen screen(1, 1);
  for (char32_t code = 0x20; code < 0x3000; ++code) {
    std::string character;
    utf8::append(character, code);
    screen.text(0, 0, character);
    const char32_t glyph = screen.at(0, 0).glyph;  // '?' for what no screen of ours holds
    INFO("U+" << std::hex << static_cast<unsigned>(code));
    const char32_t ascii = shown(Glyphs::ascii, glyph), console = shown(Glyphs::console, glyph);
    CHECK((ascii >= 0x20 && ascii < 0x7f));
    const bool latin = console >= 0xa1 && console < 0x250;  // the fonts of its distributions
    CHECK((console < 0x7f || latin || of_console.find(console) != of_console.npos));
    CHECK(shown(Glyphs::unicode, glyph) == glyph);
    CHECK((glyph == U' ' || glyph == U'\u2800' || (ascii != U' ' && console != U' ')));
  }
}

TEST_CASE("What a terminal can show, by its name and locale") {
  for (const char* name : {"xterm", "xterm-256color", "screen", "tmux-256color", "rxvt-unicode", "vte", ""}) {
    CHECK(glyphs_of(name, true) == Glyphs::unicode);
    CHECK(glyphs_of(name, false) == Glyphs::ascii);
  }
  for (const char* name : {"linux", "linux-16color"}) {
    CHECK(glyphs_of(name, true) == Glyphs::console);
    CHECK(glyphs_of(name, false) == Glyphs::ascii);
  }
  for (const char* name : {"vt100", "vt220", "vt220-8bit", "ansi", "cons25"})
    CHECK(glyphs_of(name, true) == Glyphs::ascii);
  CHECK(asks_for_utf8(nullptr, nullptr, "de_DE.UTF-8"));
  CHECK(asks_for_utf8("", "en_US.utf8", "C"));
  CHECK_FALSE(asks_for_utf8("C", "en_US.utf8", "en_US.utf8"));
  CHECK_FALSE(asks_for_utf8(nullptr, nullptr, nullptr));
  CHECK_FALSE(asks_for_utf8(nullptr, nullptr, "de_DE.ISO-8859-1"));
}

TEST_CASE("A screen before the run has begun says what is waited for") {
  RunData run;
  run.problems = {"there is no run in 'x'"};
  View view;
  view.run = &run;
  view.now = now;
  view.live = monitor::LiveStatus{};
  view.live->message = "there is no 'x': the run has not begun";
  const Screen screen = draw(view, 80, 24);
  CHECK(row(screen, 23).find("looking: there is no 'x'") != std::string::npos);
  CHECK(row(screen, 0).find("waiting") != std::string::npos);
}

TEST_CASE("States of a run") {
  RunData run = some_run();
  View view = view_of(run);
  CHECK(state_of(view) == State::running);
  // A step takes a second: after ten of them without a word it has stalled.
  CHECK(median_step(run) == 1);
  run.changed = static_cast<std::int64_t>(now) - 10;
  CHECK(state_of(view) == State::running);
  run.changed = static_cast<std::int64_t>(now) - 11;
  CHECK(state_of(view) == State::stalled);
  CHECK(row(draw(view, 80, 24), 23).find("stalled: nothing for 11.0 s") != std::string::npos);
  for (auto& step : run.steps) step.seconds *= 3;
  CHECK(state_of(view) == State::running);
  // Ten minutes of silence are an end unless the run itself says otherwise.
  for (auto& step : run.steps) step.seconds *= 100;
  run.changed = static_cast<std::int64_t>(now) - 700;
  CHECK(state_of(view) == State::running);
  view.live->phase = Phase::lost;
  CHECK(state_of(view) == State::silent);
  for (const auto& [status, state] :
       {std::pair{"converged", State::converged}, std::pair{"failed", State::failed},
        std::pair{"interrupted", State::interrupted}, std::pair{"epochs_exhausted", State::exhausted}}) {
    run.end_status = status;
    CHECK(state_of(view) == state);
  }
  RunData nothing;
  view.run = &nothing;
  CHECK(state_of(view) == State::waiting);
  view.live.reset();
  CHECK(state_of(view) == State::nothing);
}

TEST_CASE("One line for scripts") {
  const RunData run = some_run(2);
  CHECK(one_line(view_of(run)) ==
        "benchmark_20261121-102030  running  epoch 3  step 7/20  loss 1.6375  validation loss 1.8376  Dice "
        "0.2829 of "
        "0.95");
}

TEST_CASE("Metrics beside the score have names and colors of their own") {
  const MetricList metrics = {{.name = "iou", .label = "IoU", .low = 0, .high = 1, .in_table = true},
                              {.name = "recall", .label = "recall", .low = 0, .high = 1},
                              {.name = "precision", .label = "precision", .low = 0, .high = 1},
                              {.name = "distance", .label = "distance", .unit = "m"}};
  RunData run = some_run(0);
  run.metrics = &metrics;
  for (int e = 1; e <= 3; ++e) {
    EpochRecord record(metrics);
    record.epoch = e;
    record.metric("val_iou") = 0.79768;
    record.metric("val_recall") = 0.5;
    record.metric("val_precision") = 0.25;
    record.metric("val_distance") = 12;
    run.epochs.push_back({record, true, 0});
  }
  const View view = view_of(run);
  const Screen screen = draw(view, 140, 50);
  const std::string text = screen.dump();
  INFO(text);
  CHECK(text.find("IoU 0.7976") != text.npos);
  CHECK(text.find("0.7977") == text.npos);  // the best is not better than the last, which it is
  CHECK(one_line(view).find("IoU 0.7976") != std::string::npos);
  CHECK(text.find("distance") == text.npos);
  const auto color_of = [&](std::string_view words) {
    for (int y = 0; y < screen.rows(); ++y)
      for (int x = 0; x + static_cast<int>(words.size()) <= screen.columns(); ++x) {
        std::size_t same = 0;
        while (same < words.size() &&
               screen.at(x + static_cast<int>(same), y).glyph == static_cast<unsigned char>(words[same]))
          ++same;
        if (same == words.size()) return screen.at(x, y).style.front;
      }
    return plain;
  };
  const Color recall = color_of("recall 0.5000"), precision = color_of("precision 0.2500");
  CHECK(recall != plain);
  CHECK(precision != plain);
  CHECK(recall != precision);
}

TEST_CASE("No text of a run can steer the terminal") {
  rc::check([] {
    RunData run = some_run(3);
    run.name = *rc::gen::arbitrary<std::string>();
    run.device = *rc::gen::arbitrary<std::string>();
    run.notes.push_back({1, *rc::gen::arbitrary<std::string>(), RunNote::Kind::error,
                         "\x1b[2J\xff\xc2" + *rc::gen::arbitrary<std::string>(), 0});
    View view = view_of(run);
    view.live->message = *rc::gen::arbitrary<std::string>();
    view.slice.message = *rc::gen::arbitrary<std::string>();
    const Screen screen = draw(view, *rc::gen::inRange(1, 200), *rc::gen::inRange(1, 80));
    for (int y = 0; y < screen.rows(); ++y)
      for (int x = 0; x < screen.columns(); ++x) {
        const char32_t glyph = screen.at(x, y).glyph;
        RC_ASSERT(glyph >= 0x20);
        RC_ASSERT((glyph < 0x7f || glyph > 0xa0));
      }
  });
}

TEST_CASE("A slice is shown pixel by pixel") {
  Slice slice;
  slice.height = 6;
  slice.width = 9;
  for (std::uint32_t i = 0; i < 54; ++i) slice.labels.push_back(static_cast<std::uint8_t>(i % 4));
  slice.ask.part = monitor::Part::error;
  Screen screen(20, 4);
  draw_slice(screen, {2, 0, 12, 4}, slice, default_score(), true);
  // Of Part::error: right, false positive, false negative, another class.
  const Color colors[] = {235, 198, 194, 141};  // the viewer's, as near as xterm's palette comes
  for (int row = 0; row < 6; ++row)
    for (int column = 0; column < 9; ++column) {
      const Cell& cell = screen.at(2 + column, 1 + row / 2);
      CHECK((row % 2 ? cell.style.back : cell.style.front) == colors[(row * 9 + column) % 4]);
    }
}

TEST_CASE("The slowest rank is marked, and stays where there is no room for all") {
  RunData run = some_run(1);
  auto& parallel = *run.epochs[0].record.parallel;
  parallel.rank_step_seconds.assign(100, 0.5);
  parallel.rank_step_seconds[71] = 1;
  parallel.slowest_rank = 71;
  Screen screen(40, 6);
  draw_ranks(screen, {0, 0, 40, 6}, run);
  CHECK(row(screen, 1).find("\u25b671") == 0);
  CHECK(row(screen, 1).find("1.0 s") != std::string::npos);
  CHECK(row(screen, 2).find("\u25b6") == std::string::npos);
}

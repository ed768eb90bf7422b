#include "headless/watch/view.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"
#include "headless/watch/parts.hpp"
#include "monitor/run_progress.hpp"

namespace scaffold::watch {
namespace {

using Phase = monitor::LiveStatus::Phase;

Color color_of(State state) {
  switch (state) {
    case State::running:
    case State::converged:
      return green;
    case State::stalled:
    case State::silent:
    case State::killed:
    case State::failed:
      return red;
    default:
      return yellow;
  }
}

void draw_title(Screen& screen, const View& view) {
  screen.paint_row(0, {.reverse = true});
  const State state = state_of(view);
  const std::string right = cat(" ", name(state), " ");
  const int x = std::max(screen.columns() - static_cast<int>(right.size()), 0);
  std::string run = view.live && !view.live->run.empty() ? view.live->run : view.run->name;
  if (!view.run->device.empty())
    run += cat(" · ", view.run->device, ", ", view.run->ranks, view.run->ranks == 1 ? " rank" : " ranks");
  screen.text(0, 0, cat(" ", run), {.bold = true, .reverse = true}, x);
  screen.text(x, 0, right, {color_of(state), plain, true, true});
}

/// What is waited for, or the keys.
void draw_status(Screen& screen, const View& view) {
  const int y = screen.rows() - 1;
  const State state = state_of(view);
  std::string text = " q quit  ? help";
  if (screen.columns() >= 64) {
    text += view.glyphs == Glyphs::ascii ? "  arrows slice, axis" : "  \u2190\u2192 slice  \u2191\u2193 axis";
    text += "  v volume  e epoch  p part";
  }
  Style style{gray};
  const bool over = state == State::converged || state == State::exhausted || state == State::interrupted ||
                    state == State::failed;
  if (view.live && view.live->phase != Phase::live && !over) {
    text = cat(" ", monitor::name(view.live->phase), ": ", view.live->message);
    style = {yellow};
  } else if (state == State::stalled) {
    text = cat(" stalled: nothing for ", human_seconds(view.now - static_cast<double>(view.run->changed)),
               ", a step takes ", human_seconds(median_step(*view.run)));
    style = {red};
  } else if (view.live && view.live->phase == Phase::live && !view.live->message.empty()) {
    text = cat(" ", view.live->message);
  } else if (!view.run->problems.empty() && view.run->epochs.empty() && view.run->steps.empty()) {
    text = cat(" ", view.run->problems.front());
    style = {yellow};
  }
  screen.text(0, y, text, style);
}

/// Two pixels a character, one above the other, in colors.
bool half_blocks(const View& view) { return view.colors && view.glyphs != Glyphs::ascii; }

/// Side by side in `box`, a column of space between.
std::vector<Box> columns_of(const Box& box, int count) {
  std::vector<Box> parts;
  parts.reserve(static_cast<std::size_t>(count));
  const int width = (box.width - (count - 1)) / count;
  for (int i = 0; i < count; ++i) parts.push_back({box.x + i * (width + 1), box.y, width, box.height});
  parts.back().width = box.x + box.width - parts.back().x;
  return parts;
}

void draw_wide(Screen& screen, const View& view, const Box& body) {
  const RunData& run = *view.run;
  const int notes = std::clamp(body.height / 5, 1, 8);
  const int middle = std::clamp((body.height - notes) / 2, 0, 24);
  const int plots = body.height - notes - middle;
  const auto top = columns_of({0, body.y, body.width, plots}, 2);
  draw_score(screen, top[0], run);
  draw_loss(screen, top[1], run);
  const auto below = columns_of({0, body.y + plots, body.width, middle}, 3);
  draw_phases(screen, below[0], run);
  draw_ranks(screen, below[1], run);
  draw_slice(screen, below[2], view.slice, run.score_info(), half_blocks(view));
  draw_notes(screen, {0, body.y + plots + middle, body.width, notes}, run);
}

/// As much as there is room for, in the order of what one looks for first.
void draw_narrow(Screen& screen, const View& view, const Box& body) {
  const RunData& run = *view.run;
  const int notes = body.height >= 6 ? std::clamp(body.height / 5, 1, 6) : 0;
  const int parts = std::clamp((body.height - notes) / 7, 1, 4);
  const int height = (body.height - notes) / parts;
  int y = body.y;
  for (int i = 0; i < parts; ++i) {
    const Box box{0, y, body.width, i + 1 < parts ? height : body.y + body.height - notes - y};
    if (i == 0) draw_score(screen, box, run);
    if (i == 1) draw_loss(screen, box, run);
    if (i == 2) draw_phases(screen, box, run);
    if (i == 3) draw_slice(screen, box, view.slice, run.score_info(), half_blocks(view));
    y += box.height;
  }
  draw_notes(screen, {0, y, body.width, notes}, run);
}

}  // namespace

const char* name(State state) {
  static constexpr std::array names{"nothing there", "waiting",   "running",        "stalled",     "silent",
                                    "killed",        "converged", "target not met", "interrupted", "failed"};
  return names[static_cast<std::size_t>(state)];
}

State state_of(const View& view) {
  const RunData& run = *view.run;
  const bool connected = view.live && view.live->phase == Phase::live;
  const std::string status = run.status(static_cast<std::int64_t>(view.now));
  if (status == "converged") return State::converged;
  if (status == "epochs_exhausted") return State::exhausted;
  if (status == "interrupted") return State::interrupted;
  if (status == "failed") return State::failed;
  const bool empty = run.changed == 0 || (!run.begun && run.epochs.empty());
  if (view.live && view.live->connections == 0 && empty) return State::waiting;
  if (run.changed == 0) return view.live ? State::waiting : State::nothing;
  if (view.live && view.live->killed && !connected) return State::killed;
  if (status == "no end" && !connected) return State::silent;
  return is_stalled(run, view.now - static_cast<double>(run.changed)) ? State::stalled : State::running;
}

std::string one_line(const View& view) {
  const State state = state_of(view);
  const RunData& run = *view.run;
  std::string line = cat(view.live && !view.live->run.empty() ? view.live->run : run.name, "  ", name(state));
  if (const std::string progress = progress_text(run); !progress.empty()) line += "  " + progress;
  if (!run.epochs.empty()) {
    const EpochRecord& last = run.epochs.back().record;
    line += cat("  loss ", fixed(last.overall_loss, 4), "  validation loss ", fixed(last.val_loss_avg, 4),
                "  ", last.score_info().label, " ", last.score_info().text(last.score()));
    if (run.target) line += cat(" of ", shortest(*run.target));
  }
  if (view.forecast && (state == State::running || state == State::stalled))
    line += "  " + forecast_text(view);
  return line;
}

Screen draw(const View& view, int columns, int rows) {
  Screen screen(columns, rows);
  draw_title(screen, view);
  if (view.help) {
    draw_help(screen, view.glyphs);
  } else {
    draw_progress(screen, {0, 1, screen.columns(), 1}, *view.run);
    screen.text(0, 2, forecast_text(view, screen.columns()));
    const Box body{0, 3, screen.columns(), screen.rows() - 4};
    if (body.height > 0) {
      if (body.width >= 64 && body.height >= 16)
        draw_wide(screen, view, body);
      else
        draw_narrow(screen, view, body);
    }
  }
  draw_status(screen, view);
  return screen;
}

}  // namespace scaffold::watch

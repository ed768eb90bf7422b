#include "headless/watch/parts.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/text.hpp"
#include "headless/watch/plot.hpp"
#include "monitor/error_colors.hpp"
#include "monitor/run_progress.hpp"
#include "report/figures.hpp"

namespace scaffold::watch {
namespace {

std::string range_text(double low, double high, std::string (*text)(double)) {
  return std::isfinite(high) ? cat(text(low), " to ", text(high)) : cat(text(low), " or more");
}

constexpr const char* nothing_yet = "nothing yet";

std::string epochs_text(double epochs) { return fixed(epochs, 0); }

/// Samples trained a second in the latest steps; 0: not known.
double recent_rate(const RunData& run) {
  double samples = 0, seconds = 0;
  constexpr std::size_t recent = 10;
  for (auto step = run.steps.rbegin();
       step != run.steps.rend() && static_cast<std::size_t>(step - run.steps.rbegin()) < recent; ++step)
    if (step->seconds > 0 && std::isfinite(step->samples_per_second)) {
      samples += step->samples_per_second * step->seconds;
      seconds += step->seconds;
    }
  return seconds > 0 ? samples / seconds : 0;
}

/// Foreground classes in colors that the color-blind can tell apart (Okabe and Ito, 2008).
Color class_color(std::uint8_t label) {
  static constexpr std::array<Color, 7> colors{208, 74, 36, 227, 25, 166, 175};
  return label == 0 ? Color{235} : colors[(label - 1u) % colors.size()];
}

Color error_color(std::uint8_t label) {
  constexpr Color faint_ground = 235;
  return label == 0 ? faint_ground : terminal_color(monitor::error_colors[std::min<std::size_t>(label, 3)]);
}

const char* part_name(monitor::Part part) {
  static constexpr std::array names{"prediction", "truth", "error"};
  return names[static_cast<std::size_t>(part)];
}

}  // namespace

void draw_progress(Screen& screen, const Box& box, const RunData& run) {
  std::string text = progress_text(run);
  int x = screen.text(box.x, box.y, text.empty() ? "no step yet" : text, {.bold = true}, box.width);
  const bool over = !run.end_status.empty();
  const bool known = !over && (run.validating || (run.steps_per_epoch > 0 && run.step > 0));
  const int bar = std::min(20, box.x + box.width - x - 42);
  if (known && bar >= 4) {
    screen.put(x + 1, box.y, U'\u2595', {gray});
    draw_bar(screen, x + 2, box.y, bar, progress_share(run), {run.validating ? blue : green});
    screen.put(x + 2 + bar, box.y, U'\u258f', {gray});
    x += bar + 3;
  }
  if (const double rate = recent_rate(run); rate > 0) {
    std::string speed = cat("  ", fixed(rate, rate < 10 ? 2 : 0), " samples/s");
    const double step = median_step(run);
    if (!over && !run.validating && run.steps_per_epoch >= run.step && step > 0)
      speed += cat(", epoch in ", human_seconds(step * static_cast<double>(run.steps_per_epoch - run.step)));
    screen.text(x, box.y, speed, {}, box.x + box.width - x);
  }
}

std::string forecast_text(const View& view, int width) {
  const RunData& run = *view.run;
  const bool over = !run.end_status.empty();
  std::vector<std::string> parts;
  if (!over && view.forecast) {
    const Forecast& told = *view.forecast;
    const auto left = [&](double seconds) { return still_left(run, seconds, view.now); };
    const std::string range = range_text(left(told.seconds_low), left(told.seconds_high), human_seconds);
    constexpr int narrow = 64;
    parts.push_back(width < narrow ? cat("target in ", range)
                                   : cat("target in ", human_seconds(left(told.seconds)), " (", range, ")"));
  } else if (!over && run.target && !run.epochs.empty()) {
    parts.push_back(cat("target ", shortest(*run.target), ", no forecast yet"));
  }
  if (!over && run.deadline > 0)
    parts.push_back(
        cat("job ends in ", human_seconds(std::max(static_cast<double>(run.deadline) - view.now, 0.0))));
  if (const auto best = run.best())
    parts.push_back(cat("best ", run.score_info().text(best->first), " in epoch ", best->second));
  if (!over && view.forecast)
    parts.push_back(cat(epochs_text(view.forecast->epochs), " epochs (",
                        range_text(view.forecast->epochs_low, view.forecast->epochs_high, epochs_text), ")"));
  std::string text;
  for (const std::string& part : parts)
    if (text.size() + (text.empty() ? 0 : 2) + part.size() <= static_cast<std::size_t>(std::max(width, 0)))
      text += (text.empty() ? "" : "  ") + part;
  return text;
}

void draw_score(Screen& screen, const Box& box, const RunData& run) {
  const MetricInfo& score = run.score_info();
  Chart chart;
  chart.title = score.label;
  chart.empty = nothing_yet;
  if (!run.epochs.empty()) chart.title += cat(" ", score.text(run.epochs.back().record.score()));
  chart.target = run.target;
  if (run.target) chart.title += cat("  target ", shortest(*run.target));
  if (std::isfinite(score.low)) chart.y_low = score.low;
  if (std::isfinite(score.high)) chart.y_high = score.high;
  constexpr int colors[] = {3, 0, 1, 5, 4, 7};  // 2 is the score's
  std::size_t further = 0;
  for (const MetricInfo& info : *run.metrics) {  // the score last, on top
    if (info.training || info.key() == score.key() || !info.drawn || !info.shares_axis(score)) continue;
    chart.series.push_back(over_epochs(run.epochs, info.label, colors[further++ % std::size(colors)],
                                       [&](const RunEpoch& e) { return e.record.metric(info.key()); }));
    if (!run.epochs.empty()) chart.series.back().name += " " + info.text(chart.series.back().y.back());
  }
  chart.series.push_back(over_epochs(run.epochs, "", 2, [](const RunEpoch& e) { return e.record.score(); }));
  draw_plot(screen, box, chart);
}

void draw_loss(Screen& screen, const Box& box, const RunData& run) {
  ChartSeries training =
      over_epochs(run.epochs, "", 1, [](const RunEpoch& e) { return e.record.overall_loss; });
  if (!run.steps.empty()) training.x.clear(), training.y.clear();
  for (const RunStep& step : run.steps) training.x.push_back(step.to), training.y.push_back(step.loss);
  Chart chart;
  chart.empty = nothing_yet;
  chart.series = {std::move(training),
                  over_epochs(run.epochs, "", 0, [](const RunEpoch& e) { return e.record.val_loss_avg; })};
  chart.title = "loss";
  if (const auto& losses = chart.series[0].y; !losses.empty())
    chart.title += cat(" ", fixed(losses.back(), 4));
  if (const auto& losses = chart.series[1].y; !losses.empty())
    chart.title += cat("  validation ", fixed(losses.back(), 4));
  draw_plot(screen, box, chart);
}

void draw_phases(Screen& screen, const Box& box, const RunData& run) {
  if (box.height < 2 || box.width < 20) return;
  const auto last =
      std::find_if(run.epochs.rbegin(), run.epochs.rend(), [](const RunEpoch& each) { return each.logged; });
  const int memory_row = box.y + box.height - 1;
  const double memory = run.steps.empty() ? 0 : run.steps.back().memory_bytes;
  if (last == run.epochs.rend()) {
    screen.text(box.x, box.y, "phases: after an epoch", {gray}, box.width);
  } else {
    const EpochRecord& record = last->record;
    screen.text(box.x, box.y, cat("epoch ", record.epoch, ": ", human_seconds(record.epoch_duration)),
                {.bold = true}, box.width);
    const PhaseSeconds& p = record.phases;
    const std::array<std::pair<const char*, double>, 7> phases{{{"forward", p.forward},
                                                                {"backward", p.backward},
                                                                {"optimizer", p.optimizer},
                                                                {"data", p.data_wait},
                                                                {"validation", p.validation},
                                                                {"checkpoint", p.checkpoint},
                                                                {"other", p.other}}};
    double most = 0;
    for (const auto& [phase, seconds] : phases) most = std::max(most, seconds);
    int y = box.y + 1;
    for (const auto& [phase, seconds] : phases) {
      if (y >= memory_row) break;
      screen.text(box.x, y, phase, {}, 10);
      const std::string value = human_seconds(std::max(seconds, 0.0));
      const int width = box.width - 11 - 9;
      if (most > 0 && width > 0) draw_bar(screen, box.x + 11, y, width, seconds / most, {blue});
      screen.text(box.x + box.width - static_cast<int>(value.size()), y, value);
      ++y;
    }
  }
  if (memory > 0) {
    std::string text = cat("memory ", human_bytes(memory));
    if (last != run.epochs.rend() && last->record.peak_memory_bytes > 0) {
      const std::string peak =
          cat(", peak ", human_bytes(static_cast<double>(last->record.peak_memory_bytes)));
      if (text.size() + peak.size() <= static_cast<std::size_t>(box.width)) text += peak;
    }
    screen.text(box.x, memory_row, text, {gray}, box.width);
  }
}

void draw_ranks(Screen& screen, const Box& box, const RunData& run) {
  if (box.height < 2 || box.width < 16) return;
  const auto last = std::find_if(run.epochs.rbegin(), run.epochs.rend(),
                                 [](const RunEpoch& each) { return each.record.parallel.has_value(); });
  if (last == run.epochs.rend()) {
    screen.text(box.x, box.y, run.ranks == 1 ? "one rank" : "ranks: after an epoch", {gray}, box.width);
    if (run.ranks == 1) {
      const double step = median_step(run);
      if (step > 0) screen.text(box.x, box.y + 1, cat("step ", human_seconds(step)), {}, box.width);
    }
    return;
  }
  const ParallelRecord& parallel = *last->record.parallel;
  const auto& seconds = parallel.rank_step_seconds;
  screen.text(box.x, box.y, cat("step by rank, ", parallel.hosts, parallel.hosts == 1 ? " host" : " hosts"),
              {.bold = true}, box.width);
  const double most = std::max(parallel.step_max, 1e-12);
  // The slowest first where not all of them fit.
  std::vector<std::size_t> order(seconds.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  const auto rows = static_cast<std::size_t>(box.height - 1);
  const auto slowest = static_cast<std::size_t>(std::max(parallel.slowest_rank, 0));
  if (order.size() > rows) {
    const auto key = [&](std::size_t rank) { return std::isfinite(seconds[rank]) ? seconds[rank] : 0; };
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return key(a) > key(b); });
    order.resize(rows);
  }
  int y = box.y + 1;
  for (const std::size_t rank : order) {
    const bool straggler = rank == slowest && seconds.size() > 1;
    const Style style{straggler ? red : blue};
    screen.text(box.x, y, cat(straggler ? "\u25b6" : " ", rank),
                straggler ? Style{red, plain, true} : Style{}, 6);
    const std::string value = human_seconds(seconds[rank]);
    if (const int width = box.width - 6 - 9; width > 0)
      draw_bar(screen, box.x + 6, y, width, seconds[rank] / most, style);
    screen.text(box.x + box.width - static_cast<int>(value.size()), y, value);
    ++y;
  }
  if (seconds.empty())
    screen.text(box.x, y,
                cat(human_seconds(parallel.step_min), " to ", human_seconds(parallel.step_max), ", slowest ",
                    parallel.slowest_rank, " on ", parallel.slowest_host),
                {}, box.width);
}

void draw_slice(Screen& screen, const Box& box, const Slice& slice, const MetricInfo& score,
                bool half_blocks) {
  if (box.height < 3 || box.width < 12) return;
  const bool shown = !slice.labels.empty() && slice.height > 0 && slice.width > 0;
  std::string title = slice.message.empty() ? "no volume yet" : slice.message;
  if (shown)
    title = cat(part_name(slice.ask.part), " ", slice.ask.volume, " ", "DHW"[slice.ask.axis % 3],
                slice.ask.index, " e", slice.ask.epoch, " ", score.text(slice.score));
  screen.text(box.x, box.y, title, shown ? Style{.bold = true} : Style{gray}, box.width);
  if (!shown) return;
  // A character is about twice as high as wide: two pixels in each, one above the other.
  const int max_height = 2 * (box.height - 1), max_width = box.width;
  const double scale =
      std::min(max_height / static_cast<double>(slice.height), max_width / static_cast<double>(slice.width));
  const double zoom = scale >= 1 ? std::floor(scale) : scale;
  const int height = std::max(static_cast<int>(slice.height * zoom), 1),
            width = std::max(static_cast<int>(slice.width * zoom), 1);
  const auto label = [&](int row, int column) -> std::uint8_t {
    const auto h = std::min(static_cast<std::uint32_t>(row / zoom), slice.height - 1);
    const auto w = std::min(static_cast<std::uint32_t>(column / zoom), slice.width - 1);
    return slice.labels[std::size_t{h} * slice.width + w];
  };
  const auto color = [&](std::uint8_t value) {
    return slice.ask.part == monitor::Part::error ? error_color(value) : class_color(value);
  };
  for (int row = 0; row < height; row += 2)
    for (int column = 0; column < width; ++column) {
      const std::uint8_t above = label(row, column),
                         below = row + 1 < height ? label(row + 1, column) : above;
      const std::uint8_t seen = above ? above : below;
      if (half_blocks)
        screen.put(box.x + column, box.y + 1 + row / 2, U'\u2580',
                   {color(above), row + 1 < height ? color(below) : plain});
      else
        screen.put(box.x + column, box.y + 1 + row / 2, seen == 0 ? U'.' : U'0' + seen % 10,
                   {seen == 0 ? plain : color(seen)});
    }
}

void draw_notes(Screen& screen, const Box& box, const RunData& run) {
  const auto rows = static_cast<std::size_t>(std::max(box.height, 0));
  const std::size_t first = run.notes.size() > rows ? run.notes.size() - rows : 0;
  int y = box.y;
  for (std::size_t i = first; i < run.notes.size(); ++i, ++y) {
    const RunNote& note = run.notes[i];
    // "2026-11-21T10:20:30.123Z": its hours, minutes and seconds
    const std::string time = note.time.size() >= 19 ? note.time.substr(11, 8) : "";
    const int x = screen.text(box.x, y, time, {gray}, box.width);
    using Kind = RunNote::Kind;
    const Style style{note.kind == Kind::error     ? red
                      : note.kind == Kind::warning ? yellow
                      : note.kind == Kind::best    ? green
                                                   : plain};
    screen.text(x + 1, y, note.epoch > 0 ? cat("epoch ", note.epoch, ": ", note.text) : note.text, style,
                box.x + box.width - x - 1);
  }
}

void draw_help(Screen& screen, Glyphs glyphs) {
  const bool words = glyphs == Glyphs::ascii;
  const std::array lines{
      "q, Ctrl-C    quit",
      "?            this help",
      words ? "Left, Right  slice before, after" : "\u2190 \u2192          slice before, after",
      words ? "Up, Down     another axis" : "\u2191 \u2193          another axis",
      "v V          next, previous volume",
      "e E          next, previous epoch",
      "l            the latest epoch, and go on with it",
      "p            prediction, truth, error",
      "",
      "error: red false positive, blue false negative, yellow another class",
      words ? "> marks the slowest rank; times of day are UTC"
            : "\u25b6 marks the slowest rank; times of day are UTC",
  };
  int y = 2;
  for (const char* line : lines) screen.text(2, y++, line, {}, screen.columns() - 3);
}

}  // namespace scaffold::watch

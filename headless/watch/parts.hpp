// The parts that watch_view lays out. Each stays inside its box and shows nothing where that is too small.
#pragma once
#include "headless/watch/view.hpp"

namespace scaffold::watch {

inline constexpr Color gray = 244, green = 40, red = 203, yellow = 220, blue = 39;

// Lines of text.
/// As much of it as fits whole, the target first.
std::string forecast_text(const View& view, int width = 1 << 20);

void draw_progress(Screen& screen, const Box& box, const RunData& run);
void draw_score(Screen& screen, const Box& box, const RunData& run);
void draw_loss(Screen& screen, const Box& box, const RunData& run);
void draw_phases(Screen& screen, const Box& box, const RunData& run);
void draw_ranks(Screen& screen, const Box& box, const RunData& run);
/// `half_blocks`: two pixels a character in colors; else one of them as a digit, '.' for the background.
void draw_slice(Screen& screen, const Box& box, const Slice& slice, const MetricInfo& score,
                bool half_blocks);
void draw_notes(Screen& screen, const Box& box, const RunData& run);
/// Names keys by what the terminal can show.
void draw_help(Screen& screen, Glyphs glyphs);

}  // namespace scaffold::watch

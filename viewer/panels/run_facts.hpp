// What a run has come to, as lines of a narrow column.
#pragma once
#include <optional>

#include "panels/run_list.hpp"

namespace scaffold::viewer {

/// Status and best score; with `all` also how far it is and what its report says.
void draw_facts(const ShownRun& run, bool all, const Theme& theme);
/// Its events, the latest first. The epoch of the one that was clicked.
std::optional<std::int64_t> draw_events(const RunData& data, Context& context);

}  // namespace scaffold::viewer

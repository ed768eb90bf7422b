// Frame times and memory of the 3D view, by representation and size.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "app/window.hpp"

namespace scaffold::viewer {

/// Volumes and a cloud of the registry's bench scenes, drawn at 800 × 600. Prints a table; writes JSON to
/// `json` unless it is empty.
void bench_frames(Window& window, const std::vector<int>& edges, std::uint64_t memory_budget,
                  const std::string& json);

}  // namespace scaffold::viewer

// What the window shows while nothing is open.
#pragma once
#include <functional>
#include <vector>

#include "ui/context.hpp"

namespace scaffold::viewer {

/// `recent`: to be opened again. `ask`: asks what to open.
void draw_start_page(const std::vector<fs::path>& recent, const std::function<void()>& ask, Context& context);

}  // namespace scaffold::viewer

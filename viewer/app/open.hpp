// From a path to the panels that show what is there.
#pragma once
#include <memory>
#include <vector>

#include "panels/panel.hpp"

namespace scaffold::viewer {

/// A panel for everything of ours under `path`, as `scaffold inspect` recognizes it. DataError when there is
/// nothing, or it cannot be read.
std::vector<std::unique_ptr<Panel>> open_panels(const fs::path& path, Context& context);

}  // namespace scaffold::viewer

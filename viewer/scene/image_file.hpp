// Pictures as PNG files.
#pragma once
#include "core/files.hpp"
#include "scene/view.hpp"

namespace scaffold::viewer {

/// Whole or not at all. SystemError when it cannot be written.
void write_png(const Image& image, const fs::path& path);
/// DataError when it is none.
Image read_png(const fs::path& path);

}  // namespace scaffold::viewer

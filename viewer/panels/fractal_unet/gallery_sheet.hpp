// A whole library on one sheet, for papers and posters.
#pragma once
#include "scene/view.hpp"
#include "sources/fractal_unet/library_source.hpp"
#include "ui/theme.hpp"

namespace scaffold::viewer {

/// Every category as a tile with its number and measures below a title, as large as the sheet allows; where
/// even the smallest tiles do not all fit, the first ones, which the title says. Waits for the measures and
/// needs no window. ConfigError below 320x240.
Image gallery_sheet(LibrarySource& source, int width, int height, const Theme& theme);

}  // namespace scaffold::viewer

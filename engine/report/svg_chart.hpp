// Charts as small SVG documents with no dependency: light and dark by prefers-color-scheme, colors that the
// color-blind can tell apart (Okabe and Ito, 2008). Every color is also a plain attribute, so that tools
// without CSS draw the light version.
#pragma once
#include <string>
#include <string_view>

#include "report/chart.hpp"

namespace scaffold {

/// In user units.
struct ChartSize {
  int width = 720, height = 320;
};

/// A complete SVG document (well-formed XML, no XML declaration: it can be put into HTML as it is).
std::string svg(const Chart& chart, ChartSize size = {});

/// Color number `index` (cyclic) as #rrggbb, on a light or a dark ground.
std::string_view series_color(int index, bool dark = false);

/// & < > " ' as character references; control characters that XML forbids, and bytes that are not UTF-8,
/// become U+FFFD.
std::string escape_xml(std::string_view text);

}  // namespace scaffold

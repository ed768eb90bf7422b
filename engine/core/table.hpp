// Tables of text for a terminal.
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

struct TableStyle {
  /// 'l' or 'r' for each column: its cells stand at the left or right. The last letter holds for all further
  /// columns.
  std::string_view align = "lr";
  std::size_t indent = 0, gap = 2;  ///< blanks before the first column, and between two
};

/// A line a row (all have as many cells), columns as wide as their widest cell shows on a terminal, none
/// where all cells are empty, no blanks at a line's end. For example
///
///   text_table({{"layer", "ms"}, {"conv", "12.5"}}, {.indent = 2})
///
///     layer    ms
///     conv   12.5
std::string text_table(const std::vector<std::vector<std::string>>& rows, TableStyle style = {});

}  // namespace scaffold

#include "core/table.hpp"

#include <algorithm>

#include "core/utf8.hpp"

namespace scaffold {

std::string text_table(const std::vector<std::vector<std::string>>& rows, TableStyle style) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t c = 0; c < row.size(); ++c) widths[c] = std::max(widths[c], utf8::columns(row[c]));
  }
  std::string text;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (widths[c] == 0) continue;
      line.append(line.empty() ? style.indent : style.gap, ' ');
      const std::string fill(widths[c] - utf8::columns(row[c]), ' ');
      const bool right = style.align[std::min(c, style.align.size() - 1)] == 'r';
      line += right ? fill + row[c] : row[c] + fill;
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return text;
}

}  // namespace scaffold

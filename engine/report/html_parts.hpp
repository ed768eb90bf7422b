// What this room's pages share. Not part of the room's interface.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "report/facts.hpp"
#include "report/svg_chart.hpp"

namespace scaffold::report {

/// escape_xml, short.
std::string esc(std::string_view text);
/// From the document's first byte into its body: no script, no network.
std::string page_start(const std::string& title);
/// Who wrote it, and the file that has the same numbers; to the document's last byte.
std::string page_end(const std::string& version, const std::string& commit, std::string_view numbers_in);
std::string section(std::string_view title, const std::string& body, std::string_view css = "panel");
/// A picture in a panel of its own.
std::string chart(const std::string& picture);
/// Drawn at the size it is shown, so that its text is as large as the page's.
inline std::string half_width(const Chart& figure, int height = 300) { return svg(figure, {530, height}); }
std::string facts_html(const std::vector<Fact>& facts);
/// Every key with its origin; nothing when there is none.
std::string configuration_html(const std::vector<ConfigEntry>& config);

}  // namespace scaffold::report

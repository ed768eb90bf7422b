#include "report/html_parts.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "report/html_style.hpp"
#include "report/svg_chart.hpp"

namespace scaffold::report {
namespace {

/// .c0 … .c7: the charts' colors as backgrounds.
std::string color_css() {
  std::string light, dark;
  for (int i = 0; i < 8; ++i) {
    light += cat(".c", i, "{background:", series_color(i), "}");
    dark += cat(".c", i, "{background:", series_color(i, true), "}");
  }
  return cat(light, "@media screen and (prefers-color-scheme:dark){", dark, "}");
}

std::string entries_html(const std::vector<ConfigEntry>& entries, std::size_t from, std::size_t to) {
  std::string rows;
  for (std::size_t i = from; i < to; ++i)
    rows += cat("<tr class=\"", entries[i].origin == "default" ? "same" : "changed", "\"><td><code>",
                esc(entries[i].key), "</code></td><td><code>", esc(entries[i].value), "</code></td><td>",
                esc(entries[i].origin), "</td></tr>");
  return cat(
      "<div><table class=\"left "
      "keys\"><thead><tr><th>key</th><th>value</th><th>from</th></tr></thead><tbody>",
      rows, "</tbody></table></div>");
}

}  // namespace

std::string esc(std::string_view text) { return escape_xml(text); }

std::string page_start(const std::string& title) {
  return cat(
      "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta "
      "charset=\"utf-8\"/>"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'\"/>"
      "<title>",
      esc(title), "</title><style>", html_style, color_css(), "</style></head>\n<body><main>\n");
}

std::string page_end(const std::string& version, const std::string& commit, std::string_view numbers_in) {
  return cat("<footer>Written by ScaFFold ", esc(version), commit.empty() ? "" : " (", esc(commit),
             commit.empty() ? "" : ")", ". The same numbers, for programs, are in ", numbers_in,
             ".</footer>\n</main></body></html>\n");
}

std::string section(std::string_view title, const std::string& body, std::string_view css) {
  return cat("<section class=\"", css, "\"><h2>", title, "</h2>", body, "</section>\n");
}

std::string chart(const std::string& picture) {
  return cat("<figure class=\"panel chart\" style=\"margin:0\">", picture, "</figure>\n");
}

std::string facts_html(const std::vector<Fact>& facts) {
  std::string rows;
  for (const auto& fact : facts)
    rows += cat("<tr><td>", esc(fact.label), "</td><td>", esc(fact.value),
                fact.note.empty() ? "" : cat(" <span class=\"muted\">· ", esc(fact.note), "</span>"),
                "</td></tr>");
  return cat("<table class=\"left\"><tbody>", rows, "</tbody></table>");
}

/// What was chosen first, then the defaults, in two columns.
std::string configuration_html(const std::vector<ConfigEntry>& config) {
  if (config.empty()) return "";
  auto entries = config;
  std::stable_partition(entries.begin(), entries.end(), [](const auto& e) { return e.origin != "default"; });
  const std::size_t half = (entries.size() + 1) / 2;
  std::string columns = entries_html(entries, 0, half);
  if (half < entries.size()) columns += entries_html(entries, half, entries.size());
  return section("Configuration", cat("<div class=\"two\">", columns, "</div>"), "panel long");
}

}  // namespace scaffold::report

#include "report/svg_draw.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>

#include "core/text.hpp"
#include "core/utf8.hpp"
#include "report/svg_chart.hpp"

namespace scaffold {
namespace {

// Okabe and Ito (2008), without black, with a neutral gray; the dark set is lighter, hue for hue.
constexpr std::array<std::string_view, 8> light_colors = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                          "#e69f00", "#56b4e9", "#8a9099", "#b8a800"};
constexpr std::array<std::string_view, 8> dark_colors = {"#4a9fe0", "#f08548", "#2fbf94", "#dc9bc0",
                                                         "#f0b83e", "#9bd3f5", "#8a9099", "#e8dd55"};

/// Length of the character at text[i], 0 where there is none or none that XML allows.
std::size_t character_length(std::string_view text, std::size_t i) {
  const auto [code, length] = utf8::character(text, i);
  const bool blank = code == '\t' || code == '\n' || code == '\r';
  const bool control = (code < 0x20 && !blank) || (code >= 0x7f && code < 0xa0);
  return control || (code & 0xfffe) == 0xfffe ? 0 : length;
}

std::string style_sheet() {
  std::string dark;
  for (int i = 0; i < static_cast<int>(dark_colors.size()); ++i)
    dark +=
        cat(".sc-s", i, "{stroke:", series_color(i, true), "}.sc-f", i, "{fill:", series_color(i, true), "}");
  return cat(
      "<style>.sc-bar:hover,.sc-dot:hover{opacity:.75}.sc-hit:hover{opacity:1}"
      "@media screen and (prefers-color-scheme:dark){.sc-bg{fill:#161a20}.sc-title{fill:#e8ebef}"
      ".sc-text{fill:#a3adba}.sc-grid{stroke:#2a3038}.sc-axis{stroke:#596270}"
      ".sc-target{stroke:#c3cad3}.sc-target-text{fill:#c3cad3}.sc-ring{stroke:#161a20}",
      dark, "}</style>");
}

}  // namespace

std::string_view series_color(int index, bool dark) {
  const auto& colors = dark ? dark_colors : light_colors;
  return colors[static_cast<std::size_t>(index) % colors.size()];
}

std::string escape_xml(std::string_view text) {
  std::string safe;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = character_length(text, i);
    switch (length == 1 ? text[i] : '\0') {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        if (length == 0)
          safe += "\xef\xbf\xbd";
        else
          safe += text.substr(i, length);
    }
    i += std::max<std::size_t>(length, 1);
  }
  return safe;
}

namespace report {

std::string coordinate(double value) {
  if (!std::isfinite(value)) value = 0;
  std::string text = fixed(value, 2);
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text == "-0" ? "0" : text;
}

double text_width(std::string_view text) { return 6.6 * static_cast<double>(utf8::columns(text)); }

double Axis::operator()(double value) const {
  const double v = log ? std::log10(value) : value;
  if (!(high > low)) return (from + to) / 2;
  return from + (v - low) / (high - low) * (to - from);
}

std::string color_class(const ChartColor& color, char kind) {
  const int* index = std::get_if<int>(&color);
  return index ? cat("sc-", kind, static_cast<std::size_t>(*index) % light_colors.size()) : "sc-own";
}

std::string color_text(const ChartColor& color) {
  if (const int* index = std::get_if<int>(&color)) return std::string(series_color(*index));
  const auto byte = [](float part) {
    return static_cast<unsigned>(std::lround(255 * std::clamp(part, 0.f, 1.f)));
  };
  const Rgb& own = std::get<Rgb>(color);
  char text[8];
  std::snprintf(text, sizeof text, "#%02x%02x%02x", byte(own.r), byte(own.g), byte(own.b));
  return text;
}

Canvas::Canvas(ChartSize size, const std::string& title, const std::vector<LegendEntry>& entries,
               double right)
    : width_(size.width), height_(size.height), right_(width_ - right), bottom_(height_ - 50), title_(title) {
  text(16, 26, "start", "sc-title", title);
  if (!entries.empty()) legend(entries);
}

void Canvas::legend(const std::vector<LegendEntry>& entries) {
  double x = 16, y = 48;
  for (const auto& entry : entries) {
    const double need = 20 + text_width(entry.name);
    if (x > 16 && x + need > width_ - 16) {
      x = 16;
      y += 19;
    }
    const std::string color = color_text(entry.color);
    if (entry.line)
      body_ += cat("<line class=\"", color_class(entry.color, 's'), "\" x1=\"", coordinate(x), "\" x2=\"",
                   coordinate(x + 14), "\" y1=\"", y - 4, "\" y2=\"", y - 4, "\" stroke=\"", color,
                   "\" stroke-width=\"2.5\"", entry.dashed ? " stroke-dasharray=\"4 3\"" : "", "/>");
    else
      body_ += cat("<rect class=\"", color_class(entry.color, 'f'), "\" x=\"", coordinate(x + 1), "\" y=\"",
                   y - 10, "\" width=\"11\" height=\"11\" rx=\"2\" fill=\"", color, "\"/>");
    text(x + 19, y, "start", "sc-text", entry.name);
    x += need + 18;
  }
  top_ = y + 20;
}

void Canvas::text(double x, double y, std::string_view anchor, std::string_view css, std::string_view text) {
  const bool title = css == "sc-title";
  body_ += cat("<text class=\"", css, "\" x=\"", coordinate(x), "\" y=\"", coordinate(y), "\" text-anchor=\"",
               anchor, "\" fill=\"",
               title                     ? "#1c2128"
               : css == "sc-target-text" ? "#3a424d"
                                         : "#59636f",
               "\"", title ? " font-size=\"15\" font-weight=\"600\"" : "", ">", escape_xml(text), "</text>");
}

void Canvas::x_axis(const Axis& x, const std::vector<double>& ticks, std::string_view label,
                    const std::vector<std::string>& names) {
  body_ += cat("<line class=\"sc-axis\" x1=\"", coordinate(left_), "\" x2=\"", coordinate(right_), "\" y1=\"",
               coordinate(bottom_), "\" y2=\"", coordinate(bottom_), "\" stroke=\"#9aa3ae\"/>");
  for (std::size_t i = 0; i < ticks.size(); ++i)
    text(x(ticks[i]), bottom_ + 18, "middle", "sc-text", i < names.size() ? names[i] : tick_label(ticks[i]));
  text((left_ + right_) / 2, height_ - 12, "middle", "sc-text", label);
}

void Canvas::y_axis(const Axis& y, const std::vector<double>& ticks, std::string_view label) {
  for (const double tick : ticks) {
    const std::string at = coordinate(y(tick));
    body_ += cat("<line class=\"sc-grid\" x1=\"", coordinate(left_), "\" x2=\"", coordinate(right_),
                 "\" y1=\"", at, "\" y2=\"", at, "\" stroke=\"#e4e7eb\"/>");
    text(left_ - 8, y(tick) + 4, "end", "sc-text", tick_label(tick));
  }
  const std::string middle = coordinate((top_ + bottom_) / 2);
  body_ += cat("<text class=\"sc-text\" transform=\"translate(15 ", middle,
               ") rotate(-90)\" text-anchor=\"middle\" fill=\"#59636f\">", escape_xml(label), "</text>");
}

void Canvas::remark(const std::string& words) {
  text((left_ + right_) / 2, (top_ + bottom_) / 2, "middle", "sc-text", words);
}

void Canvas::target(double y, const std::string& label) {
  body_ += cat("<line class=\"sc-target\" x1=\"", coordinate(left_), "\" x2=\"", coordinate(right_ + 4),
               "\" y1=\"", coordinate(y), "\" y2=\"", coordinate(y),
               "\" stroke=\"#3a424d\" stroke-width=\"1.2\" stroke-dasharray=\"5 4\"/>");
  text(right_ + 8, y + 4, "start", "sc-target-text", label);
}

std::string Canvas::finish() {
  return cat("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 ", width_, " ", height_, "\" width=\"",
             width_, "\" height=\"", height_, "\" role=\"img\" aria-label=\"", escape_xml(title_),
             "\" font-family=\"system-ui, -apple-system, 'Segoe UI', 'Helvetica Neue', Arial, 'DejaVu Sans', "
             "sans-serif\" font-size=\"12\">",
             style_sheet(), "<rect class=\"sc-bg\" width=\"", width_, "\" height=\"", height_,
             "\" fill=\"#ffffff\"/>", body_, "</svg>\n");
}

}  // namespace report
}  // namespace scaffold

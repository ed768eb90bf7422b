#include "headless/scaling/last_words.hpp"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

constexpr std::size_t most = 300;
constexpr std::string_view error_mark = " error] ";

/// A line above or below a notice.
bool is_rule(std::string_view line) { return line.size() > 20 && line.find_first_not_of("-=*") == line.npos; }

bool letters(std::string_view line) {
  return std::any_of(line.begin(), line.end(), [](unsigned char c) { return std::isalnum(c) || c >= 0x80; });
}

std::string last_error(const std::vector<std::string>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (const auto at = line->find(error_mark); at != line->npos)
      return std::string(trim(std::string_view(*line).substr(at + error_mark.size())));
  return {};
}

std::string last_line(const std::vector<std::string>& lines) {
  for (auto line = lines.rbegin(); line != lines.rend(); ++line)
    if (letters(*line)) return std::string(trim(*line));
  return {};
}

/// The first paragraph after the rule, on one line.
std::string paragraph(const std::vector<std::string>& lines, std::size_t after) {
  std::string text;
  for (std::size_t i = after + 1; i < lines.size() && !is_rule(trim(lines[i])); ++i) {
    const std::string_view words = trim(lines[i]);
    if (words.empty() && !text.empty()) break;
    if (!words.empty()) text += cat(text.empty() ? "" : " ", words);
  }
  return text;
}

/// How the first of the notices begins with which the log ends; empty where it does not end with any.
std::string first_notice(const std::vector<std::string>& lines) {
  std::vector<std::size_t> rules;
  for (std::size_t i = 0; i < lines.size(); ++i)
    if (is_rule(trim(lines[i]))) rules.push_back(i);
  const auto silent = [&](std::size_t from, std::size_t to) {
    return std::none_of(lines.begin() + static_cast<std::ptrdiff_t>(from),
                        lines.begin() + static_cast<std::ptrdiff_t>(to), letters);
  };
  if (rules.size() < 2 || !silent(rules.back() + 1, lines.size())) return {};
  std::size_t opening = rules.size() - 2;
  while (opening >= 2 && silent(rules[opening - 1] + 1, rules[opening])) opening -= 2;
  return paragraph(lines, rules[opening]);
}

}  // namespace

std::string last_words(const std::filesystem::path& log) {
  std::string text;
  try {
    text = read_text(log);
  } catch (const Error&) {
    return "its log cannot be read";
  }
  const auto lines = split(text, '\n');
  std::string said = last_error(lines);
  if (said.empty()) said = first_notice(lines);
  if (said.empty()) said = last_line(lines);
  if (said.empty()) return "no output";
  said = said.substr(0, most);
  if (said.find("attempt to run as root") != said.npos)
    said +=
        " Start it as another user, or set OMPI_ALLOW_RUN_AS_ROOT=1 and OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 in "
        "the environment.";
  return said;
}

}  // namespace scaffold

#include "core/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <numeric>

namespace scaffold {

std::string fixed(double value, int digits) {
  std::array<char, 400> buffer;
  const int n = std::snprintf(buffer.data(), buffer.size(), "%.*f", digits, value);
  return std::string(buffer.data(), std::min<std::size_t>(n, buffer.size() - 1));
}

std::string shortest(double value) {
  std::array<char, 64> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  return std::string(buffer.data(), end);
}

namespace {
std::string scaled(double value, double base, const char* const (&units)[6]) {
  std::size_t unit = 0;
  while (std::abs(value) >= base && unit < 5) {
    value /= base;
    ++unit;
  }
  return (unit == 0 ? fixed(value, value == std::floor(value) ? 0 : 1) : fixed(value, 2)) + units[unit];
}
}  // namespace

std::string human_bytes(double bytes) {
  static const char* const units[6] = {" B", " KiB", " MiB", " GiB", " TiB", " PiB"};
  return scaled(bytes, 1024, units);
}

std::string human_count(double count) {
  static const char* const units[6] = {"", " k", " M", " G", " T", " P"};
  return scaled(count, 1000, units);
}

std::string human_seconds(double seconds) {
  if (!(seconds < 1e9)) return "unknown";
  if (seconds < 60) return fixed(seconds, 1) + " s";
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return cat(whole / 60, " m ", padded(whole % 60, 2), " s");
  return cat(whole / 3600, " h ", padded(whole / 60 % 60, 2), " m");
}

std::string padded(std::uint64_t value, int width) {
  std::string digits = std::to_string(value);
  if (static_cast<int>(digits.size()) < width) digits.insert(0, width - digits.size(), '0');
  return digits;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (;;) {
    const auto end = text.find(separator, start);
    parts.emplace_back(text.substr(start, end == text.npos ? text.npos : end - start));
    if (end == text.npos) return parts;
    start = end + 1;
  }
}

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1);
}

namespace {
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1])});
      diagonal = above;
    }
  }
  return row.back();
}
}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
  return nearest(word, candidates, std::max<std::size_t>(2, word.size() / 2));
}

std::string nearest(std::string_view word, const std::vector<std::string>& candidates,
                    std::size_t max_edits) {
  std::string best;
  std::size_t best_distance = max_edits + 1;
  for (const auto& candidate : candidates) {
    const std::size_t distance = edit_distance(word.substr(0, 80), candidate);
    if (distance < best_distance) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

namespace {
/// from_chars knows no plus sign; "+-5" must not become -5.
std::string_view without_plus(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  return text;
}
}  // namespace

bool parse_double(std::string_view text, double& value) {
  text = without_plus(trim(text));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size() && std::isfinite(value);
}

bool parse_int(std::string_view text, std::int64_t& value) {
  text = without_plus(trim(text));
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace scaffold

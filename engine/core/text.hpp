// Small text helpers. Sources that see Torch cannot include Debian's fmt (Torch carries its own), so the
// engine builds its messages with these instead.
#pragma once
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace scaffold {

/// Concatenates anything with an operator<<.
template <class... Args>
std::string cat(const Args&... args) {
  std::ostringstream out;
  (out << ... << args);
  return out.str();
}

/// Fixed-point decimal: fixed(3.14159, 2) == "3.14".
std::string fixed(double value, int digits);
/// Shortest decimal that reads back as the same double: shortest(0.1) == "0.1".
std::string shortest(double value);
/// "1.50 GiB": binary units.
std::string human_bytes(double bytes);
/// "1 h 02 m", "3 m 20 s", "4.2 s".
std::string human_seconds(double seconds);
/// "12.3 M": decimal units for counts and rates.
std::string human_count(double count);
/// Zero-padded decimal: padded(42, 6) == "000042".
std::string padded(std::uint64_t value, int width);
std::vector<std::string> split(std::string_view text, char separator);
std::string_view trim(std::string_view text);
/// The candidate with the smallest edit distance to word, or "" when none is reasonably near.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates);
/// The same among those at most max_edits insertions, deletions and replacements away.
std::string nearest(std::string_view word, const std::vector<std::string>& candidates, std::size_t max_edits);
/// Whole text as a finite double; false when it is anything else.
bool parse_double(std::string_view text, double& value);
bool parse_int(std::string_view text, std::int64_t& value);

}  // namespace scaffold

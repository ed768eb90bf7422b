#include "fractal_unet/fractal/ifs.hpp"

#include <cmath>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

double determinant(const std::array<double, 9>& m) {
  return m[0] * (m[4] * m[8] - m[5] * m[7]) - m[1] * (m[3] * m[8] - m[5] * m[6]) +
         m[2] * (m[3] * m[7] - m[4] * m[6]);
}

std::string clipped(std::string_view text) {
  std::string shown(text.substr(0, 40));
  for (char& c : shown)
    if (static_cast<unsigned char>(c) < 32 || static_cast<unsigned char>(c) > 126) c = '?';
  return shown + (text.size() > 40 ? "…" : "");
}

AffineMap map_from_line(std::string_view line, std::string_view where) {
  const auto fields = split(line, ',');
  if (fields.size() != 13)
    throw DataError(cat(where, ": 13 comma-separated numbers were expected, ", fields.size(), " found"));
  std::array<double, 13> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    if (!parse_double(fields[i], values[i]))
      throw DataError(cat(where, ": field ", i + 1, " is not a finite number: '", clipped(fields[i]), "'"));
  AffineMap map;
  for (int c = 0; c < 12; ++c) coefficient(map, c) = values[c];
  map.probability = values[12];
  if (map.probability < 0 || map.probability > 1)
    throw DataError(
        cat(where, ": the probability (field 13) is ", shortest(map.probability), ", outside 0 to 1"));
  return map;
}

}  // namespace

void set_probabilities(Ifs& ifs) {
  const double d0 = std::abs(determinant(ifs[0].matrix)), d1 = std::abs(determinant(ifs[1].matrix));
  const double sum = d0 + d1;
  // Two singular maps have no volume to share out.
  ifs[0].probability = sum > 0 ? d0 / sum : 0.5;
  ifs[1].probability = sum > 0 ? d1 / sum : 0.5;
}

std::string to_csv(const Ifs& ifs) {
  std::string text;
  for (const AffineMap& map : ifs) {
    for (int c = 0; c < 12; ++c) text += shortest(coefficient(map, c)) + ',';
    text += shortest(map.probability) + '\n';
  }
  return text;
}

Ifs ifs_from_csv(std::string_view text, std::string_view file) {
  Ifs ifs{};
  std::size_t maps = 0, number = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = trim(text.substr(0, end));
    text = end == text.npos ? std::string_view{} : text.substr(end + 1);
    ++number;
    if (line.empty()) continue;
    const auto where = cat("'", file, "' line ", number);
    if (maps == ifs.size()) throw DataError(cat(where, ": a category has two lines, this is one too many"));
    ifs[maps++] = map_from_line(line, where);
  }
  if (maps != ifs.size())
    throw DataError(cat("'", file, "' line ", number + 1, ": a category has two lines of 13 numbers, ", maps,
                        " found: the file is incomplete"));
  const double sum = ifs[0].probability + ifs[1].probability;
  if (std::abs(sum - 1) > 1e-6)
    throw DataError(
        cat("'", file, "' line 2: the two probabilities (field 13) sum to ", shortest(sum), ", not 1"));
  return ifs;
}

std::uint64_t cloud_points(int problem_scale) {
  // Beyond 13 a cloud would outrun the 2^34 words of its random stream.
  if (problem_scale < 0 || problem_scale > 13)
    throw ConfigError(cat("problem_scale ", problem_scale, " is outside 0 to 13"));
  const int bits = 3 * problem_scale - 8;
  return bits > 0 ? std::uint64_t{1} << bits : 1;
}

}  // namespace scaffold

// An iterated function system of two affine maps, and its text form in the library.
#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace scaffold {

/// x' = matrix·x + translation, chosen with `probability`. All float64.
struct AffineMap {
  std::array<double, 9> matrix{};       ///< row-major 3×3
  std::array<double, 3> translation{};  ///< x, y, z
  double probability = 0;
  bool operator==(const AffineMap&) const = default;
};
using Ifs = std::array<AffineMap, 2>;

/// Coefficient c of a map: 0–8 the matrix row-major, 9–11 the translation.
inline double& coefficient(AffineMap& map, int c) { return c < 9 ? map.matrix[c] : map.translation[c - 9]; }
inline double coefficient(const AffineMap& map, int c) {
  return c < 9 ? map.matrix[c] : map.translation[c - 9];
}

/// |det(matrix)| normalized over both maps.
void set_probabilities(Ifs& ifs);
/// Two lines of 13 comma-separated shortest round-trip decimals.
std::string to_csv(const Ifs& ifs);
/// The reverse; throws DataError naming `file` and the line for anything else (fuzzed).
Ifs ifs_from_csv(std::string_view text, std::string_view file);

/// Points in a category's cloud at a problem scale: (2^scale)^3 / 256, at least 1.
std::uint64_t cloud_points(int problem_scale);

}  // namespace scaffold

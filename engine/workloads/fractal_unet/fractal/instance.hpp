// The 145 instances of a category: the base, and each coefficient scaled by each factor.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/ifs.hpp"

namespace scaffold {

inline constexpr int instances_per_category = 145;
inline constexpr std::array<double, 12> instance_factors = {0.4, 0.5, 0.6, 0.7, 0.8, 0.9,
                                                            1.1, 1.2, 1.3, 1.4, 1.5, 1.6};

/// Instance 0 is the base (coefficient −1, factor 1); instance 1 + 12·c + k scales coefficient c by factor k.
struct Variation {
  int coefficient = -1;
  double factor = 1;
};
Variation variation(int instance);
/// "base" or "matrix row 2, column 1 × 0.7": for people.
std::string describe(const Variation& variation);

struct InstanceRequest {
  Ifs base;
  int category = 0, instance = 0;
};
/// What makes its cloud, of the factor's deviation from 1 the share `deviation`.
CloudTask instance_task(const InstanceRequest& request, std::uint64_t seed, double deviation = 1);
struct InstanceCloud {
  Cloud cloud;
  double deviation = 1;  ///< share of the factor's deviation from 1 that was kept: 1, 0.5, 0.25, 0.1 or 0
};
/// Clouds of all requests; a diverging one is retried with its deviation pulled in, restarting its stream.
/// Throws DataError when even a base diverges at this number of points. Eight requests or more at once fill
/// the lanes.
std::vector<InstanceCloud> generate_instances(std::span<const InstanceRequest> requests, std::uint64_t seed,
                                              std::uint64_t points);
/// The same into clouds that may hold earlier ones, whose memory is used again.
void generate_instances(std::span<const InstanceRequest> requests, std::uint64_t seed, std::uint64_t points,
                        std::vector<InstanceCloud>& clouds);

}  // namespace scaffold

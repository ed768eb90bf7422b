// What this workload's random numbers are for; datasets and libraries are made of them, so never renumber.
#pragma once
#include "core/philox.hpp"

namespace scaffold::fractal_purpose {

inline constexpr Purpose category_coefficients{1};  ///< (seed, attempt): a candidate's 24 coefficients
inline constexpr Purpose category_cloud{2};         ///< (seed, attempt): map choices of its cloud
inline constexpr Purpose instance_cloud{3};    ///< (seed, category, instance): map choices of an instance's
inline constexpr Purpose instance_draw{4};     ///< (seed, category): which instances a dataset uses
inline constexpr Purpose volume_shuffle{5};    ///< (seed): order of (category, instance) pairs
inline constexpr Purpose palette{6};           ///< (seed, category): the category's color
inline constexpr Purpose validation_split{7};  ///< (seed): which volumes validate

static_assert(are_distinct({category_coefficients, category_cloud, instance_cloud, instance_draw,
                            volume_shuffle, palette, validation_split}));

}  // namespace scaffold::fractal_purpose

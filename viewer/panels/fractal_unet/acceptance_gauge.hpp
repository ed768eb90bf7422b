// Why a candidate is accepted or not: variance along each axis against the threshold, extent, the result.
#pragma once
#include <string>

#include "fractal_unet/fractal/library.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

/// "accepted", "rejected: variance along y and z is not above 0.15", …
std::string explain(const Candidate& candidate, const LibrarySpec& spec);
/// As wide as the room there is.
void draw_gauge(const Candidate& candidate, const LibrarySpec& spec, Context& context);

}  // namespace scaffold::viewer

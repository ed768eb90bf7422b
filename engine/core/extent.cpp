#include "core/extent.hpp"

#include "core/text.hpp"

namespace scaffold {

std::string extents_text(const Extent3& extents) {
  const auto& [d, h, w] = extents;
  if (d == h && h == w) return cat(d, "^3");
  return cat(d == 1 ? "" : cat(d, " x "), h, " x ", w);
}

}  // namespace scaffold

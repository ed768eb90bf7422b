#include "data/sample_reader.hpp"

namespace scaffold {

std::vector<std::int64_t> FieldInfo::dims(const Extent3& box) const {
  std::vector<std::int64_t> all = channels;
  if (spatial) all.insert(all.end(), box.begin(), box.end());
  return all;
}

std::int64_t FieldInfo::elements(const Extent3& box) const {
  std::int64_t n = 1;
  for (const auto extent : dims(box)) n *= extent;
  return n;
}

std::uint64_t FieldInfo::bytes(const Extent3& box) const {
  return static_cast<std::uint64_t>(elements(box)) * size_of(type);
}

}  // namespace scaffold

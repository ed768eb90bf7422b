#include "device/device_fractals.hpp"

#include <ATen/ATen.h>

#include <bit>

namespace scaffold {

std::vector<std::uint64_t> voxels_of_bitmap(const at::Tensor& bitmap) {
  std::vector<std::uint64_t> voxels;
  const auto* words = bitmap.const_data_ptr<std::int32_t>();
  for (std::int64_t i = 0; i < bitmap.numel(); ++i)
    for (auto left = static_cast<std::uint32_t>(words[i]); left != 0; left &= left - 1)
      voxels.push_back(static_cast<std::uint64_t>(i) * 32 + static_cast<unsigned>(std::countr_zero(left)));
  return voxels;
}

}  // namespace scaffold

#include "fractal_unet/network/volume.hpp"

#include <ATen/ATen.h>

#include "device/device_kernels.hpp"

namespace scaffold {
namespace {

at::Tensor palette_of(const DatasetReader& dataset, const at::Device& device) {
  const Palette& palette = dataset.index().palette;
  at::Tensor colors = at::empty({static_cast<std::int64_t>(palette.size()), 3}, at::kFloat);
  for (std::size_t k = 0; k < palette.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c) colors.data_ptr<float>()[3 * k + c] = palette[k][c];
  return colors.to(device);
}

}  // namespace

at::Tensor colors_of(const at::Tensor& mask, const at::Tensor& palette) {
  if (const auto* kernels = fused::device_kernels(mask)) return kernels->expand(mask, palette);
  return palette.index({mask.to(at::kLong)}).permute({0, 4, 1, 2, 3}).contiguous();
}

DeviceExpansion color_expansion(const DatasetReader& dataset, const at::Device& device) {
  return {{false, true}, [palette = palette_of(dataset, device)](Batch& batch) {
            batch[field::image] = colors_of(batch[field::mask], palette);
          }};
}

Batch read_volume(const DatasetReader& reader, std::int64_t volume, bool with_image) {
  const ShardLayout& layout = reader.layout();
  const std::int64_t edge = layout.whole()[0];
  Batch whole{with_image ? at::empty({1, 3, edge, edge, edge}, at::kFloat) : at::Tensor(),
              at::empty({1, edge, edge, edge}, at::kByte)};
  for (std::int64_t shard = 0; shard < layout.count(); ++shard) {
    const Block block = layout.block(shard);
    const auto& [d, h, w] = block.size;
    const at::Tensor image = with_image ? at::empty({1, 3, d, h, w}, at::kFloat) : at::Tensor();
    const at::Tensor mask = at::empty({1, d, h, w}, at::kByte);
    reader.read_block(volume, shard, with_image ? image.data_ptr<float>() : nullptr,
                      mask.data_ptr<std::uint8_t>());
    const auto place = [&](at::Tensor into, const at::Tensor& from) {
      for (int axis = 0; axis < 3; ++axis)
        into = into.narrow(into.dim() - 3 + axis, block.begin[axis], block.size[axis]);
      into.copy_(from);
    };
    if (with_image) place(whole[field::image], image);
    place(whole[field::mask], mask);
  }
  return whole;
}

}  // namespace scaffold

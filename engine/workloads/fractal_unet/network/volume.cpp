#include "fractal_unet/network/volume.hpp"

#include <ATen/ATen.h>

#include <memory>

#include "device/device_kernels.hpp"

namespace scaffold {
namespace {

/// Tensors over the sample's own memory, which they keep alive.
Batch wrap(Sample sample) {
  const auto owner = std::make_shared<Sample>(std::move(sample));
  const auto& [d, h, w] = owner->size();
  const auto release = [owner](void*) {};
  return {owner->image() ? at::from_blob(owner->image(), {1, 3, d, h, w}, release, at::kFloat) : at::Tensor(),
          at::from_blob(owner->mask(), {1, d, h, w}, release, at::kByte)};
}

}  // namespace

at::Tensor colors_of(const at::Tensor& mask, const at::Tensor& palette) {
  if (const auto* kernels = fused::device_kernels(mask)) return kernels->expand(mask, palette);
  return palette.index({mask.to(at::kLong)}).permute({0, 4, 1, 2, 3}).contiguous();
}

Batch next_batch(Loader& loader, std::int64_t size, const at::Device& device, const at::Tensor& palette) {
  std::vector<at::Tensor> images, masks;
  while (static_cast<std::int64_t>(masks.size()) < size) {
    auto sample = loader.next();
    if (!sample) break;
    Batch one = wrap(std::move(*sample));
    if (one[field::image].defined()) images.push_back(std::move(one[field::image]));
    masks.push_back(std::move(one[field::mask]));
  }
  if (masks.empty()) return {};
  if (images.empty()) {
    const at::Tensor mask = at::cat(masks).to(device);
    return {colors_of(mask, palette), mask};
  }
  if (images.size() == 1) return {images[0].to(device), masks[0].to(device)};
  return {at::cat(images).to(device), at::cat(masks).to(device)};
}

Batch read_volume(const DatasetReader& reader, std::int64_t volume, bool with_image) {
  const ShardLayout& layout = reader.layout();
  const std::int64_t edge = layout.edge();
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

// Dataset samples as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "fractal_unet/dataset/loader.hpp"
#include "fractal_unet/dataset/reader.hpp"

namespace scaffold {

struct Batch {
  at::Tensor image;  ///< [N, 3, D, H, W] float32
  at::Tensor mask;   ///< [N, D, H, W] uint8
  std::int64_t size() const { return image.size(0); }
};

/// mask [N, D, H, W] uint8, palette [K, 3] float32 on one device → [N, 3, D, H, W] float32.
at::Tensor colors_of(const at::Tensor& mask, const at::Tensor& palette);

/// The next `size` samples (fewer at the end, none: an empty image) on `device`. Copies only what it must.
/// `palette`: the colors where the loader reads masks alone.
Batch next_batch(Loader& loader, std::int64_t size, const at::Device& device, const at::Tensor& palette = {});

/// A whole volume, put together from its shards; without image when with_image is false.
Batch read_volume(const DatasetReader& reader, std::int64_t volume, bool with_image = true);

}  // namespace scaffold

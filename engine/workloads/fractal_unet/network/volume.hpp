// Dataset samples as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "fractal_unet/dataset/loader.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "nn/batch.hpp"

namespace scaffold {

/// Fields of a batch.
namespace field {
inline constexpr std::size_t image =
    0;  ///< [N, 3, D, H, W] float32; undefined where only masks were asked for
inline constexpr std::size_t mask = 1;  ///< [N, D, H, W] uint8
}  // namespace field

/// mask [N, D, H, W] uint8, palette [K, 3] float32 on one device → [N, 3, D, H, W] float32.
at::Tensor colors_of(const at::Tensor& mask, const at::Tensor& palette);

/// The next `size` samples (fewer at the end, none: an empty batch) on `device`. Copies only what it must.
/// `palette`: the colors where the loader reads masks alone.
Batch next_batch(Loader& loader, std::int64_t size, const at::Device& device, const at::Tensor& palette = {});

/// A whole volume, put together from its shards; without image when with_image is false.
Batch read_volume(const DatasetReader& reader, std::int64_t volume, bool with_image = true);

}  // namespace scaffold

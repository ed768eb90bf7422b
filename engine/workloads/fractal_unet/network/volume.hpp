// Dataset samples as tensors.
#pragma once
#include <ATen/core/Tensor.h>

#include <vector>

#include "fractal_unet/dataset/reader.hpp"
#include "nn/batch.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// mask [N, D, H, W] uint8, palette [K, 3] float32 on one device → [N, 3, D, H, W] float32.
at::Tensor colors_of(const at::Tensor& mask, const at::Tensor& palette);

/// On a GPU, images of a compact dataset are made there of their masks, which alone cross.
DeviceExpansion color_expansion(const DatasetReader& dataset, const at::Device& device);

/// A whole volume, put together from its shards; without image when with_image is false.
Batch read_volume(const DatasetReader& reader, std::int64_t volume, bool with_image = true);

}  // namespace scaffold

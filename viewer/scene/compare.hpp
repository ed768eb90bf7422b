// How much two pictures differ, to an eye that does not mind a renderer's rounding.
#pragma once
#include "scene/view.hpp"

namespace scaffold::viewer {

/// Edge of the blocks of pixels that are compared.
inline constexpr int compared_block = 4;
/// Means over blocks of compared_block² pixels; what is left over at the right and lower border is dropped.
Image block_means(const Image& image);
/// Share of blocks in which a color differs by more than 24 of 255 between two pictures of block_means();
/// 1 when the sizes differ.
double difference(const Image& a, const Image& b);

}  // namespace scaffold::viewer

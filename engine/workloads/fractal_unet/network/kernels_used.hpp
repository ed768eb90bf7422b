// Which kernel computes each kind of layer of a network, told without running it.
#pragma once
#include <c10/core/Device.h>

#include <string>
#include <utility>
#include <vector>

#include "comm/shard_layout.hpp"
#include "fractal_unet/network/unet.hpp"

namespace scaffold {

/// Kind of layer and what computes it, for people, in ASCII: "3^3 convolution", "Winograd, fused kernels
/// (avx2)". Decided by what the layers themselves ask (nn/layers.hpp, nn/fused), and for ATen's
/// convolutions by what ATen asks. Where the levels of the network differ, each says which. `block`: the
/// extents of what a rank holds of a volume; `sharded`: that is not the whole of it.
std::vector<std::pair<std::string, std::string>> kernels_used(const UNetOptions& network,
                                                              const at::Device& device, const Extent3& block,
                                                              bool sharded);

}  // namespace scaffold

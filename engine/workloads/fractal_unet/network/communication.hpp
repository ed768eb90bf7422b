// Bytes that a training step moves between ranks, counted from shapes without running anything.
#pragma once
#include <cstdint>

#include "comm/process_grid.hpp"
#include "fractal_unet/network/unet.hpp"

namespace scaffold {

/// What one rank sends for one batch of samples.
struct HaloCount {
  std::int64_t forward_bytes = 0, backward_bytes = 0;
  std::int64_t forward_messages = 0, backward_messages = 0;
};

/// Halos of all convolutions: one message a neighbor. `block`: the extents of this rank's part of a volume.
/// The first convolution has no adjoint, since nobody asks for the image's gradient; with activation
/// checkpointing the forward pass runs again in the backward pass, and its halos are counted there.
HaloCount count_halos(const UNetOptions& options, const ProcessGrid& grid, const Extent3& block,
                      std::int64_t batch);

}  // namespace scaffold

// Sharded against unsharded, on any communicator: one rank computes the whole by plain operators as well, and
// every rank returns the largest difference relative to the largest value. No assertion in here: ranks may be
// threads.
#pragma once
#include <string>
#include <vector>

#include <ATen/ATen.h>

#include "comm/communicator.hpp"
#include "fractal_unet/network/unet.hpp"

namespace scaffold::testing {

struct Differences {
  double output = 0, grad_input = 0, grad_weight = 0;
  double largest() const { return std::max({output, grad_input, grad_weight}); }
};

struct LayerCase {
  Extent3 shards{1, 1, 1}, local{2, 2, 2};
  std::int64_t batch = 1, in = 3, out = 4, groups = 1;
  at::ScalarType type = at::kDouble;
  bool channels_last = false;
  bool overlap = false;  ///< interior first, while halos fly
  bool fused = false;
  std::uint64_t seed = 1;
};
Differences check_convolution(Communicator& comm, const LayerCase& c);
Differences check_group_norm(Communicator& comm, const LayerCase& c);

struct NetworkCase {
  Extent3 shards{1, 1, 1}, local{4, 4, 4};
  std::int64_t batch = 1, levels = 2, width = 8, groups = 4, classes = 4;
  at::ScalarType type = at::kDouble;
  Precision precision = Precision::float32;
  bool activation_checkpointing = false, progress_thread = true;
  bool process_group = false;  ///< halos as a c10d group carries them: what GPUs use
  std::uint64_t seed = 1;
};
/// Through the loss: output is the larger of logits' and loss's difference.
Differences check_network(Communicator& comm, const NetworkCase& c);

std::string describe(const LayerCase& c);
std::string describe(const NetworkCase& c);

}  // namespace scaffold::testing

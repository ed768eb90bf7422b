// The validation pass: every sample counts exactly once.
#pragma once
#include <ATen/core/Tensor.h>

#include <functional>
#include <vector>

#include "fractal_unet/network/unet.hpp"
#include "job/prefetcher.hpp"
#include "job/snapshot_collector.hpp"
#include "parallel/parallel_context.hpp"

namespace scaffold {

struct Evaluation {
  double loss_sum = 0;  ///< over samples
  std::int64_t samples = 0;
  double dice = 0;  ///< mean over samples of the mean over foreground classes of the hard Dice
  /// Likewise over the foreground classes that a sample's mask holds, over the samples that hold any; NaN:
  /// none.
  double dice_present = 0;
  std::vector<double> class_dice;   ///< [classes], mean over samples
  std::vector<double> sample_dice;  ///< by sample: mean over foreground classes
  double loss_mean() const { return samples ? loss_sum / static_cast<double>(samples) : 0; }
};

/// Runs the network over `volumes`, shared out among the replicas, one at a time, without gradients. Every
/// rank gets the whole result, the same for any number of ranks up to rounding. A signal at any rank ends it
/// with Interrupted on all. `collector`, if given, is offered every sample. Collective.
Evaluation evaluate(const UNet& network, Prefetcher& feed, const std::vector<int>& volumes,
                    const at::Tensor& class_weights, ParallelContext& parallel,
                    const std::function<void(std::int64_t)>& progress = {},
                    SnapshotCollector* collector = nullptr);

}  // namespace scaffold

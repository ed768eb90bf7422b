// Validation samples kept for those who watch: what the network said of a few volumes in the validation pass
// itself, brought to rank 0 in small pieces. No extra forward pass, no whole volume anywhere but there, and
// there never more than a limit.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "monitor/volume_snapshot.hpp"
#include "parallel/parallel_context.hpp"

namespace scaffold {

struct SnapshotOptions {
  bool on = false;                                     ///< the same on every rank
  std::int64_t worst = 2;                              ///< of an epoch, by Dice
  std::uint64_t max_voxels = std::uint64_t{32} << 20;  ///< larger volumes are reduced by powers of two
  std::function<std::vector<std::int64_t>()> chosen;   ///< rank 0's: further volumes that are wanted
};

/// One validation pass.
class SnapshotCollector {
 public:
  /// Rank 0 says what is wanted: the first of `volumes`, the chosen ones. Collective.
  SnapshotCollector(const SnapshotOptions& options, const std::vector<int>& volumes, std::int64_t epoch,
                    ParallelContext& parallel);

  /// This replica has evaluated volumes[index]; every shard of it offers its block: logits [C, D, H, W], mask
  /// uint8 [D, H, W]. Copies only what may be kept.
  void add(std::size_t index, const std::vector<double>& dice, const at::Tensor& logits,
           const at::Tensor& mask);

  /// On rank 0 what is kept, in the order of `volumes`; nothing elsewhere. dice[i]: foreground mean of
  /// volumes[i]. Collective.
  std::vector<std::unique_ptr<VolumeSnapshot>> gather(const std::vector<double>& dice);

 private:
  struct Held {
    std::vector<double> dice;
    at::Tensor labels;  ///< uint8 [2, d, h, w]: prediction, truth; this shard's block, reduced
  };
  bool wanted(std::size_t index) const;
  std::unique_ptr<VolumeSnapshot> collect(std::size_t index);
  void send(const Held& held) const;

  const SnapshotOptions& options_;
  const std::vector<int>& volumes_;
  std::int64_t epoch_;
  ParallelContext& parallel_;
  std::vector<std::size_t> fixed_;            ///< indices into volumes
  std::multimap<double, std::size_t> worst_;  ///< of this replica, besides the fixed ones
  std::map<std::size_t, Held> held_;
  int reduction_ = 0;
};

}  // namespace scaffold

// Validation samples kept for those who watch: what the network said of a few of them in the validation pass
// itself, brought to rank 0 in small pieces. No extra forward pass, no whole sample anywhere but there, and
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
#include "workload/metric.hpp"

namespace scaffold {

struct SnapshotOptions {
  bool on = false;                                     ///< the same on every rank
  std::int64_t worst = 2;                              ///< of an epoch, by score
  std::uint64_t max_voxels = std::uint64_t{32} << 20;  ///< larger samples are reduced by powers of two
  std::function<std::vector<std::int64_t>()> chosen;   ///< rank 0's: further samples that are wanted
};

/// One validation pass.
class SnapshotCollector {
 public:
  /// Rank 0 says what is wanted: the first of `samples`, the chosen ones. `score`: what they are scored by.
  /// Collective.
  SnapshotCollector(const SnapshotOptions& options, const std::vector<int>& samples, const MetricInfo& score,
                    std::int64_t epoch, ParallelContext& parallel);

  /// This replica has evaluated samples[index]: whether that may be kept, so that each shard of it has to add
  /// its block.
  bool wants(std::size_t index, double score);
  /// parts: what it scored by part. labels: uint8 [2, D, H, W] on the CPU, predicted and true.
  void add(std::size_t index, const std::vector<double>& parts, const at::Tensor& labels);

  /// On rank 0 what is kept, in the order of `samples`; nothing elsewhere. scores[i]: of samples[i].
  /// Collective.
  std::vector<std::unique_ptr<VolumeSnapshot>> gather(const std::vector<double>& scores);

 private:
  struct Held {
    std::vector<double> parts;
    at::Tensor labels;  ///< uint8 [2, d, h, w]: prediction, truth; this shard's block, reduced
  };
  bool wanted(std::size_t index) const;
  /// Rising from the worst.
  double rank_of(double score) const { return score_.higher_is_better ? score : -score; }
  std::unique_ptr<VolumeSnapshot> collect(std::size_t index);
  void send(const Held& held) const;

  const SnapshotOptions& options_;
  const std::vector<int>& samples_;
  const MetricInfo& score_;
  std::int64_t epoch_;
  ParallelContext& parallel_;
  std::vector<std::size_t> fixed_;            ///< indices into samples
  std::multimap<double, std::size_t> worst_;  ///< of this replica, besides the fixed ones
  std::map<std::size_t, Held> held_;
  int reduction_ = 0;
};

}  // namespace scaffold

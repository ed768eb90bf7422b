// What training minimizes, and what its result is measured by.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "nn/batch.hpp"
#include "parallel/sharding.hpp"
#include "workload/metric.hpp"

namespace scaffold {

struct Loss {
  at::Tensor total;   ///< scalar, differentiable: mean over the batch
  at::Tensor metric;  ///< scalar, detached: the workload's training metric, mean over the batch
};

class Objective {
 public:
  virtual ~Objective() = default;
  /// Of the network's output for a batch. With a sharding both are this shard's block, and every shard gets
  /// the loss of the whole, with the gradient of its own output. Nothing waits for a device here. Collective
  /// over the shards.
  virtual Loss loss(const at::Tensor& output, const Batch& batch, const ShardingPtr& sharding) const = 0;
};

/// A validation pass as a whole.
struct Evaluation {
  double loss_sum = 0;  ///< over samples
  std::int64_t samples = 0;
  std::vector<Metric> metrics;        ///< those of the validation samples, as the workload lists them
  std::vector<double> sample_scores;  ///< by sample

  double loss_mean() const { return samples ? loss_sum / static_cast<double>(samples) : 0; }
  double score() const { return metrics.front().value; }
  const std::vector<double>& parts() const { return metrics.front().parts; }
};

/// Measures a sample at a time. What each gives is a row of numbers, filled by whichever replica has it, so
/// that sums run over samples in their order on any number of ranks.
class Score {
 public:
  virtual ~Score() = default;
  /// The metric that samples are scored by.
  virtual const MetricInfo& info() const = 0;
  /// Numbers in a row.
  virtual std::size_t columns() const = 0;
  /// Of one sample, the whole of it also where it is cut into shards. Collective over the shards.
  virtual void measure(const at::Tensor& output, const Batch& one, const ShardingPtr& sharding,
                       std::span<double> row) const = 0;
  /// Of a row: what the sample scored, and by part, where the score has parts.
  virtual double value(std::span<const double> row) const = 0;
  virtual std::vector<double> parts(std::span<const double> /*row*/) const { return {}; }
  /// From the rows of all samples, one behind another.
  virtual Evaluation finish(std::span<const double> rows) const = 0;
};

}  // namespace scaffold

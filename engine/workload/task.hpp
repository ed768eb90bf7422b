// What a workload gives to train: tensors from here on (workload.hpp has the rest).
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "comm/process_grid.hpp"
#include "config/config.hpp"
#include "data/sample_reader.hpp"
#include "nn/network.hpp"
#include "nn/precision.hpp"
#include "workload/dataset_source.hpp"
#include "workload/objective.hpp"
#include "workload/workload.hpp"

namespace scaffold {

/// What a device makes of other fields by itself, so that it need not be read or copied.
struct DeviceExpansion {
  std::vector<bool> fields = {};  ///< which are read, by number; empty: all
  /// Fills in the others, which are undefined. Null: there are none.
  std::function<void(Batch&)> complete = nullptr;
};

/// Sizes of a network by name, as its checkpoints record them.
using NetworkSizes = std::vector<std::pair<std::string, std::int64_t>>;
/// Error where there is none of this name.
std::int64_t size_of(const NetworkSizes& sizes, std::string_view name);

/// Bytes that training one batch takes at its peak, early in the backward pass.
struct MemoryEstimate {
  double parameters = 0, gradients = 0, optimizer = 0;
  double activations = 0;  ///< stored for the backward pass
  double workspace = 0;    ///< gradients of the largest layers in flight, copies of weights in bfloat16
  double total() const { return parameters + gradients + optimizer + activations + workspace; }
};

/// Operations of one sample, whole; a multiply-add is two.
struct Operations {
  double forward = 0, training = 0;
};

/// How a device computes a network: what a cost depends on, so that the device need not be here.
struct Computation {
  bool cpu = true;
  bool fused = true;  ///< by fused kernels, where there are some
  Precision precision = Precision::float32;
};
/// As training on this device would.
Computation computation(const Config& config, const at::Device& device);

/// What training takes of one rank, counted from shapes. A batch: its part of `local_batch_size` samples,
/// forward and backward.
struct TrainingCost {
  std::int64_t parameters = 0;
  MemoryEstimate memory;
  double halo_padding = 0;    ///< bytes: copies of inputs with their halos, of a batch
  double touched_bytes = 0;   ///< read and written by everything but convolutions, of one sample
  double halo_bytes = 0;      ///< sent, of a batch
  double halo_exchanges = 0;  ///< of a batch, forward and backward
  double small_sums = 0;      ///< all-reduces of a few numbers, of a batch
};

/// One parameter of a network, known without allocating it.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 0;  ///< for initialization; 0 for those that begin at one value
};

struct SmallerNetwork {
  Config config;
  std::string what;  ///< for people: "width 4 (another network, not official)"
};

class Task {
 public:
  virtual ~Task() = default;

  /// The workload's, or one whose samples `device` may make, too.
  virtual std::unique_ptr<DatasetSource> dataset(const Config& config, const at::Device& /*device*/) const {
    return workload_of(config).dataset(config);
  }
  /// ConfigError for what else than the cut into shards (Workload::check_shards) can be known to go wrong
  /// before any data is made.
  virtual void check(const Config& /*config*/, const DatasetSource& /*data*/) const {}
  /// What is merely unwise, for people.
  virtual std::vector<std::string> notes(const Config& /*config*/) const { return {}; }
  /// Smaller networks for the same samples, the largest first, where memory is short.
  virtual std::vector<SmallerNetwork> smaller(const Config& /*config*/) const { return {}; }

  /// With initial parameters, which follow from `seed` alone.
  virtual std::unique_ptr<Network> network(const Config& config, const at::Device& device,
                                           std::uint64_t seed) const = 0;
  /// `data` must outlive it. Collective over `ranks`, all of the job's.
  virtual std::unique_ptr<Objective> objective(const Config& config, const SampleReader& data,
                                               const at::Device& device, int threads,
                                               Communicator& ranks) const = 0;
  /// `objective` must outlive it.
  virtual std::unique_ptr<Score> score(const Config& config, const Objective& objective) const = 0;
  virtual DeviceExpansion expansion(const SampleReader& /*data*/, const at::Device& /*device*/) const {
    return {};
  }
  /// Whether watchers can be shown samples.
  virtual bool has_labels() const { return false; }
  /// What they are shown of one: class labels uint8 [2, D, H, W] on the CPU, predicted and true, of this
  /// shard's block.
  virtual at::Tensor labels(const at::Tensor& /*output*/, const Batch& /*one*/) const { return {}; }

  virtual Operations operations(const Config& config) const = 0;
  /// `grid`: with the rank whose cost it is.
  virtual TrainingCost cost(const Config& config, const Computation& how, const ProcessGrid& grid) const = 0;
  /// Kind of layer and what computes it, for people.
  virtual std::vector<std::pair<std::string, std::string>> kernels(const Config& config,
                                                                   const at::Device& device,
                                                                   const Extent3& shards) const = 0;
  /// At least this is the score of a network that has learnt nothing; NaN: not known.
  virtual double trivial_score(const Config& /*config*/) const {
    return std::numeric_limits<double>::quiet_NaN();
  }

  /// Of the network that a configuration makes, by the names under which checkpoints hold them.
  virtual NetworkSizes sizes(const Config& config) const = 0;
  /// For messages: "4 levels, 6 classes".
  virtual std::string describe(const NetworkSizes& sizes) const = 0;
  /// Parameters of a network of these sizes, in the order of its own. Empty: there can be no such network.
  virtual std::vector<ParameterShape> parameter_shapes(const NetworkSizes& sizes) const = 0;
  /// Throws DataError, with what is wrong, unless a network of these sizes fits the samples.
  virtual void check_fits(const NetworkSizes& sizes, const SampleReader& data) const = 0;
};

/// Numbers of all parameters.
std::int64_t parameter_count(const std::vector<ParameterShape>& shapes);

/// ConfigError where there is none of this name.
const Task& task_of(std::string_view workload);
inline const Task& task_of(const Config& config) { return task_of(config.workload); }
/// Makes it known; one of the same workload is replaced.
void add_task(const std::string& workload, std::unique_ptr<Task> task);

}  // namespace scaffold

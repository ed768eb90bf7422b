// What a workload gives to train: tensors from here on (workload.hpp has the rest).
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "data/sample_reader.hpp"
#include "nn/network.hpp"
#include "workload/objective.hpp"

namespace scaffold {

/// What a device makes of other fields by itself, so that it need not be read or copied.
struct DeviceExpansion {
  std::vector<bool> fields = {};  ///< which are read, by number; empty: all
  /// Fills in the others, which are undefined. Null: there are none.
  std::function<void(Batch&)> complete = nullptr;
};

/// Sizes of a network by name, as its checkpoints record them.
using NetworkSizes = std::vector<std::pair<std::string, std::int64_t>>;

/// One parameter of a network, known without allocating it.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 0;  ///< for initialization; 0 for those that begin at one value
};

class Task {
 public:
  virtual ~Task() = default;

  /// A network with initial parameters, which follow from `seed` alone.
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
  /// What watchers are shown of one sample: class labels uint8 [2, D, H, W], predicted and true, of this
  /// shard's block. Undefined: nothing is shown.
  virtual at::Tensor labels(const at::Tensor& /*output*/, const Batch& /*one*/) const { return {}; }

  /// Of the network that a configuration makes. For messages, in words: "4 levels, 6 classes".
  virtual NetworkSizes sizes(const Config& config) const = 0;
  virtual std::string describe(const NetworkSizes& sizes) const = 0;
  /// Names in the order of sizes().
  virtual std::vector<std::string> size_names() const = 0;
  /// Parameters of a network of these sizes, in the order of its own. DataError, without a file's name, where
  /// there can be none.
  virtual std::vector<ParameterShape> parameter_shapes(const NetworkSizes& sizes) const = 0;
};

/// Of the workload that a configuration names. ConfigError where there is none.
const Task& task_of(const Config& config);
/// For workloads to make theirs known; `task` lives as long as the program.
void add_task(const std::string& workload, const Task& task);

}  // namespace scaffold

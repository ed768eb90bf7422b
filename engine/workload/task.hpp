// What a workload gives to train: tensors from here on (workload.hpp has the rest).
#pragma once
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "data/dataset_info.hpp"
#include "data/node_copy.hpp"
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

/// The processes that make a dataset together.
struct DataRanks {
  Communicator& all;
  int here = 1;     ///< of them, on this machine
  int threads = 1;  ///< of each
};

/// The dataset of a configuration, from what is planned to what is there.
class DatasetSource {
 public:
  virtual ~DatasetSource() = default;
  /// Samples, as planned: known before anything is made.
  virtual std::int64_t training() const = 0;
  virtual std::int64_t validation() const = 0;
  /// Finds what samples are made from. `make`: makes it where it is not there; else that is a DataError.
  /// Collective.
  virtual void find_inputs(const DataRanks& ranks, bool make) = 0;
  /// What tells the dataset from others, once its inputs have been found.
  virtual std::string hash() const = 0;
  /// Finds the samples, or makes them: in any case where `from_scratch`. Collective.
  virtual DatasetInfo ensure(const DataRanks& ranks, bool from_scratch) = 0;
  /// For a copy on a machine's own disk.
  virtual DatasetFilesOf files() const = 0;
  /// Of a dataset's folder. DataError unless all of it is there.
  virtual std::unique_ptr<SampleReader> open(const fs::path& folder) const = 0;
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

/// One parameter of a network, known without allocating it.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 0;  ///< for initialization; 0 for those that begin at one value
};

class Task {
 public:
  virtual ~Task() = default;

  /// `device`: where samples may be made, too.
  virtual std::unique_ptr<DatasetSource> dataset(const Config& config, const at::Device& device) const = 0;
  /// ConfigError for what can be known to go wrong before any data is made. `shards`: into which samples are
  /// cut.
  virtual void check(const Config& config, const DatasetSource& data, const Extent3& shards) const = 0;
  /// What is merely unwise, for people.
  virtual std::vector<std::string> notes(const Config& /*config*/) const { return {}; }
  /// Extents D, H, W of a sample.
  virtual Extent3 extents(const Config& config) const = 0;

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
  virtual MemoryEstimate memory(const Config& config, const at::Device& device, const Extent3& shards,
                                int optimizer_states) const = 0;
  /// Kind of layer and what computes it, for people.
  virtual std::vector<std::pair<std::string, std::string>> kernels(const Config& config,
                                                                   const at::Device& device,
                                                                   const Extent3& shards) const = 0;
  /// The key that says how large a sample is.
  virtual std::string size_key() const = 0;
  /// At least this is the score of a network that has learnt nothing; NaN: not known.
  virtual double trivial_score(const Config& /*config*/) const {
    return std::numeric_limits<double>::quiet_NaN();
  }

  /// Of the network that a configuration makes, by the names under which checkpoints hold them.
  virtual NetworkSizes sizes(const Config& config) const = 0;
  virtual std::vector<std::string> size_names() const = 0;
  /// For messages: "4 levels, 6 classes".
  virtual std::string describe(const NetworkSizes& sizes) const = 0;
  /// Parameters of a network of these sizes, in the order of its own. Nothing: there can be no such network.
  virtual std::optional<std::vector<ParameterShape>> parameter_shapes(const NetworkSizes& sizes) const = 0;
  /// Throws DataError, with what is wrong, unless a network of these sizes fits the samples.
  virtual void check_fits(const NetworkSizes& sizes, const SampleReader& data) const = 0;
};

/// ConfigError where there is none of this name.
const Task& task_of(std::string_view workload);
inline const Task& task_of(const Config& config) { return task_of(config.workload); }
/// Makes it known; one of the same workload is replaced.
void add_task(const std::string& workload, std::unique_ptr<Task> task);

}  // namespace scaffold

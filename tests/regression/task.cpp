#include <ATen/ATen.h>

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "nn/layers.hpp"
#include "nn/optimizer.hpp"
#include "regression.hpp"
#include "workload/task.hpp"

namespace regression {
namespace {

struct Modules : Module {
  explicit Modules(std::int64_t channels) : first(1, channels), last(channels, 1) {
    add("first", first);
    add("last", last);
  }
  Conv3d first, last;
};

class Net : public Network {
 public:
  Net(std::int64_t channels, const at::Device& device, std::uint64_t seed)
      : Network(device), modules_(channels) {
    add("", modules_);
    make_parameters(seed, at::kFloat, at::MemoryFormat::Contiguous);
  }
  at::Tensor output(const Batch& batch) const override {
    const Layers layers{Precision::float32, 1, false, sharding()};
    const at::Tensor y = at::leaky_relu(layers.convolution(batch[wave], modules_.first.weight.value), 0.1);
    return layers.convolution(y, modules_.last.weight.value) * batch[slope].view({-1, 1, 1, 1, 1});
  }

 private:
  Modules modules_;
};

/// Of a batch, over all shards: the mean square error of each sample, [N].
at::Tensor square_errors(const at::Tensor& output, const Batch& batch, const ShardingPtr& sharding) {
  const at::Tensor sums = (output - batch[height]).square().sum({1, 2, 3, 4});
  return (sharding ? sum_over_shards(sums, sharding) : sums) / (12 * 20);
}

class MeanSquare : public Objective {
 public:
  Loss loss(const at::Tensor& output, const Batch& batch, const ShardingPtr& sharding) const override {
    const at::Tensor errors = square_errors(output, batch, sharding);
    return {errors.mean(), errors.detach().sqrt().mean()};
  }
};

class RootMeanSquare : public Score {
 public:
  const MetricInfo& info() const override { return metrics().front(); }
  std::size_t columns() const override { return 1; }
  void measure(const at::Tensor& output, const Batch& one, const ShardingPtr& sharding,
               std::span<double> row) const override {
    row[0] = square_errors(output, one, sharding).item<double>();
  }
  double value(std::span<const double> row) const override { return std::sqrt(row[0]); }
  Evaluation finish(std::span<const double> rows) const override {
    Evaluation result;
    for (const double error : rows) {
      result.loss_sum += error;
      result.sample_scores.push_back(std::sqrt(error));
    }
    result.samples = static_cast<std::int64_t>(rows.size());
    const double rmse = std::sqrt(result.loss_mean());
    result.metrics = {{&metrics()[0], rmse},
                      {&metrics()[2], *std::ranges::max_element(result.sample_scores)},
                      {&metrics()[3], std::log10(rmse)}};
    return result;
  }
};

class RegressionTask : public Task {
 public:
  std::unique_ptr<Network> network(const Config& config, const at::Device& device,
                                   std::uint64_t seed) const override {
    return std::make_unique<Net>(own(config).channels, device, seed);
  }
  std::unique_ptr<Objective> objective(const Config&, const SampleReader&, const at::Device&, int,
                                       Communicator&) const override {
    return std::make_unique<MeanSquare>();
  }
  std::unique_ptr<Score> score(const Config&, const Objective&) const override {
    return std::make_unique<RootMeanSquare>();
  }
  Operations operations(const Config& config) const override {
    const double forward = 2.0 * 27 * 2 * static_cast<double>(own(config).channels) * 12 * 20;
    return {forward, 3 * forward};
  }
  TrainingCost cost(const Config& config, const Computation&, const ProcessGrid& grid) const override {
    TrainingCost cost;
    cost.parameters = parameter_count(parameter_shapes(sizes(config)));
    cost.memory.parameters = cost.memory.gradients = 4.0 * static_cast<double>(cost.parameters);
    cost.memory.optimizer = cost.memory.parameters * optimizer_info(config.optimizer).states;
    cost.touched_bytes = 4.0 * 12 * 20 * static_cast<double>(2 * own(config).channels) / grid.shard_count();
    return cost;
  }
  std::vector<std::pair<std::string, std::string>> kernels(const Config&, const at::Device&,
                                                           const Extent3&) const override {
    return {{"3^3 convolution", "ATen"}};
  }
  NetworkSizes sizes(const Config& config) const override { return {{"channels", own(config).channels}}; }
  std::string describe(const NetworkSizes& sizes) const override {
    return cat(size_of(sizes, "channels"), " channels");
  }
  std::vector<ParameterShape> parameter_shapes(const NetworkSizes& sizes) const override {
    const auto channels = size_of(sizes, "channels");
    if (channels < 1 || channels > 64) return {};
    std::vector<ParameterShape> shapes;
    Modules modules(channels);
    for (const auto& [name, parameter] : modules.named_parameters())
      shapes.push_back({name, parameter->shape, parameter->fan_in});
    return shapes;
  }
  void check_fits(const NetworkSizes&, const SampleReader&) const override {}
};

}  // namespace

void add() {
  add_workload(workload());
  add_task("regression", std::make_unique<RegressionTask>());
}

}  // namespace regression

// The 3D U-Net of the benchmark. Parameter names and order are the reference's state dict, so weights move
// both ways by name.
#pragma once
#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "nn/precision.hpp"
#include "parallel/sharding.hpp"

namespace scaffold {

struct Layers;
struct NormParameters;

struct UNetOptions {
  std::int64_t in_channels = 3;
  std::int64_t classes = 6;  ///< n_categories + 1
  std::int64_t levels = 4;   ///< problem_scale − unet_bottleneck_dim; 1 or more
  std::int64_t width = 64;   ///< channels of the first block
  std::int64_t groups = 8;   ///< of every group norm; divides width
  bool activation_checkpointing = false;
  bool fused = true;  ///< fused kernels where there are some; else plain operators, for comparison
  Precision precision = Precision::float32;
};

/// Shape of one parameter, known without allocating it.
struct ParameterShape {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t fan_in = 0;  ///< for initialization; 0 for group-norm parameters
};
std::vector<ParameterShape> parameter_shapes(const UNetOptions& options);
std::int64_t parameter_count(const UNetOptions& options);

struct Parameter {
  std::string name;
  at::Tensor value;  ///< leaf that requires grad
};

class UNet {
 public:
  /// Parameters as Torch initializes these layers (uniform in ±1/sqrt(fan_in); group norm 1 and 0), from the
  /// stream (seed, parameter index): the same values on any device and in any layout.
  UNet(const UNetOptions& options, const at::Device& device, std::uint64_t seed,
       at::ScalarType type = at::kFloat);

  /// From now on images are this rank's block of a volume that the replica's shards hold together. Null:
  /// whole volumes.
  void set_sharding(ShardingPtr sharding) { sharding_ = std::move(sharding); }
  Sharding* sharding() const { return sharding_.get(); }

  /// image [N, in_channels, D, H, W] of the parameters' type → logits [N, classes, D, H, W], in bfloat16 when
  /// that is the precision. Each extent must be a multiple of 2^levels.
  /// `progress` is told after each convolution which share of the operations is done, up to 1; what it throws
  /// passes through, which is how a caller stops. Not told with activation checkpointing in training.
  at::Tensor forward(const at::Tensor& image, const std::function<void(double)>& progress = {}) const;

  const UNetOptions& options() const { return options_; }
  const at::Device& device() const { return device_; }
  std::vector<Parameter>& parameters() { return parameters_; }
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::vector<at::Tensor> parameter_tensors() const;
  void zero_grad();

 private:
  /// `done` is told which parameter, a convolution's, has just been used.
  using Done = std::function<void(std::size_t parameter)>;
  /// What a block computes before its last group norm and ReLU, which whoever reads it applies.
  struct PendingNorm {
    at::Tensor x;
    std::size_t norm;  ///< of its weight among the parameters; its bias is the next
  };
  Layers layers() const;
  NormParameters norm(std::size_t parameter) const;
  /// The second half of a block, given its first convolution's output.
  PendingNorm block(const at::Tensor& convolved, std::size_t first, const Done& done) const;
  at::Tensor apply(const PendingNorm& pending) const;
  PendingNorm up(const PendingNorm& below, const at::Tensor& skip, std::size_t first, const Done& done) const;
  Done counter(const std::function<void(double)>& progress) const;

  UNetOptions options_;
  at::Device device_;
  std::vector<Parameter> parameters_;
  ShardingPtr sharding_;
};

}  // namespace scaffold

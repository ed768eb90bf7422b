// The 3D U-Net of the benchmark. Parameter names and order are the reference's state dict, so weights move
// both ways by name.
#pragma once
#include <memory>

#include "nn/network.hpp"
#include "nn/precision.hpp"
#include "workload/task.hpp"

namespace scaffold {

struct Layers;

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

/// Twice a 3³ convolution, group norm and ReLU.
struct DoubleConv : Module {
  DoubleConv(std::int64_t in, std::int64_t out);
  Conv3d conv1;
  GroupNorm norm1;
  Conv3d conv2;
  GroupNorm norm2;
};

/// Up-convolution, then a block that reads its output and a skip connection.
struct UpBlock : Module {
  UpBlock(std::int64_t in, std::int64_t out);
  ConvTranspose3d up;
  DoubleConv conv;
};

/// The network's modules, without values until they are materialized.
struct UNetModules : Module {
  explicit UNetModules(const UNetOptions& options);
  std::vector<std::unique_ptr<DoubleConv>> down;  ///< by level, from the whole volume to the bottleneck
  std::vector<std::unique_ptr<UpBlock>> up;       ///< in the order of use, from the bottleneck up
  Conv3d last;                                    ///< 1³, to the classes
};

/// Known without allocating them.
std::vector<ParameterShape> parameter_shapes(const UNetOptions& options);
std::int64_t parameter_count(const UNetOptions& options);

class UNet : public Network {
 public:
  /// Parameters as Torch initializes these layers (uniform in ±1/sqrt(fan_in); group norm 1 and 0), from the
  /// stream (seed, parameter index): the same values on any device and in any layout.
  UNet(const UNetOptions& options, const at::Device& device, std::uint64_t seed,
       at::ScalarType type = at::kFloat);

  /// image [N, in_channels, D, H, W] of the parameters' type → logits [N, classes, D, H, W], in bfloat16 when
  /// that is the precision. Each extent must be a multiple of 2^levels.
  /// `progress` is told after each convolution which share of the operations is done, up to 1; what it throws
  /// passes through, which is how a caller stops. Not told with activation checkpointing in training.
  at::Tensor forward(const at::Tensor& image, const std::function<void(double)>& progress = {}) const;

  /// Of the images.
  at::Tensor output(const Batch& batch) const override { return forward(batch[0]); }

  const UNetOptions& options() const { return options_; }

 private:
  /// Is told which convolution has just been computed.
  using Done = std::function<void(const Module& convolution)>;
  /// What a block computes before its last group norm and ReLU, which whoever reads it applies.
  struct PendingNorm {
    at::Tensor x;
    const GroupNorm* norm;
  };
  Layers layers() const;
  void check(const at::Tensor& image) const;
  /// A block, given its first convolution's output.
  PendingNorm block(const at::Tensor& convolved, const DoubleConv& block, const Done& done) const;
  PendingNorm up(const PendingNorm& below, const at::Tensor& skip, const UpBlock& block,
                 const Done& done) const;
  at::Tensor apply(const PendingNorm& pending) const;
  Done counter(const std::function<void(double)>& progress) const;

  UNetOptions options_;
  UNetModules modules_;
};

}  // namespace scaffold

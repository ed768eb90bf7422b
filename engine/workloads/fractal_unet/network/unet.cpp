#include "fractal_unet/network/unet.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>
#include <map>

#include "core/error.hpp"
#include "core/text.hpp"
#include "nn/checkpointed.hpp"
#include "nn/layers.hpp"

namespace scaffold {
namespace {

const UNetOptions& checked(const UNetOptions& options) {
  if (options.levels < 1)
    throw ConfigError(cat("a U-Net needs at least one level, got ", options.levels,
                          "; unet_bottleneck_dim must be below problem_scale"));
  if (options.groups < 1 || options.width % options.groups != 0)
    throw ConfigError(
        cat("group_norm_groups: ", options.groups, " does not divide ", options.width, " channels"));
  return options;
}

NormParameters parameters_of(const GroupNorm& norm) { return {norm.weight.value, norm.bias.value}; }

/// The values of these modules' parameters, behind what is in `into` already.
std::vector<at::Tensor> with_parameters(std::vector<at::Tensor> into,
                                        std::initializer_list<const Module*> modules) {
  for (const Module* module : modules)
    for (const auto& each : module->named_parameters()) into.push_back(each.parameter->value);
  return into;
}

}  // namespace

DoubleConv::DoubleConv(std::int64_t in, std::int64_t out)
    : conv1(in, out), norm1(out), conv2(out, out), norm2(out) {
  // Numbers 2 and 5 of the reference's sequence are ReLUs.
  add("double_conv.0", conv1);
  add("double_conv.1", norm1);
  add("double_conv.3", conv2);
  add("double_conv.4", norm2);
}

UpBlock::UpBlock(std::int64_t in, std::int64_t out) : up(in, out), conv(2 * out, out) {
  add("up", up);
  add("conv", conv);
}

UNetModules::UNetModules(const UNetOptions& o) : last(o.width, o.classes, 1, true) {
  for (std::int64_t level = 0; level <= o.levels; ++level) {
    const std::int64_t in = level == 0 ? o.in_channels : o.width << (level - 1);
    down.push_back(std::make_unique<DoubleConv>(in, o.width << level));
    add(level == 0 ? "down_list.0" : cat("down_list.", level, ".maxpool_conv.1"), *down.back());
  }
  for (std::int64_t i = 0; i < o.levels; ++i) {
    const std::int64_t out = o.width << (o.levels - 1 - i);
    up.push_back(std::make_unique<UpBlock>(2 * out, out));
    add(cat("up_list.", i), *up.back());
  }
  add(cat("up_list.", o.levels, ".conv"), last);
}

std::vector<ParameterShape> parameter_shapes(const UNetOptions& options) {
  std::vector<ParameterShape> all;
  const UNetModules modules(options);
  for (const auto& [name, parameter] : modules.named_parameters())
    all.push_back({name, parameter->shape, parameter->fan_in});
  return all;
}

std::int64_t parameter_count(const UNetOptions& options) {
  return parameter_count(UNetModules(options).named_parameters());
}

UNet::UNet(const UNetOptions& options, const at::Device& device, std::uint64_t seed, at::ScalarType type)
    : Network(device), options_(checked(options)), modules_(options) {
  add("", modules_);
  make_parameters(seed, type, preferred_layout(options.precision, device, options.fused));
}

Layers UNet::layers() const { return {options_.precision, options_.groups, options_.fused, sharding()}; }

UNet::PendingNorm UNet::block(const at::Tensor& convolved, const DoubleConv& block, const Done& done) const {
  if (done) done(block.conv1);
  const at::Tensor y = layers().norm_relu_convolution(convolved, parameters_of(block.norm1),
                                                      fused::Epilogue::cubic, block.conv2.weight.value);
  if (done) done(block.conv2);
  return {y, &block.norm2};
}

at::Tensor UNet::apply(const PendingNorm& pending) const {
  return layers().norm_relu(pending.x, parameters_of(*pending.norm));
}

UNet::PendingNorm UNet::up(const PendingNorm& below, const at::Tensor& skip, const UpBlock& up,
                           const Done& done) const {
  const at::Tensor wide = layers().norm_relu_convolution(
      below.x, parameters_of(*below.norm), fused::Epilogue::up, up.up.weight.value, up.up.bias.value);
  if (done) done(up.up);
  return block(layers().convolution(skip, wide, up.conv.conv1.weight.value), up.conv, done);
}

/// A convolution takes its weights times the voxels that they are applied to.
UNet::Done UNet::counter(const std::function<void(double)>& progress) const {
  if (!progress) return {};
  std::map<const Module*, double> done;
  double sum = 0;
  const auto use = [&](const Module& convolution, const Parameter& weight, std::int64_t level, int by) {
    sum += static_cast<double>(weight.numel()) / std::pow(8.0, level) / by;
    done[&convolution] = sum;
  };
  const auto use_block = [&](const DoubleConv& block, std::int64_t level) {
    use(block.conv1, block.conv1.weight, level, 1);
    use(block.conv2, block.conv2.weight, level, 1);
  };
  for (std::int64_t level = 0; level <= options_.levels; ++level) use_block(*modules_.down[level], level);
  for (std::int64_t i = 0; i < options_.levels; ++i) {
    const std::int64_t level = options_.levels - 1 - i;
    // Each of an up-convolution's 8 taps is used by an eighth of the voxels.
    use(modules_.up[i]->up, modules_.up[i]->up.weight, level, 8);
    use_block(modules_.up[i]->conv, level);
  }
  use(modules_.last, modules_.last.weight, 0, 1);
  for (auto& [module, part] : done) part /= sum;
  return [done, progress](const Module& convolution) { progress(done.at(&convolution)); };
}

void UNet::check(const at::Tensor& image) const {
  const std::int64_t step = std::int64_t{1} << options_.levels;
  if (image.dim() != 5 || image.size(1) != options_.in_channels)
    throw ConfigError("the network expects images [N, channels, D, H, W]");
  for (int axis = 2; axis < 5; ++axis)
    if (image.size(axis) == 0 || image.size(axis) % step != 0)
      throw ConfigError(cat("extent ", image.size(axis), " is not a multiple of 2^", options_.levels,
                            ": the network cannot pool it ", options_.levels, " times"));
}

at::Tensor UNet::forward(const at::Tensor& image, const std::function<void(double)>& progress) const {
  check(image);
  // What is computed again in the backward pass outlives this call.
  const bool again = options_.activation_checkpointing && c10::GradMode::is_enabled();
  const Done done = again ? Done() : counter(progress);
  const auto run = [again](auto&& body, std::vector<at::Tensor> inputs,
                           std::initializer_list<const Module*> modules) {
    return again ? checkpointed(body, with_parameters(std::move(inputs), modules)) : body(inputs);
  };

  std::vector<at::Tensor> skips;
  at::Tensor x = image.contiguous(preferred_layout(options_.precision, device(), options_.fused));
  for (std::int64_t level = 0; level < options_.levels; ++level) {
    const DoubleConv& here = *modules_.down[level];
    const auto body = [this, &here, done](const std::vector<at::Tensor>& in) {
      return apply(block(layers().convolution(in[0], here.conv1.weight.value), here, done));
    };
    const fused::Pooled pooled = layers().pool(run(body, {x}, {&here}));
    skips.push_back(pooled.skip);
    x = pooled.pooled;
  }
  // The group norm that closes a block stands right before the up-convolution above, and is applied by it.
  const DoubleConv& lowest = *modules_.down.back();
  const auto bottleneck = [this, &lowest, done](const std::vector<at::Tensor>& in) {
    return block(layers().convolution(in[0], lowest.conv1.weight.value), lowest, done).x;
  };
  x = run(bottleneck, {x}, {&lowest.conv1, &lowest.norm1, &lowest.conv2});
  const GroupNorm* norm = &lowest.norm2;
  for (const auto& level : modules_.up) {
    const UpBlock& here = *level;
    const auto body = [this, norm, &here, done](const std::vector<at::Tensor>& in) {
      return up({in[0], norm}, in[1], here, done).x;
    };
    x = run(body, {x, skips.back()}, {norm, &here.up, &here.conv.conv1, &here.conv.norm1, &here.conv.conv2});
    skips.pop_back();
    norm = &here.conv.norm2;
  }
  const at::Tensor logits =
      layers().norm_relu_convolution(x, parameters_of(*norm), fused::Epilogue::pointwise,
                                     modules_.last.weight.value, modules_.last.bias.value);
  if (done) done(modules_.last);
  return logits;
}

}  // namespace scaffold

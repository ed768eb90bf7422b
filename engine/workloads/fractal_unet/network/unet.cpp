#include "fractal_unet/network/unet.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <cmath>

#include "core/error.hpp"
#include "core/philox.hpp"
#include "core/text.hpp"
#include "nn/checkpointed.hpp"
#include "nn/layers.hpp"

namespace scaffold {
namespace {

constexpr std::size_t block_parameters = 6;  // two of (convolution, group-norm weight, group-norm bias)

void add_block(std::vector<ParameterShape>& all, const std::string& prefix, std::int64_t in,
               std::int64_t out) {
  for (int half : {0, 1}) {
    const std::int64_t from = half == 0 ? in : out;
    all.push_back({cat(prefix, "double_conv.", 3 * half, ".weight"), {out, from, 3, 3, 3}, from * 27});
    all.push_back({cat(prefix, "double_conv.", 3 * half + 1, ".weight"), {out}, 0});
    all.push_back({cat(prefix, "double_conv.", 3 * half + 1, ".bias"), {out}, 0});
  }
}

at::Tensor initial_value(const ParameterShape& parameter, std::uint64_t seed, std::uint32_t index) {
  if (parameter.fan_in == 0)
    return parameter.name.ends_with("bias") ? at::zeros(parameter.shape) : at::ones(parameter.shape);
  at::Tensor value = at::empty(parameter.shape, at::kFloat);
  const double bound = 1 / std::sqrt(static_cast<double>(parameter.fan_in));
  Stream stream(seed, Purpose::parameters, index);
  float* out = value.data_ptr<float>();
  for (std::int64_t i = 0; i < value.numel(); ++i)
    out[i] = static_cast<float>((2 * (stream() * 0x1p-32) - 1) * bound);
  return value;
}

}  // namespace

std::vector<ParameterShape> parameter_shapes(const UNetOptions& o) {
  std::vector<ParameterShape> all;
  add_block(all, "down_list.0.", o.in_channels, o.width);
  for (std::int64_t level = 1; level <= o.levels; ++level)
    add_block(all, cat("down_list.", level, ".maxpool_conv.1."), o.width << (level - 1), o.width << level);
  for (std::int64_t i = 0; i < o.levels; ++i) {
    const std::int64_t out = o.width << (o.levels - 1 - i);
    all.push_back({cat("up_list.", i, ".up.weight"), {2 * out, out, 2, 2, 2}, out * 8});
    all.push_back({cat("up_list.", i, ".up.bias"), {out}, out * 8});
    add_block(all, cat("up_list.", i, ".conv."), 2 * out, out);
  }
  all.push_back({cat("up_list.", o.levels, ".conv.weight"), {o.classes, o.width, 1, 1, 1}, o.width});
  all.push_back({cat("up_list.", o.levels, ".conv.bias"), {o.classes}, o.width});
  return all;
}

std::int64_t parameter_count(const UNetOptions& options) {
  std::int64_t count = 0;
  for (const auto& parameter : parameter_shapes(options)) {
    std::int64_t size = 1;
    for (auto extent : parameter.shape) size *= extent;
    count += size;
  }
  return count;
}

UNet::UNet(const UNetOptions& options, const at::Device& device, std::uint64_t seed, at::ScalarType type)
    : options_(options), device_(device) {
  if (options.levels < 1)
    throw ConfigError(cat("a U-Net needs at least one level, got ", options.levels,
                          "; unet_bottleneck_dim must be below problem_scale"));
  if (options.groups < 1 || options.width % options.groups != 0)
    throw ConfigError(
        cat("group_norm_groups: ", options.groups, " does not divide ", options.width, " channels"));
  const auto layout = preferred_layout(options.precision, device, options.fused);
  std::uint32_t index = 0;
  for (const auto& shape : parameter_shapes(options)) {
    at::Tensor value = initial_value(shape, seed, index++).to(device, type);
    if (value.dim() == 5) value = value.contiguous(layout);
    parameters_.push_back({shape.name, value.set_requires_grad(true)});
  }
}

std::vector<at::Tensor> UNet::parameter_tensors() const {
  std::vector<at::Tensor> tensors;
  for (const auto& parameter : parameters_) tensors.push_back(parameter.value);
  return tensors;
}

void UNet::zero_grad() {
  for (auto& parameter : parameters_) parameter.value.mutable_grad().reset();
}

Layers UNet::layers() const { return {options_.precision, options_.groups, options_.fused, sharding_.get()}; }

NormParameters UNet::norm(std::size_t parameter) const {
  return {parameters_[parameter].value, parameters_[parameter + 1].value};
}

UNet::PendingNorm UNet::block(const at::Tensor& convolved, std::size_t first, const Done& done) const {
  if (done) done(first);
  const at::Tensor y = layers().norm_relu_convolution(convolved, norm(first + 1), fused::Epilogue::cubic,
                                                      parameters_[first + 3].value);
  if (done) done(first + 3);
  return {y, first + 4};
}

at::Tensor UNet::apply(const PendingNorm& pending) const {
  return layers().norm_relu(pending.x, norm(pending.norm));
}

UNet::PendingNorm UNet::up(const PendingNorm& below, const at::Tensor& skip, std::size_t first,
                           const Done& done) const {
  const at::Tensor up = layers().norm_relu_convolution(
      below.x, norm(below.norm), fused::Epilogue::up, parameters_[first].value, parameters_[first + 1].value);
  if (done) done(first);
  return block(layers().convolution(skip, up, parameters_[first + 2].value), first + 2, done);
}

/// Parameters stand in the order of use, so the share that is done is known from where it stands: a
/// convolution takes its weights times the voxels that they are applied to.
UNet::Done UNet::counter(const std::function<void(double)>& progress) const {
  if (!progress) return {};
  std::vector<double> done(parameters_.size());
  double sum = 0;
  for (std::size_t p = 0; p < parameters_.size(); ++p) {
    const at::Tensor& weight = parameters_[p].value;
    if (weight.dim() == 5) {
      // A level has width << level channels; an up-convolution's come second, and each of its 8 taps is used
      // by an eighth of the voxels.
      const bool up = parameters_[p].name.ends_with(".up.weight"), last = p + 2 == parameters_.size();
      const std::int64_t channels = last ? options_.width : weight.size(up ? 1 : 0);
      const double shrunk = static_cast<double>(channels) / static_cast<double>(options_.width);
      sum += static_cast<double>(weight.numel()) / std::pow(shrunk, 3) / (up ? 8 : 1);
    }
    done[p] = sum;
  }
  for (double& part : done) part /= sum;
  return [done, progress](std::size_t parameter) { progress(done[parameter]); };
}

at::Tensor UNet::forward(const at::Tensor& image, const std::function<void(double)>& progress) const {
  const std::int64_t step = std::int64_t{1} << options_.levels;
  if (image.dim() != 5 || image.size(1) != options_.in_channels)
    throw ConfigError("the network expects images [N, channels, D, H, W]");
  for (int axis = 2; axis < 5; ++axis)
    if (image.size(axis) == 0 || image.size(axis) % step != 0)
      throw ConfigError(cat("extent ", image.size(axis), " is not a multiple of 2^", options_.levels,
                            ": the network cannot pool it ", options_.levels, " times"));
  // What is computed again in the backward pass outlives this call.
  const bool again = options_.activation_checkpointing && c10::GradMode::is_enabled();
  const Done done = again ? Done() : counter(progress);
  const auto run = [&](std::size_t first, std::size_t count, auto&& body, std::vector<at::Tensor> inputs) {
    if (!again) return body(inputs);
    for (std::size_t i = 0; i < count; ++i) inputs.push_back(parameters_[first + i].value);
    return checkpointed(body, inputs);
  };

  std::vector<at::Tensor> skips;
  std::size_t first = 0;
  PendingNorm pending{image.contiguous(preferred_layout(options_.precision, device_, options_.fused)), 0};
  for (std::int64_t level = 0; level <= options_.levels; ++level, first += block_parameters) {
    const bool lowest = level == options_.levels;
    pending.x = run(first, block_parameters - (lowest ? 2 : 0),
                    [this, first, lowest, done](const std::vector<at::Tensor>& in) {
                      const PendingNorm inside =
                          block(layers().convolution(in[0], parameters_[first].value), first, done);
                      return lowest ? inside.x : apply(inside);
                    },
                    {pending.x});
    if (lowest) break;
    const fused::Pooled pooled = layers().pool(pending.x);
    skips.push_back(pooled.skip);
    pending.x = pooled.pooled;
  }
  // The group norm that closes the block below stands right before an up-convolution; its own block stays
  // pending.
  for (first += block_parameters; !skips.empty(); skips.pop_back(), first += 2 + block_parameters) {
    pending.norm = first - 2;
    pending.x = run(pending.norm, 2 + block_parameters,
                    [this, first, done, below = pending.norm](const std::vector<at::Tensor>& in) {
                      return up({in[0], below}, in[1], first, done).x;
                    },
                    {pending.x, skips.back()});
  }
  pending.norm = first - 2;
  const at::Tensor logits =
      layers().norm_relu_convolution(pending.x, norm(pending.norm), fused::Epilogue::pointwise,
                                     parameters_[first].value, parameters_[first + 1].value);
  if (done) done(first);
  return logits;
}

}  // namespace scaffold

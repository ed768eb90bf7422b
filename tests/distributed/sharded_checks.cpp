#include "sharded_checks.hpp"

#include <torch/csrc/autograd/autograd.h>

#include <functional>
#include <stdexcept>

#include "core/text.hpp"
#include "fractal_unet/network/loss.hpp"
#include "nn/sharded_layers.hpp"
#include "parallel/c10d_backend.hpp"
#include "parallel/group_sharding.hpp"
#include "parallel/host_sharding.hpp"

namespace scaffold::testing {
namespace {

at::Tensor random(at::IntArrayRef shape, at::ScalarType type, std::uint64_t seed) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(seed);
  return at::randn(shape, generator, at::dtype(at::kDouble)).to(type);
}

/// This rank's block of a whole tensor whose last three dimensions are D, H, W.
at::Tensor block(at::Tensor whole, const ProcessGrid& grid, const Extent3& local) {
  const Extent3 at = grid.coordinates();
  for (int axis = 0; axis < 3; ++axis)
    whole = whole.narrow(whole.dim() - 3 + axis, at[axis] * local[axis], local[axis]);
  return whole.contiguous();
}

double relative(const at::Tensor& a, const at::Tensor& b, const at::Tensor& scale_of) {
  const double scale = scale_of.abs().max().item().toDouble();
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item().toDouble() / std::max(scale, 1e-300);
}

at::Tensor summed(Communicator& comm, const at::Tensor& part) {
  at::Tensor all = part.to(at::kDouble).contiguous().clone();
  wait(*comm.start_sum(all.data_ptr(), all.numel(), DataType::float64));
  return all;
}

/// What `compute` gives on rank 0, of the shapes of `like`, whose type is one: the whole is one rank's work
/// for all, since ranks may be many on few cores.
std::vector<at::Tensor> by_one(Communicator& comm, const std::vector<at::Tensor>& like,
                               const std::function<std::vector<at::Tensor>()>& compute) {
  std::int64_t numbers = 0;
  for (const auto& one : like) numbers += one.numel();
  at::Tensor flat = at::empty({numbers}, like.at(0).options());
  if (comm.rank() == 0) {
    std::vector<at::Tensor> parts;
    for (const auto& one : compute()) parts.push_back(one.reshape({-1}));
    if (at::cat_out(flat, parts).numel() != numbers) throw std::logic_error("like has not the shapes");
  }
  broadcast(comm, flat.data_ptr(), static_cast<std::int64_t>(flat.nbytes()), 0);
  std::vector<at::Tensor> all;
  for (std::int64_t at = 0; const auto& one : like) {
    all.push_back(flat.narrow(0, at, one.numel()).view(one.sizes()));
    at += one.numel();
  }
  return all;
}

at::Tensor leaf(const at::Tensor& value, bool channels_last) {
  return value.contiguous(channels_last ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous)
      .detach()
      .set_requires_grad(true);
}

/// The communicators and sharding of a team whose ranks are one replica.
struct Replica {
  Replica(Communicator& comm, const Extent3& shards, bool with_thread, bool process_group = false)
      : grid(comm.size(), comm.rank(), shards),
        halos(comm.split(0, comm.rank())),
        statistics(comm.split(0, comm.rank())),
        progress(with_thread ? std::make_unique<ProgressThread>() : nullptr),
        sharding(std::make_shared<HostSharding>(grid, *halos, *statistics, progress.get())) {
    if (!process_group) return;
    if (!progress) progress = std::make_unique<ProgressThread>();
    const auto group = make_process_group(*halos, *progress);
    sharding = std::make_shared<GroupSharding>(grid, group, group, *statistics);
  }
  ProcessGrid grid;
  std::unique_ptr<Communicator> halos, statistics;
  std::unique_ptr<ProgressThread> progress;
  ShardingPtr sharding;
};

Extent3 whole_extent(const Extent3& shards, const Extent3& local) {
  return {shards[0] * local[0], shards[1] * local[1], shards[2] * local[2]};
}

/// Both layers have the same frame: f(x, weights…) of the whole and of the block, a random projection as
/// loss.
template <class Whole, class Part>
Differences check_layer(Communicator& comm, const LayerCase& c, std::int64_t channels_out,
                        std::vector<at::Tensor> weights, Whole&& whole, Part&& part) {
  Replica replica(comm, c.shards, true);
  if (c.overlap) replica.sharding->overlap_from_elements = 1;
  const Extent3 e = whole_extent(c.shards, c.local);
  const at::Tensor x_all = random({c.batch, c.in, e[0], e[1], e[2]}, c.type, c.seed);
  const at::Tensor projection = random({c.batch, channels_out, e[0], e[1], e[2]}, c.type, c.seed + 1);

  // The whole in float64 from the same numbers: what is judged is the sharded layer's error, not the
  // reference's. The output, and the gradients of input and weights.
  std::vector<at::Tensor> like{projection.to(at::kDouble), x_all.to(at::kDouble)};
  for (const auto& weight : weights) like.push_back(weight.to(at::kDouble));
  const auto expected = by_one(comm, like, [&] {
    std::vector<at::Tensor> w, found(2);
    const at::Tensor x = leaf(like[1], c.channels_last);
    for (std::size_t i = 2; i < like.size(); ++i) w.push_back(leaf(like[i], false));
    found[0] = whole(x, w);
    (found[0] * like[0]).sum().backward();
    found[0] = found[0].detach();
    found[1] = x.grad();
    for (const auto& weight : w) found.push_back(weight.grad());
    return found;
  });

  const at::Tensor x_part = leaf(block(x_all, replica.grid, c.local), c.channels_last);
  std::vector<at::Tensor> w_part;
  for (const auto& weight : weights) w_part.push_back(leaf(weight, false));
  const at::Tensor y_part = part(x_part, w_part, replica.sharding);
  (y_part * block(projection, replica.grid, c.local)).sum().backward();

  Differences found;
  found.output = relative(y_part.detach(), block(expected[0], replica.grid, c.local), expected[0]);
  found.grad_input = relative(x_part.grad(), block(expected[1], replica.grid, c.local), expected[1]);
  // Relative to the largest of all weights' gradients: a single one may be a sum that cancels.
  at::Tensor largest = at::zeros({1}, at::kDouble);
  for (std::size_t i = 2; i < expected.size(); ++i) largest = at::maximum(largest, expected[i].abs().max());
  for (std::size_t i = 0; i < w_part.size(); ++i)
    found.grad_weight =
        std::max(found.grad_weight, relative(summed(comm, w_part[i].grad()), expected[i + 2], largest));
  return found;
}

}  // namespace

Differences check_convolution(Communicator& comm, const LayerCase& c) {
  return check_layer(
      comm, c, c.out, {random({c.out, c.in, 3, 3, 3}, c.type, c.seed + 2)},
      [](const at::Tensor& x, const std::vector<at::Tensor>& w) { return at::conv3d(x, w[0], {}, 1, 1); },
      [&](const at::Tensor& x, const std::vector<at::Tensor>& w, const ShardingPtr& sharding) {
        return sharded_convolution(x, w[0], sharding, c.fused);
      });
}

Differences check_group_norm(Communicator& comm, const LayerCase& c) {
  // In float32 far from the ReLU's kink, where a rounding would decide whether a gradient passes.
  const at::Tensor weight = random({c.in}, c.type, c.seed + 2),
                   bias = random({c.in}, c.type, c.seed + 3) + (c.type == at::kFloat ? 12 : 0);
  return check_layer(
      comm, c, c.in, {weight, bias},
      [&](const at::Tensor& x, const std::vector<at::Tensor>& w) {
        return at::group_norm(x + 3, c.groups, w[0], w[1], 1e-5, false).relu();
      },
      [&](const at::Tensor& x, const std::vector<at::Tensor>& w, const ShardingPtr& sharding) {
        return sharded_group_norm_relu(x + 3, w[0], w[1], c.groups, sharding);
      });
}

Differences check_network(Communicator& comm, const NetworkCase& c) {
  Replica replica(comm, c.shards, c.progress_thread, c.process_group);
  UNetOptions options;
  options.classes = c.classes;
  options.levels = c.levels;
  options.width = c.width;
  options.groups = c.groups;
  options.precision = c.precision;
  options.activation_checkpointing = c.activation_checkpointing;
  UNet sharded(options, at::kCPU, c.seed, c.type);
  sharded.set_sharding(replica.sharding);

  const Extent3 e = whole_extent(c.shards, c.local);
  const at::Tensor image = random({c.batch, 3, e[0], e[1], e[2]}, c.type, c.seed + 1);
  const at::Tensor mask = random({c.batch, e[0], e[1], e[2]}, at::kDouble, c.seed + 2)
                              .abs()
                              .mul(1.5)
                              .clamp_max(static_cast<double>(c.classes - 1))
                              .to(at::kByte);
  const at::Tensor weights = random({c.classes}, c.type, c.seed + 3).abs() + 0.5;

  // Logits, loss, and the gradients of image and parameters.
  std::vector<at::Tensor> like{at::empty({c.batch, c.classes, e[0], e[1], e[2]}, c.type),
                               at::empty({}, c.type), image};
  for (const auto& parameter : sharded.parameters()) like.push_back(parameter.value.detach());
  const auto expected = by_one(comm, like, [&] {
    UNet whole(options, at::kCPU, c.seed, c.type);
    const at::Tensor x = leaf(image, false), logits = whole.forward(x);
    const SegmentationLoss loss = segmentation_loss(logits, mask, weights);
    loss.total.backward();
    std::vector<at::Tensor> found{logits.detach(), loss.total.detach(), x.grad()};
    for (const auto& parameter : whole.parameters()) found.push_back(parameter.value.grad());
    return found;
  });

  const at::Tensor x_part = leaf(block(image, replica.grid, c.local), false), part = sharded.forward(x_part);
  const SegmentationLoss loss_part =
      segmentation_loss(part, block(mask, replica.grid, c.local), weights, replica.sharding);
  loss_part.total.backward();

  Differences found;
  found.output = std::max(relative(part.detach(), block(expected[0], replica.grid, c.local), expected[0]),
                          relative(loss_part.total.detach(), expected[1], expected[1]));
  found.grad_input = relative(x_part.grad(), block(expected[2], replica.grid, c.local), expected[2]);
  // Relative to the largest gradient of the network: some parameters' gradients are rounding noise around
  // zero.
  at::Tensor largest = at::zeros({1}, at::kDouble);
  for (std::size_t i = 3; i < expected.size(); ++i)
    largest = at::maximum(largest, expected[i].abs().max().to(at::kDouble));
  for (std::size_t i = 0; i < sharded.parameters().size(); ++i)
    found.grad_weight =
        std::max(found.grad_weight,
                 relative(summed(comm, sharded.parameters()[i].value.grad()), expected[i + 3], largest));
  return found;
}

std::string describe(const LayerCase& c) {
  return cat("shards ", c.shards[0], "x", c.shards[1], "x", c.shards[2], ", local ", c.local[0], "x",
             c.local[1], "x", c.local[2], ", batch ", c.batch, ", channels ", c.in, " to ", c.out,
             ", groups ", c.groups, c.channels_last ? ", channels last" : "", ", seed ", c.seed);
}

std::string describe(const NetworkCase& c) {
  return cat("shards ", c.shards[0], "x", c.shards[1], "x", c.shards[2], ", local ", c.local[0], "x",
             c.local[1], "x", c.local[2], ", batch ", c.batch, ", levels ", c.levels, ", width ", c.width,
             ", groups ", c.groups, c.activation_checkpointing ? ", activation checkpointing" : "",
             c.process_group ? ", through a process group" : "", ", seed ", c.seed);
}

}  // namespace scaffold::testing

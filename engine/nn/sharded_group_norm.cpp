// Group norm over a volume that is cut: each shard's mean and spread are combined exactly (Chan, Golub and
// LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances", 1979), in float64.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/sharded_layers.hpp"
#include "nn/sharding_in_graph.hpp"

namespace scaffold {
namespace {

constexpr double epsilon = 1e-5;

/// A value per (sample, channel) → broadcastable over [N, C, d, h, w].
at::Tensor spread(const at::Tensor& per_channel) {
  return per_channel.view({per_channel.size(0), per_channel.size(1), 1, 1, 1});
}
/// A value per (sample, group) → per (sample, channel).
at::Tensor per_channel(const at::Tensor& per_group, std::int64_t channels) {
  return per_group.repeat_interleave(channels / per_group.size(1), 1);
}

/// x's own type for the arithmetic on voxels, at least float32.
at::ScalarType working_type(const at::Tensor& x) {
  return x.scalar_type() == at::kDouble ? at::kDouble : at::kFloat;
}

struct Statistics {
  at::Tensor mean, scale;  ///< [N, groups] float64; scale = 1/sqrt(variance + epsilon)
};

Statistics whole_statistics(const at::Tensor& x, std::int64_t groups, Sharding& sharding) {
  const std::int64_t n = x.size(0), channels = x.size(1);
  // By channel first: it needs no copy whatever the layout of x. Every piece has the same number of voxels.
  const auto [variance, mean] = at::var_mean(x.to(working_type(x)), at::IntArrayRef{2, 3, 4}, 0);
  const at::Tensor m = mean.to(at::kDouble).view({n, groups, channels / groups});
  const at::Tensor v = variance.to(at::kDouble).view({n, groups, channels / groups});
  at::Tensor sums = at::stack({m.sum(2), m.square().sum(2), v.sum(2)}).contiguous();
  sharding.sum(sums);
  const std::int64_t summed = channels / groups * sharding.grid().shard_count();
  const auto pieces = static_cast<double>(summed);
  const at::Tensor whole_mean = sums[0] / pieces;
  const at::Tensor whole_variance = sums[2] / pieces + (sums[1] / pieces - whole_mean.square()).clamp_min(0);
  return {whole_mean, (whole_variance + epsilon).rsqrt()};
}

struct ShardedGroupNormRelu : torch::autograd::Function<ShardedGroupNormRelu> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& weight, const at::Tensor& bias, std::int64_t groups,
                            const ShardingPtr& sharding) {
    const std::int64_t channels = x.size(1);
    const Statistics statistics = whole_statistics(x, groups, *sharding);
    const at::Tensor factor = per_channel(statistics.scale, channels) * weight.to(at::kDouble);
    const at::Tensor shift = bias.to(at::kDouble) - per_channel(statistics.mean, channels) * factor;
    const auto type = working_type(x);
    const at::Tensor y =
        x.to(type).mul(spread(factor.to(type))).add_(spread(shift.to(type))).relu_().to(x.scalar_type());
    ctx->save_for_backward({x, y, weight, statistics.mean, statistics.scale});
    ctx->saved_data["groups"] = groups;
    keep_sharding(ctx, sharding);
    return y;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &x = saved[0], &y = saved[1], &weight = saved[2], &mean = saved[3], &scale = saved[4];
    const ShardingPtr kept = kept_sharding(ctx);
    Sharding& sharding = *kept;
    const std::int64_t groups = ctx->saved_data["groups"].toInt(), n = x.size(0), channels = x.size(1);
    const std::int64_t voxels = x.numel() / (n * channels);
    const auto type = working_type(x);

    const at::Tensor in = x.to(type);
    const at::Tensor grad = at::threshold_backward(grads[0], y, 0).to(type);  // ReLU
    // Per (sample, channel), this shard: Σ grad, and Σ grad · (x − mean) · scale.
    const at::Tensor sum_grad = grad.sum({2, 3, 4}).to(at::kDouble);
    const at::Tensor centered = in - spread(per_channel(mean, channels).to(type));
    const at::Tensor sum_product =
        (grad * centered).sum({2, 3, 4}).to(at::kDouble) * per_channel(scale, channels);

    const at::Tensor w = weight.to(at::kDouble);
    const std::vector<std::int64_t> grouped{n, groups, channels / groups};
    at::Tensor sums =
        at::stack({(sum_grad * w).view(grouped).sum(2), (sum_product * w).view(grouped).sum(2)}).contiguous();
    sharding.sum(sums);
    const std::int64_t shared = voxels * (channels / groups) * sharding.grid().shard_count();
    sums /= static_cast<double>(shared);

    // dx = scale · (w · grad − mean(w · grad) − normalized x · mean(w · grad · normalized x))
    const at::Tensor c_scale = per_channel(scale, channels);
    const at::Tensor for_grad = c_scale * w;
    const at::Tensor for_x = -c_scale.square() * per_channel(sums[1], channels);
    const at::Tensor constant = -c_scale * per_channel(sums[0], channels);
    const at::Tensor grad_x = (grad * spread(for_grad.to(type)))
                                  .add_(centered * spread(for_x.to(type)))
                                  .add_(spread(constant.to(type)));
    return {grad_x.to(x.scalar_type()), sum_product.sum(0).to(weight.scalar_type()),
            sum_grad.sum(0).to(weight.scalar_type()), at::Tensor(), at::Tensor()};
  }
};

struct SumOverShards : torch::autograd::Function<SumOverShards> {
  static at::Tensor forward(torch::autograd::AutogradContext*, const at::Tensor& values,
                            const ShardingPtr& sharding) {
    at::Tensor all = values.clone(at::MemoryFormat::Contiguous);
    sharding->sum(all);
    return all;
  }
  static torch::autograd::variable_list backward(torch::autograd::AutogradContext*,
                                                 torch::autograd::variable_list grads) {
    return {grads[0], at::Tensor()};
  }
};

}  // namespace

at::Tensor sharded_group_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                   std::int64_t groups, const ShardingPtr& sharding) {
  return ShardedGroupNormRelu::apply(x, weight, bias, groups, sharding);
}

at::Tensor sum_over_shards(const at::Tensor& values, const ShardingPtr& sharding) {
  return SumOverShards::apply(values, sharding);
}

}  // namespace scaffold

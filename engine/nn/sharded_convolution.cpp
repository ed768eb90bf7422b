#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <functional>

#include "nn/fused/convolution.hpp"
#include "nn/sharded_layers.hpp"
#include "nn/sharding_in_graph.hpp"

namespace scaffold {
namespace {

using Offset = std::array<int, 3>;

/// The convolution's padding along D, H, W: halos take its place on the axes that are cut.
fused::Padding padding(const ProcessGrid& grid) {
  return {grid.cut(0) ? 0 : 1, grid.cut(1) ? 0 : 1, grid.cut(2) ? 0 : 1};
}

/// The outermost layer of a shard's own voxels that faces a neighbor; `pad`: x is padded by one voxel on cut
/// axes.
at::Tensor own_layer(at::Tensor x, const Offset& offset, const ProcessGrid& grid, bool pad) {
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t shift = pad && grid.cut(axis) ? 1 : 0, extent = x.size(axis + 2) - 2 * shift;
    if (offset[axis] == 0)
      x = x.narrow(axis + 2, shift, extent);
    else
      x = x.narrow(axis + 2, offset[axis] < 0 ? shift : shift + extent - 1, 1);
  }
  return x;
}

/// The part of a padded block that a neighbor owns.
at::Tensor halo_layer(at::Tensor padded, const Offset& offset, const ProcessGrid& grid) {
  for (int axis = 0; axis < 3; ++axis) {
    const std::int64_t extent = padded.size(axis + 2);
    if (offset[axis] != 0)
      padded = padded.narrow(axis + 2, offset[axis] < 0 ? 0 : extent - 1, 1);
    else if (grid.cut(axis))
      padded = padded.narrow(axis + 2, 1, extent - 2);
  }
  return padded;
}

at::Tensor center(const at::Tensor& padded, const ProcessGrid& grid) {
  return halo_layer(padded, {0, 0, 0}, grid);
}

/// Packs one message a neighbor, and room for its answer.
std::vector<at::Tensor> pack(const Sharding& sharding,
                             const std::function<at::Tensor(const Offset&)>& layer) {
  std::vector<at::Tensor> messages;
  for (const auto& neighbor : sharding.neighbors())
    messages.push_back(layer(neighbor.offset).clone(at::MemoryFormat::Contiguous));
  return messages;
}

std::vector<at::Tensor> empty_like(const Sharding& sharding,
                                   const std::function<at::Tensor(const Offset&)>& layer) {
  std::vector<at::Tensor> messages;
  for (const auto& neighbor : sharding.neighbors()) {
    const at::Tensor part = layer(neighbor.offset);
    messages.push_back(at::empty(part.sizes(), part.options()));
  }
  return messages;
}

/// The convolution of a padded block, by the fused kernels or by ATen alone.
struct Convolution {
  const at::Tensor& weight;
  fused::Padding padding;
  bool fused;

  at::Tensor forward(const at::Tensor& x) const {
    return fused ? fused::cubic_forward(x, weight, padding) : at::conv3d(x, weight, {}, 1, padding);
  }
  at::Tensor input_gradient(const at::Tensor& grad, const at::Tensor& x) const {
    return backward(grad, x, true).x;
  }
  at::Tensor weight_gradient(const at::Tensor& grad, const at::Tensor& x) const {
    return backward(grad, x, false).weight;
  }

 private:
  fused::ConvolutionGradients backward(const at::Tensor& grad, const at::Tensor& x, bool for_x) const {
    if (fused) return fused::cubic_backward(grad, x, weight, for_x, !for_x, padding);
    const auto [gx, gw, gb] =
        at::convolution_backward(grad, x, weight, c10::nullopt, {1, 1, 1}, padding, {1, 1, 1}, false,
                                 {0, 0, 0}, 1, {for_x, !for_x, false});
    return {gx, gw};
  }
};

/// A box of output voxels along the cut axes.
struct Region {
  std::array<std::int64_t, 3> begin, size;
};

/// What does not depend on halos, and the shells around it which do: disjoint, together the whole output.
struct Split {
  Region interior;
  std::vector<Region> shells;
};

Split split(const at::Tensor& x, const ProcessGrid& grid) {
  Region rest{{0, 0, 0}, {x.size(2), x.size(3), x.size(4)}};
  Split result;
  for (int axis = 0; axis < 3; ++axis) {
    if (!grid.cut(axis)) continue;
    Region low = rest, high = rest;
    low.size[axis] = high.size[axis] = 1;
    high.begin[axis] = rest.begin[axis] + rest.size[axis] - 1;
    result.shells.push_back(low);
    result.shells.push_back(high);
    rest.begin[axis] += 1;
    rest.size[axis] -= 2;
  }
  result.interior = rest;
  return result;
}

/// Splitting costs extra calls: worth it only where the interior is most of the work and the work is long.
bool worth_splitting(const at::Tensor& x, const Sharding& sharding) {
  for (int axis = 0; axis < 3; ++axis)
    if (sharding.grid().cut(axis) && x.size(axis + 2) < 4) return false;
  return x.numel() >= sharding.overlap_from_elements;
}

/// Convolution of one region of the output, from the padded input.
at::Tensor convolve(const at::Tensor& padded, const Convolution& convolution, const Region& region,
                    const ProcessGrid& grid) {
  at::Tensor in = padded;
  for (int axis = 0; axis < 3; ++axis)
    if (grid.cut(axis)) in = in.narrow(axis + 2, region.begin[axis], region.size[axis] + 2);
  return convolution.forward(in);
}

void place(at::Tensor output, const Region& region, const at::Tensor& part) {
  for (int axis = 0; axis < 3; ++axis)
    output = output.narrow(axis + 2, region.begin[axis], region.size[axis]);
  output.copy_(part);
}

at::Tensor convolve_overlapped(const at::Tensor& padded, const Convolution& convolution, const Split& parts,
                               const ProcessGrid& grid, const at::Tensor& x,
                               const std::function<void()>& halos) {
  at::Tensor output = at::empty({x.size(0), convolution.weight.size(0), x.size(2), x.size(3), x.size(4)},
                                x.options(), x.suggest_memory_format());
  place(output, parts.interior, convolve(padded, convolution, parts.interior, grid));
  halos();
  for (const auto& shell : parts.shells) place(output, shell, convolve(padded, convolution, shell, grid));
  return output;
}

struct ShardedConvolution : torch::autograd::Function<ShardedConvolution> {
  static at::Tensor forward(torch::autograd::AutogradContext* ctx, const at::Tensor& x,
                            const at::Tensor& weight, const ShardingPtr& sharding, bool fused) {
    const ProcessGrid& grid = sharding->grid();
    const Convolution convolution{weight, padding(grid), fused};
    std::vector<std::int64_t> sizes = x.sizes().vec();
    for (int axis = 0; axis < 3; ++axis) sizes[axis + 2] += grid.cut(axis) ? 2 : 0;
    at::Tensor padded =  // at::zeros would ignore the layout
        at::empty(sizes, x.options().memory_format(x.suggest_memory_format())).zero_();
    center(padded, grid).copy_(x);

    const auto received =
        empty_like(*sharding, [&](const Offset& offset) { return halo_layer(padded, offset, grid); });
    const auto exchange = sharding->exchange(
        pack(*sharding, [&](const Offset& offset) { return own_layer(x, offset, grid, false); }), received);
    const auto halos = [&] {
      exchange->wait();
      for (std::size_t i = 0; i < received.size(); ++i)
        halo_layer(padded, sharding->neighbors()[i].offset, grid).copy_(received[i]);
    };
    at::Tensor output;
    if (worth_splitting(x, *sharding)) {
      output = convolve_overlapped(padded, convolution, split(x, grid), grid, x, halos);
    } else {
      halos();
      output = convolution.forward(padded);
    }
    ctx->save_for_backward({padded, weight});
    keep_sharding(ctx, sharding);
    ctx->saved_data["fused"] = fused;
    return output;
  }

  static torch::autograd::variable_list backward(torch::autograd::AutogradContext* ctx,
                                                 torch::autograd::variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &padded = saved[0], &weight = saved[1], grad = grads[0];
    const ShardingPtr kept = kept_sharding(ctx);
    Sharding& sharding = *kept;
    const ProcessGrid& grid = sharding.grid();
    const Convolution convolution{weight, padding(grid), ctx->saved_data["fused"].toBool()};
    at::Tensor grad_x, grad_padded;
    std::unique_ptr<Sharding::Exchange> exchange;
    std::vector<at::Tensor> received;
    const bool for_input = ctx->needs_input_grad(0);
    if (for_input) {
      // What flowed into the halos belongs to the neighbors; it flies while the weight's gradient is
      // computed.
      grad_padded = convolution.input_gradient(grad, padded);
      received = empty_like(sharding,
                            [&](const Offset& offset) { return own_layer(grad_padded, offset, grid, true); });
      exchange = sharding.exchange(
          pack(sharding, [&](const Offset& offset) { return halo_layer(grad_padded, offset, grid); }),
          received);
    }
    const at::Tensor grad_weight = convolution.weight_gradient(grad, padded);
    if (for_input) {
      exchange->wait();
      for (std::size_t i = 0; i < received.size(); ++i)
        own_layer(grad_padded, sharding.neighbors()[i].offset, grid, true).add_(received[i]);
      grad_x = center(grad_padded, grid).contiguous(padded.suggest_memory_format());
    }
    return {grad_x, grad_weight, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor sharded_convolution(const at::Tensor& x, const at::Tensor& weight, const ShardingPtr& sharding,
                               bool fused) {
  return ShardedConvolution::apply(x, weight, sharding, fused);
}

}  // namespace scaffold

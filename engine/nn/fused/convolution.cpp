#include "nn/fused/convolution.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include "nn/fused/image.hpp"
#include "nn/fused/rows.hpp"

namespace scaffold::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Smaller volumes are over before threads have started.
constexpr std::int64_t min_threaded_elements = 1 << 15;

struct CubicConvolution : torch::autograd::Function<CubicConvolution> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& x, const at::Tensor& weight) {
    ctx->save_for_backward({x, weight});
    return cubic_forward(x, weight);
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto found =
        cubic_backward(grads[0], saved[0], saved[1], ctx->needs_input_grad(0), ctx->needs_input_grad(1));
    return {found.x, found.weight};
  }
};

/// The weights of channels [first, first + count).
at::Tensor of_channels(const at::Tensor& weight, std::int64_t first, std::int64_t count) {
  return weight.narrow(1, first, count).contiguous(at::MemoryFormat::ChannelsLast3d);
}

struct ConcatConvolution : torch::autograd::Function<ConcatConvolution> {
  static bool at_once(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
    return winograd_is_profitable(a, weight.size(0)) && winograd_is_profitable(b, weight.size(0));
  }
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& a, const at::Tensor& b,
                            const at::Tensor& weight) {
    ctx->save_for_backward({a, b, weight});
    if (at_once(a, b, weight)) return winograd_convolution({a, b}, weight, {1, 1, 1});
    at::Tensor y = cubic_forward(a, of_channels(weight, 0, a.size(1)));
    return y.add_(cubic_forward(b, of_channels(weight, a.size(1), b.size(1))));
  }
  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &a = saved[0], &b = saved[1], &weight = saved[2];
    if (at_once(a, b, weight)) {
      const auto of_inputs = winograd_input_gradients(grads[0], weight, {1, 1, 1}, {a.size(1), b.size(1)});
      return {of_inputs[0], of_inputs[1], winograd_weight_gradient(grads[0], {a, b}, {1, 1, 1})};
    }
    const auto of_a = cubic_backward(grads[0], a, of_channels(weight, 0, a.size(1)), true, true);
    const auto of_b = cubic_backward(grads[0], b, of_channels(weight, a.size(1), b.size(1)), true, true);
    return {of_a.x, of_b.x,
            at::cat({of_a.weight, of_b.weight}, 1).contiguous(at::MemoryFormat::ChannelsLast3d)};
  }
};

}  // namespace

bool weight_gradient_is_profitable(const at::Tensor& x, std::int64_t outputs, const Padding& padding) {
  return padding == Padding{1, 1, 1} && x.is_cpu() && x.scalar_type() == at::kFloat &&
         kernels().weight_gradient_pays && outputs % weight_gradient_outputs == 0 &&
         x.numel() >= min_threaded_elements;
}

at::Tensor concat_convolution(const at::Tensor& a, const at::Tensor& b, const at::Tensor& weight) {
  return ConcatConvolution::apply(a, b, weight);
}

at::Tensor cubic_convolution(const at::Tensor& x, const at::Tensor& weight) {
  return CubicConvolution::apply(x, weight);
}

bool cubic_takes_norm(const at::Tensor& x, std::int64_t outputs) {
  return winograd_is_profitable(x, outputs);
}

at::Tensor cubic_forward(const at::Tensor& x, const at::Tensor& weight, const Padding& padding,
                         const InputNorm& norm) {
  if (winograd_is_profitable(x, weight.size(0))) return winograd_convolution(x, weight, padding, norm);
  if (image_is_profitable(x, weight.size(0))) return image_convolution(x, weight, padding);
  return at::conv3d(x, weight, {}, 1, padding);
}

ConvolutionGradients cubic_backward(const at::Tensor& grad, const at::Tensor& x, const at::Tensor& weight,
                                    bool for_x, bool for_weight, const Padding& padding,
                                    const InputNorm& norm) {
  if (winograd_is_profitable(x, weight.size(0)))
    return {for_x ? winograd_input_gradients(grad, weight, padding, {x.size(1)})[0] : at::Tensor(),
            for_weight ? winograd_weight_gradient(grad, x, padding, norm) : at::Tensor()};
  if (!for_x && image_is_profitable(x, weight.size(0)))
    return {at::Tensor(), for_weight ? image_weight_gradient(grad, x, padding) : at::Tensor()};
  const bool own = for_weight && weight_gradient_is_profitable(x, weight.size(0), padding);
  const bool theirs = for_weight && !own;
  ConvolutionGradients found;
  if (for_x || theirs) {
    const auto all = at::convolution_backward(grad, x, weight, c10::nullopt, {1, 1, 1}, padding, {1, 1, 1},
                                              false, {0, 0, 0}, 1, {for_x, theirs, false});
    found = {std::get<0>(all), std::get<1>(all)};
  }
  if (own) found.weight = cubic_weight_gradient(grad, x);
  return found;
}

at::Tensor cubic_weight_gradient(const at::Tensor& grad, const at::Tensor& given) {
  const at::Tensor x = given.contiguous(at::MemoryFormat::ChannelsLast3d);
  const Rows g = rows(grad);
  const std::int64_t outputs = grad.size(1), inputs = x.size(1);
  // at::zeros would ignore the layout.
  at::Tensor weight =
      at::empty({outputs, inputs, 3, 3, 3}, x.options().memory_format(at::MemoryFormat::ChannelsLast3d))
          .zero_();
  // Threads take outputs, and inputs too where outputs are few; each value is the same sum whoever makes it.
  constexpr std::int64_t input_step = 16;
  const std::int64_t threads = at::get_num_threads(), tiles = outputs / weight_gradient_outputs;
  const std::int64_t output_parts = std::min(tiles, threads);
  const std::int64_t input_tiles = (inputs + input_step - 1) / input_step;
  const std::int64_t input_parts = std::min(input_tiles, (threads + output_parts - 1) / output_parts);
  at::parallel_for(0, output_parts * input_parts, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t o = i % output_parts, c = i / output_parts;
      const WeightGradient part{x.size(2),
                                x.size(3),
                                x.size(4),
                                inputs,
                                g.stride,
                                tiles * o / output_parts * weight_gradient_outputs,
                                tiles * (o + 1) / output_parts * weight_gradient_outputs,
                                input_tiles * c / input_parts * input_step,
                                std::min(input_tiles * (c + 1) / input_parts * input_step, inputs)};
      std::vector<float> scratch(static_cast<std::size_t>(weight_gradient_scratch(part)));
      for (std::int64_t n = 0; n < x.size(0); ++n)
        kernels().weight_gradient(of_sample<float>(Rows{x, inputs}, n), of_sample<float>(g, n), part,
                                  scratch.data(), weight.data_ptr<float>());
    }
  });
  return weight;
}

}  // namespace scaffold::fused

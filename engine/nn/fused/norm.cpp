#include "nn/fused/norm.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <vector>

#include "device/device_kernels.hpp"
#include "nn/fused/convolution.hpp"
#include "nn/fused/pointwise.hpp"
#include "nn/fused/rows.hpp"
#include "nn/fused/up.hpp"
#include "nn/sharding_in_graph.hpp"

namespace scaffold::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr double epsilon = 1e-5;

/// How the voxels of a sample are cut. It depends on shapes alone: the same sums on any number of threads.
struct Pieces {
  explicit Pieces(const at::Tensor& x) : samples(x.size(0)), channels(x.size(1)), voxels(fused::voxels(x)) {
    constexpr std::int64_t most = 256, min_elements = 1 << 15, step = 128;
    const std::int64_t wanted = std::max((voxels + most - 1) / most, min_elements / channels);
    size = (wanted + step - 1) / step * step;
    count = (voxels + size - 1) / size;
  }
  /// body(sample, piece, first row counted from the tensor's beginning, rows)
  template <class Body>
  void each(const Body& body) const {
    run(body, false);
  }
  /// The same, each thread from its last piece to its first: after each(), the last ones are still in the
  /// cache.
  template <class Body>
  void each_from_last(const Body& body) const {
    run(body, true);
  }
  std::int64_t samples, channels, voxels, size, count;

 private:
  template <class Body>
  void run(const Body& body, bool from_last) const {
    at::parallel_for(0, samples * count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t k = begin; k < end; ++k) {
        const std::int64_t i = from_last ? begin + end - 1 - k : k;
        const std::int64_t sample = i / count, piece = i % count, first = piece * size;
        body(sample, piece, sample * voxels + first, std::min(size, voxels - first));
      }
    });
  }
};

/// Two numbers a (sample, channel).
struct ChannelSums {
  std::vector<double> first, second;
};

/// kernel(first row, rows, first, second) for each piece, whose results combine(into, from, rows before,
/// rows) adds up in order.
template <class Kernel, class Combine>
ChannelSums sums_by_channel(const Pieces& pieces, const Kernel& kernel, const Combine& combine) {
  const std::int64_t c = pieces.channels;
  std::vector<double> parts(static_cast<std::size_t>(pieces.samples * pieces.count * 2 * c));
  pieces.each([&](std::int64_t sample, std::int64_t piece, std::int64_t row, std::int64_t count) {
    double* part = parts.data() + (sample * pieces.count + piece) * 2 * c;
    kernel(sample, row, count, part, part + c);
  });
  ChannelSums sums{std::vector<double>(static_cast<std::size_t>(pieces.samples * c)),
                   std::vector<double>(static_cast<std::size_t>(pieces.samples * c))};
  for (std::int64_t i = 0; i < pieces.samples * pieces.count; ++i) {
    const std::int64_t at = i / pieces.count * c, before = i % pieces.count * pieces.size;
    const auto rows = static_cast<double>(std::min(pieces.size, pieces.voxels - before));
    const double* part = parts.data() + i * 2 * c;
    for (std::int64_t k = 0; k < c; ++k)
      combine(sums.first[at + k], sums.second[at + k], part[k], part[c + k], static_cast<double>(before),
              rows);
  }
  return sums;
}

/// Constants by channel, [4, N, C] float32: y = max(0, x · scale + shift); mean and 1/√(variance + ε) are the
/// group's.
enum Constant { scale, shift, mean, inverse_deviation, constants };

const float* constant(const at::Tensor& table, Constant which, std::int64_t sample) {
  return table.const_data_ptr<float>() + (which * table.size(1) + sample) * table.size(2);
}

/// Sums of each (sample, group) over the shards.
void sum_shards(std::vector<double>& values, const ShardingPtr& sharding) {
  if (!sharding) return;
  at::Tensor all = at::from_blob(values.data(), {static_cast<std::int64_t>(values.size())}, at::kDouble);
  sharding->sum(all);
}

std::int64_t shards(const ShardingPtr& sharding) { return sharding ? sharding->grid().shard_count() : 1; }

at::Tensor norm_constants(const Rows& x, const at::Tensor& weight, const at::Tensor& bias,
                          std::int64_t groups, const ShardingPtr& sharding) {
  if (const DeviceKernels* device = device_kernels(x.tensor)) {
    at::Tensor statistics = device->norm_statistics(x.tensor, groups);
    if (sharding) sharding->sum(statistics);
    const std::int64_t channels = x.tensor.size(1) / groups;
    const auto parts = static_cast<double>(channels * shards(sharding));
    return device->norm_constants(statistics, parts, weight, bias);
  }
  const Pieces pieces(x.tensor);
  const std::int64_t n = pieces.samples, c = pieces.channels, of_group = c / groups;
  const ChannelSums moments = with_type(x.tensor, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    return sums_by_channel(
        pieces,
        [&](std::int64_t, std::int64_t row, std::int64_t count, double* m, double* squares) {
          kernels().norm<T>().moments(x.data<T>() + row * c, count, c, m, squares);
        },
        [](double& m, double& squares, double part_m, double part_squares, double before, double count) {
          const double delta = part_m - m, share = count / (before + count);
          m += delta * share;
          squares += part_squares + delta * delta * before * share;
        });
  });
  // Every shard has the same number of voxels.
  std::vector<double> sums(static_cast<std::size_t>(3 * n * groups));
  for (std::int64_t i = 0; i < n * c; ++i) {
    const double m = moments.first[i];
    double* sum = sums.data() + 3 * (i / of_group);
    sum[0] += m;
    sum[1] += m * m;
    sum[2] += moments.second[i] / static_cast<double>(pieces.voxels);
  }
  sum_shards(sums, sharding);
  const auto parts = static_cast<double>(of_group * shards(sharding));
  at::Tensor table = at::empty({constants, n, c}, at::kFloat);
  float* out = table.data_ptr<float>();
  const float *w = weight.const_data_ptr<float>(), *b = bias.const_data_ptr<float>();
  for (std::int64_t i = 0; i < n * c; ++i) {
    const double* sum = sums.data() + 3 * (i / of_group);
    const double m = sum[0] / parts, spread = std::max(0.0, sum[1] / parts - m * m) + sum[2] / parts;
    const double inverse = 1 / std::sqrt(spread + epsilon), factor = inverse * static_cast<double>(w[i % c]);
    out[scale * n * c + i] = static_cast<float>(factor);
    out[shift * n * c + i] = static_cast<float>(static_cast<double>(b[i % c]) - m * factor);
    out[mean * n * c + i] = static_cast<float>(m);
    out[inverse_deviation * n * c + i] = static_cast<float>(inverse);
  }
  return table;
}

at::Tensor normalize(const Rows& x, const at::Tensor& table) {
  if (const DeviceKernels* device = device_kernels(x.tensor)) return device->norm_apply(x.tensor, table);
  const Pieces pieces(x.tensor);
  const std::int64_t c = pieces.channels;
  at::Tensor y =
      at::empty(x.tensor.sizes(), x.tensor.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  with_type(y, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    T* out = static_cast<T*>(y.data_ptr());
    pieces.each_from_last([&](std::int64_t sample, std::int64_t, std::int64_t row, std::int64_t count) {
      kernels().norm<T>().apply(x.data<T>() + row * c, count, c, constant(table, scale, sample),
                                constant(table, shift, sample), out + row * c, c);
    });
  });
  return y;
}

struct NormGradients {
  at::Tensor x, weight, bias;
};

/// `reuse`: grad is nobody else's, and becomes the gradient of x.
NormGradients norm_backward(const Rows& x, const at::Tensor& table, const at::Tensor& weight,
                            std::int64_t groups, const at::Tensor& grad, bool reuse,
                            const ShardingPtr& sharding) {
  const Pieces pieces(x.tensor);
  const std::int64_t n = pieces.samples, c = pieces.channels, of_group = c / groups;
  const Rows g = rows(grad);
  at::Tensor grad_x =
      reuse && g.stride == c
          ? g.tensor
          : at::empty(x.tensor.sizes(), x.tensor.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  if (const DeviceKernels* device = device_kernels(x.tensor)) {
    DeviceNormSums sums = device->norm_gradient_sums(x.tensor, g.tensor, g.stride, table, weight, groups);
    if (sharding) sharding->sum(sums.by_group);
    const auto size = static_cast<double>(pieces.voxels * of_group * shards(sharding));
    const auto found = device->norm_gradient(x.tensor, g.tensor, g.stride, table, sums, size, grad_x);
    return {found.x, found.weight, found.bias};
  }
  at::Tensor grad_weight = at::zeros({c}, at::kFloat), grad_bias = at::zeros({c}, at::kFloat);
  with_type(x.tensor, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    ChannelSums sums = sums_by_channel(
        pieces,
        [&](std::int64_t sample, std::int64_t row, std::int64_t count, double* sum, double* product) {
          kernels().norm<T>().gradient_sums(x.data<T>() + row * c, g.data<T>() + row * g.stride, g.stride,
                                            count, c, constant(table, scale, sample),
                                            constant(table, shift, sample), constant(table, mean, sample),
                                            sum, product);
        },
        [](double& sum, double& product, double part_sum, double part_product, double, double) {
          sum += part_sum;
          product += part_product;
        });
    // dx = (w·g − mean(w·g) − x̂ · mean(w·g·x̂)) / deviation, with x̂ = (x − mean) / deviation; means over the
    // group.
    const float *inverse = constant(table, inverse_deviation, 0), *means = constant(table, mean, 0);
    const float* w = weight.const_data_ptr<float>();
    std::vector<double> of_groups(static_cast<std::size_t>(2 * n * groups));
    std::vector<double> weight_sum(static_cast<std::size_t>(c)), bias_sum(static_cast<std::size_t>(c));
    for (std::int64_t i = 0; i < n * c; ++i) {
      const double product = sums.second[i] * static_cast<double>(inverse[i]);
      bias_sum[i % c] += sums.first[i];
      weight_sum[i % c] += product;
      of_groups[2 * (i / of_group)] += sums.first[i] * static_cast<double>(w[i % c]);
      of_groups[2 * (i / of_group) + 1] += product * static_cast<double>(w[i % c]);
    }
    sum_shards(of_groups, sharding);
    const auto size = static_cast<double>(pieces.voxels * of_group * shards(sharding));
    std::vector<float> for_x(static_cast<std::size_t>(n * c)), constant_term(static_cast<std::size_t>(n * c));
    for (std::int64_t i = 0; i < n * c; ++i) {
      const double r = inverse[i], *of_group_i = of_groups.data() + 2 * (i / of_group);
      const double factor = -r * r * of_group_i[1] / size;
      for_x[i] = static_cast<float>(factor);
      constant_term[i] =
          static_cast<float>(-r * of_group_i[0] / size - static_cast<double>(means[i]) * factor);
    }
    for (std::int64_t k = 0; k < c; ++k) {
      grad_weight.data_ptr<float>()[k] = static_cast<float>(weight_sum[k]);
      grad_bias.data_ptr<float>()[k] = static_cast<float>(bias_sum[k]);
    }
    T* out = static_cast<T*>(grad_x.data_ptr());
    pieces.each_from_last([&](std::int64_t sample, std::int64_t, std::int64_t row, std::int64_t count) {
      kernels().norm<T>().gradient(x.data<T>() + row * c, g.data<T>() + row * g.stride, g.stride, count, c,
                                   constant(table, scale, sample), constant(table, shift, sample),
                                   for_x.data() + sample * c, constant_term.data() + sample * c,
                                   out + row * c);
    });
  });
  return {grad_x, grad_weight, grad_bias};
}

struct NormRelu : torch::autograd::Function<NormRelu> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t groups, const ShardingPtr& sharding) {
    const Rows x{input.contiguous(at::MemoryFormat::ChannelsLast3d), input.size(1)};
    const at::Tensor table = norm_constants(x, weight, bias, groups, sharding);
    ctx->save_for_backward({x.tensor, table, weight});
    ctx->saved_data["groups"] = groups;
    keep_sharding(ctx, sharding);
    return normalize(x, table);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const auto found = norm_backward({saved[0], saved[0].size(1)}, saved[1], saved[2],
                                     ctx->saved_data["groups"].toInt(), grads[0], false, kept_sharding(ctx));
    return {found.x, found.weight, found.bias, at::Tensor(), at::Tensor()};
  }
};

/// Arguments of ATen's convolution.
struct Shape {
  std::vector<std::int64_t> stride, padding;
  bool transposed;
};
Shape shape_of(Epilogue epilogue) {
  switch (epilogue) {
    case Epilogue::cubic:
      return {{1, 1, 1}, {1, 1, 1}, false};
    case Epilogue::pointwise:
      return {{1, 1, 1}, {0, 0, 0}, false};
    default:
      return {{2, 2, 2}, {0, 0, 0}, true};
  }
}

/// Whether the convolution normalizes what it reads, so that the norm's output never is in memory.
bool norm_on_the_way(Epilogue epilogue, const at::Tensor& x, const at::Tensor& kernel) {
  return epilogue == Epilogue::cubic && cubic_takes_norm(x, kernel.size(0));
}

struct NormReluConvolution : torch::autograd::Function<NormReluConvolution> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& input, const at::Tensor& weight,
                            const at::Tensor& bias, std::int64_t groups, std::int64_t epilogue,
                            const at::Tensor& kernel, const c10::optional<at::Tensor>& kernel_bias,
                            const ShardingPtr& sharding) {
    const Rows x{input.contiguous(at::MemoryFormat::ChannelsLast3d), input.size(1)};
    const at::Tensor table = norm_constants(x, weight, bias, groups, sharding);
    ctx->save_for_backward({x.tensor, table, weight, kernel});
    ctx->saved_data["groups"] = groups;
    ctx->saved_data["epilogue"] = epilogue;
    ctx->saved_data["bias"] = kernel_bias.has_value();
    keep_sharding(ctx, sharding);
    if (norm_on_the_way(static_cast<Epilogue>(epilogue), x.tensor, kernel))
      return cubic_forward(x.tensor, kernel, {1, 1, 1}, {table.select(0, scale), table.select(0, shift)});
    if (static_cast<Epilogue>(epilogue) == Epilogue::up && up_is_profitable(x.tensor))
      return up_convolution(normalize(x, table), kernel, kernel_bias.value_or(at::Tensor()));
    if (static_cast<Epilogue>(epilogue) == Epilogue::pointwise && pointwise_is_profitable(x.tensor))
      return pointwise_convolution(normalize(x, table), kernel, kernel_bias.value_or(at::Tensor()));
    const Shape shape = shape_of(static_cast<Epilogue>(epilogue));
    return at::convolution(normalize(x, table), kernel, kernel_bias, shape.stride, shape.padding, {1, 1, 1},
                           shape.transposed, {0, 0, 0}, 1);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const Rows x{saved[0], saved[0].size(1)};
    const at::Tensor& kernel = saved[3];
    const auto epilogue = static_cast<Epilogue>(ctx->saved_data["epilogue"].toInt());
    at::Tensor y, grad_y, grad_kernel, grad_bias;
    InputNorm norm;
    if (norm_on_the_way(epilogue, x.tensor, kernel))
      norm = {saved[1].select(0, scale), saved[1].select(0, shift)};
    else
      y = normalize(x, saved[1]);
    if (epilogue == Epilogue::cubic) {
      const auto found =
          cubic_backward(grads[0], y.defined() ? y : x.tensor, kernel, true, true, {1, 1, 1}, norm);
      grad_y = found.x;
      grad_kernel = found.weight;
    } else if (epilogue == Epilogue::up && up_is_profitable(x.tensor)) {
      std::tie(grad_y, grad_kernel, grad_bias) = up_backward(grads[0], y, kernel);
    } else if (epilogue == Epilogue::pointwise && pointwise_is_profitable(x.tensor)) {
      std::tie(grad_y, grad_kernel, grad_bias) = pointwise_backward(grads[0], y, kernel);
    } else {
      const Shape shape = shape_of(epilogue);
      const std::int64_t outputs = kernel.size(shape.transposed ? 1 : 0);
      std::tie(grad_y, grad_kernel, grad_bias) = at::convolution_backward(
          grads[0], y, kernel, at::OptionalIntArrayRef({outputs}), shape.stride, shape.padding, {1, 1, 1},
          shape.transposed, {0, 0, 0}, 1, {true, true, ctx->saved_data["bias"].toBool()});
    }
    y.reset();
    const auto found = norm_backward(x, saved[1], saved[2], ctx->saved_data["groups"].toInt(), grad_y, true,
                                     kept_sharding(ctx));
    return {found.x,      found.weight, found.bias, at::Tensor(),
            at::Tensor(), grad_kernel,  grad_bias,  at::Tensor()};
  }
};

}  // namespace

bool supports(const at::Tensor& x) {
  return (x.is_cpu() || device_kernels(x)) &&
         (x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16);
}

at::Tensor norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                     std::int64_t groups, const ShardingPtr& sharding) {
  return NormRelu::apply(x, weight, bias, groups, sharding);
}

at::Tensor norm_relu_convolution(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                 std::int64_t groups, Epilogue epilogue, const at::Tensor& kernel,
                                 const at::Tensor& kernel_bias, const ShardingPtr& sharding) {
  const c10::optional<at::Tensor> b = kernel_bias.defined() ? c10::optional(kernel_bias) : c10::nullopt;
  return NormReluConvolution::apply(x, weight, bias, groups, static_cast<std::int64_t>(epilogue), kernel, b,
                                    sharding);
}

}  // namespace scaffold::fused

#include "nn/fused/softmax.hpp"

#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/custom_function.h>

#include <atomic>

#include "core/error.hpp"
#include "device/device_kernels.hpp"
#include "nn/fused/rows.hpp"

namespace scaffold::fused {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

constexpr std::int64_t piece_voxels = 1 << 14;

[[noreturn]] void foreign_class() {
  throw DataError("the labels hold a class that the network does not have");
}

/// Logits whose voxels stand a fixed stride apart.
at::Tensor flat(const at::Tensor& logits) {
  const bool fits = logits.stride(2) == logits.stride(3) * logits.size(3) &&
                    logits.stride(3) == logits.stride(4) * logits.size(4);
  return fits ? logits : logits.contiguous();
}

template <class T>
Logits<T> sample(const at::Tensor& logits, std::int64_t n, std::int64_t first) {
  return {static_cast<T*>(logits.data_ptr()) + n * logits.stride(0) + first * logits.stride(4),
          logits.stride(4), logits.stride(1)};
}

/// body(sample, piece, first voxel, voxels), pieces in no order.
template <class Body>
void each_piece(std::int64_t samples, std::int64_t all, const Body& body) {
  const std::int64_t pieces = (all + piece_voxels - 1) / piece_voxels;
  at::parallel_for(0, samples * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      const std::int64_t first = i % pieces * piece_voxels;
      body(i / pieces, i, first, std::min(piece_voxels, all - first));
    }
  });
}

struct SoftmaxSums : torch::autograd::Function<SoftmaxSums> {
  static at::Tensor forward(AutogradContext* ctx, const at::Tensor& given, const at::Tensor& given_labels,
                            const at::Tensor& given_weights) {
    const at::Tensor logits = flat(given), labels = given_labels.contiguous(),
                     weights = given_weights.to(at::kFloat).contiguous();
    ctx->save_for_backward({logits, labels, weights});
    if (const DeviceKernels* device = device_kernels(logits))
      return device->softmax_sums(logits, labels, weights);
    const std::int64_t n = logits.size(0), all = voxels(logits), columns = 2 + 2 * logits.size(1);
    const auto classes = static_cast<int>(logits.size(1));
    const std::int64_t pieces = (all + piece_voxels - 1) / piece_voxels;
    std::vector<double> parts(static_cast<std::size_t>(n * pieces * columns));
    std::atomic<bool> foreign{false};
    with_type(logits, [&](auto* type) {
      using T = Pointee<decltype(type)>;
      each_piece(n, all, [&](std::int64_t s, std::int64_t piece, std::int64_t first, std::int64_t count) {
        if (!kernels().softmax<T>().sums(
                sample<const T>(logits, s, first), labels.const_data_ptr<std::uint8_t>() + s * all + first,
                count, classes, weights.const_data_ptr<float>(), parts.data() + piece * columns))
          foreign = true;
      });
    });
    if (foreign) foreign_class();
    std::vector<double> sums(static_cast<std::size_t>(n * columns));
    for (std::int64_t i = 0; i < n * pieces * columns; ++i)
      sums[i / (pieces * columns) * columns + i % columns] += parts[i];
    return at::tensor(sums, at::kDouble).view({n, columns}).to(at::kFloat);
  }

  static variable_list backward(AutogradContext* ctx, variable_list grads) {
    const auto saved = ctx->get_saved_variables();
    const at::Tensor &logits = saved[0], &labels = saved[1], &weights = saved[2];
    const at::Tensor of_sums = grads[0].to(at::kFloat).contiguous();
    if (const DeviceKernels* device = device_kernels(logits))
      return {device->softmax_gradient(logits, labels, weights, of_sums), at::Tensor(), at::Tensor()};
    const at::Tensor into = at::empty_strided(logits.sizes(), logits.strides(), logits.options());
    const std::int64_t all = voxels(logits);
    with_type(logits, [&](auto* type) {
      using T = Pointee<decltype(type)>;
      each_piece(
          logits.size(0), all, [&](std::int64_t s, std::int64_t, std::int64_t first, std::int64_t count) {
            kernels().softmax<T>().gradient(
                sample<const T>(logits, s, first), labels.const_data_ptr<std::uint8_t>() + s * all + first,
                count, static_cast<int>(logits.size(1)), weights.const_data_ptr<float>(),
                of_sums.const_data_ptr<float>() + s * of_sums.size(1), sample<T>(into, s, first));
          });
    });
    return {into, at::Tensor(), at::Tensor()};
  }
};

}  // namespace

at::Tensor softmax_sums(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& weights) {
  return SoftmaxSums::apply(logits, labels, weights);
}

std::vector<std::int64_t> confusion_of_logits(const at::Tensor& given, const at::Tensor& given_labels) {
  const at::Tensor logits = flat(given.unsqueeze(0)), labels = given_labels.contiguous();
  const std::int64_t all = voxels(logits), cells = logits.size(1) * logits.size(1);
  if (const DeviceKernels* device = device_kernels(logits)) {
    const at::Tensor found = device->confusion(logits, labels.to(logits.device())).to(at::kCPU);
    const auto* count = found.const_data_ptr<std::int64_t>();
    if (count[cells] > 0) foreign_class();
    return {count, count + cells};
  }
  const std::int64_t pieces = (all + piece_voxels - 1) / piece_voxels;
  std::vector<std::int64_t> parts(static_cast<std::size_t>(pieces * cells)),
      counts(static_cast<std::size_t>(cells));
  std::atomic<bool> foreign{false};
  with_type(logits, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    each_piece(1, all, [&](std::int64_t, std::int64_t piece, std::int64_t first, std::int64_t count) {
      if (!kernels().softmax<T>().confusion(sample<const T>(logits, 0, first),
                                            labels.const_data_ptr<std::uint8_t>() + first, count,
                                            static_cast<int>(logits.size(1)), parts.data() + piece * cells))
        foreign = true;
    });
  });
  if (foreign) foreign_class();
  for (std::int64_t i = 0; i < pieces * cells; ++i) counts[i % cells] += parts[i];
  return counts;
}

}  // namespace scaffold::fused

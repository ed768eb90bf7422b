// Launches the kernels of softmax_kernels.hpp.
#pragma once
#include "cuda/norm_device.hpp"
#include "cuda/softmax_kernels.hpp"

namespace scaffold::gpu {

template <class Launch>
struct SoftmaxLoss {
  /// body(Volumes<T>, few as a constant, null T pointer)
  template <class Body>
  static void with_volumes(const at::Tensor& logits, const at::Tensor& labels, const Body& body) {
    const auto with = [&](auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      const std::int64_t all = voxels(logits);
      Volumes<T> volumes{data<T>(logits),
                         logits.stride(0),
                         logits.stride(4),
                         logits.stride(1),
                         data<std::uint8_t>(labels),
                         all,
                         static_cast<int>(logits.size(1)),
                         turns(logits.size(0) * all)};
      if (logits.size(1) <= kept_classes)
        body(volumes, std::true_type{}, type);
      else
        body(volumes, std::false_type{}, type);
    };
    if (logits.scalar_type() == at::kFloat)
      with(static_cast<float*>(nullptr));
    else
      with(static_cast<BFloat16*>(nullptr));
  }
  /// Of a thread: it depends on shapes alone.
  static int turns(std::int64_t all) {
    return static_cast<int>(std::clamp<std::int64_t>(divided_up(all, 256 * 1024), 4, 64));
  }
  static Grid grid(const at::Tensor& logits, int turns, std::int64_t chunks = 1) {
    return {divided_up(voxels(logits), 256 * turns), chunks, logits.size(0)};
  }

  static at::Tensor sums(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& weights) {
    const std::int64_t samples = logits.size(0), classes = logits.size(1), columns = 2 + 2 * classes;
    const at::Tensor found = Norm<Launch>::floats(logits, {samples, columns});
    with_volumes(logits, labels, [&](const auto& volumes, auto few, auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Grid blocks = grid(logits, volumes.turns, divided_up(classes, kept_classes));
      const at::Tensor parts = Norm<Launch>::doubles(logits, {samples, blocks.x, columns});
      Launch::launch(blocks,
                     SoftmaxSums<T, few.value>{volumes, data<float>(weights), data<double>(parts), blocks.x});
      Launch::launch({divided_up(columns, Columns::width), 1, samples},
                     SumPieces{blocks.x, columns, data<double>(parts), nullptr, data<float>(found)});
    });
    return found;
  }

  static at::Tensor gradient(const at::Tensor& logits, const at::Tensor& labels, const at::Tensor& weights,
                             const at::Tensor& of_sums) {
    const at::Tensor into = at::empty_strided(logits.sizes(), logits.strides(), logits.options());
    with_volumes(logits, labels, [&](const auto& volumes, auto few, auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      Launch::launch(
          grid(logits, volumes.turns),
          SoftmaxGradient<T, few.value>{volumes, data<float>(weights), data<float>(of_sums), data<T>(into)});
    });
    return into;
  }

  static at::Tensor confusion(const at::Tensor& logits, const at::Tensor& labels) {
    const std::int64_t classes = logits.size(1);
    const at::Tensor counts =
        at::zeros({classes * classes + 1}, at::TensorOptions().dtype(at::kLong).device(logits.device()));
    with_volumes(logits, labels, [&](const auto& volumes, auto few, auto* type) {
      using T = std::remove_pointer_t<decltype(type)>;
      Launch::launch(grid(logits, volumes.turns),
                     Confusion<T, few.value>{volumes, data<std::int64_t>(counts)});
    });
    return counts;
  }
};

}  // namespace scaffold::gpu

// Launches the kernels of norm_kernels.hpp: Launch is Gpu (launch.cuh) or Cpu (threads.hpp).
#pragma once
#include <ATen/ATen.h>

#include "cuda/norm_kernels.hpp"
#include "device/device_kernels.hpp"

namespace scaffold::gpu {

using fused::DeviceNormGradients;
using fused::DeviceNormSums;

inline std::int64_t voxels(const at::Tensor& x) { return x.size(2) * x.size(3) * x.size(4); }

template <class T>
T* data(const at::Tensor& x) {
  return static_cast<T*>(x.data_ptr());
}

/// body(null T pointer, constant n): the type, and how many values one instruction takes where all the
/// tensors' rows allow it.
template <class Body>
void with_width(const at::Tensor& x, std::initializer_list<const void*> pointers,
                std::initializer_list<std::int64_t> strides, const Body& body) {
  const std::int64_t n = 16 / static_cast<std::int64_t>(x.element_size());
  bool fits = x.size(1) % n == 0;
  for (const void* p : pointers) fits = fits && reinterpret_cast<std::uintptr_t>(p) % 16 == 0;
  for (const std::int64_t s : strides) fits = fits && s % n == 0;
  const auto with = [&](auto* type) {
    using T = std::remove_pointer_t<decltype(type)>;
    if (fits)
      body(type, std::integral_constant<int, widest<T>>{});
    else
      body(type, std::integral_constant<int, 1>{});
  };
  if (x.scalar_type() == at::kFloat)
    with(static_cast<float*>(nullptr));
  else
    with(static_cast<BFloat16*>(nullptr));
}

template <class Launch>
struct Norm {
  static constexpr double epsilon = 1e-5;

  static at::Tensor doubles(const at::Tensor& like, at::IntArrayRef shape) {
    return at::empty(shape, like.options().dtype(at::kDouble).memory_format(at::MemoryFormat::Contiguous));
  }
  static at::Tensor floats(const at::Tensor& like, at::IntArrayRef shape) {
    return at::empty(shape, like.options().dtype(at::kFloat).memory_format(at::MemoryFormat::Contiguous));
  }

  static at::Tensor statistics(const at::Tensor& x, std::int64_t groups) {
    const std::int64_t samples = x.size(0), c = x.size(1);
    const at::Tensor moments = doubles(x, {samples, 2, c}), sums = doubles(x, {samples, groups, 3});
    with_width(x, {x.data_ptr()}, {}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Rows rows(samples, voxels(x), c, n);
      const at::Tensor parts = doubles(x, {samples, rows.pieces(), 2, c});
      Launch::launch(rows.grid(samples, n), PieceMoments<T, n>{rows, data<T>(x), data<double>(parts)});
      Launch::launch({divided_up(c, Columns::width), 1, samples},
                     ChannelMoments{rows, data<double>(parts), data<double>(moments)});
    });
    Launch::launch({groups, 1, samples},
                   GroupSums<MomentTerms>{{data<double>(moments), c}, c / groups, data<double>(sums)});
    return sums;
  }

  static at::Tensor constants_table(const at::Tensor& sums, double parts, const at::Tensor& weight,
                                    const at::Tensor& bias) {
    const std::int64_t samples = sums.size(0), c = weight.numel();
    const at::Tensor table = floats(sums, {constants, samples, c}), w = weight.contiguous(),
                     b = bias.contiguous();
    Launch::launch({divided_up(samples * c, NormConstants::threads)},
                   NormConstants{samples, c, sums.size(1), parts, epsilon, data<double>(sums), data<float>(w),
                                 data<float>(b), data<float>(table)});
    return table;
  }

  static at::Tensor apply(const at::Tensor& x, const at::Tensor& table) {
    const at::Tensor y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast3d));
    const std::int64_t samples = x.size(0), c = x.size(1);
    with_width(x, {x.data_ptr(), y.data_ptr()}, {}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Rows rows(samples, voxels(x), c, n);
      Launch::launch(rows.grid(samples, n),
                     NormApply<T, n>{rows, data<T>(x), data<float>(table), samples * c, data<T>(y)});
    });
    return y;
  }

  static DeviceNormSums gradient_sums(const at::Tensor& x, const at::Tensor& grad, std::int64_t grad_stride,
                                      const at::Tensor& table, const at::Tensor& weight,
                                      std::int64_t groups) {
    const std::int64_t samples = x.size(0), c = x.size(1);
    const DeviceNormSums sums{doubles(x, {samples, 2, c}), doubles(x, {samples, groups, 2})};
    with_width(x, {x.data_ptr(), grad.data_ptr()}, {grad_stride}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Rows rows(samples, voxels(x), c, n);
      const at::Tensor parts = doubles(x, {samples, rows.pieces(), 2, c});
      Launch::launch(rows.grid(samples, n),
                     GradientSums<T, n>{rows, data<T>(x), data<T>(grad), grad_stride, data<float>(table),
                                        samples * c, data<double>(parts)});
      Launch::launch(
          {divided_up(2 * c, Columns::width), 1, samples},
          SumPieces{rows.pieces(), 2 * c, data<double>(parts), data<double>(sums.by_channel), nullptr});
    });
    const at::Tensor w = weight.contiguous();
    Launch::launch({groups, 1, samples},
                   GroupSums<GradientTerms>{{data<double>(sums.by_channel), data<float>(w),
                                             data<float>(table) + inverse_deviation * samples * c, c},
                                            c / groups,
                                            data<double>(sums.by_group)});
    return sums;
  }

  static DeviceNormGradients gradient(const at::Tensor& x, const at::Tensor& grad, std::int64_t grad_stride,
                                      const at::Tensor& table, const DeviceNormSums& sums, double size,
                                      const at::Tensor& into) {
    const std::int64_t samples = x.size(0), c = x.size(1);
    const DeviceNormGradients found{into, floats(x, {c}), floats(x, {c})};
    const at::Tensor coefficients = floats(x, {2, samples, c});
    Launch::launch(
        {divided_up(c, GradientConstants::threads)},
        GradientConstants{samples, c, sums.by_group.size(1), size, data<double>(sums.by_channel),
                          data<double>(sums.by_group), data<float>(table) + inverse_deviation * samples * c,
                          data<float>(coefficients), data<float>(found.weight), data<float>(found.bias)});
    with_width(x, {x.data_ptr(), grad.data_ptr(), into.data_ptr()}, {grad_stride}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Rows rows(samples, voxels(x), c, n);
      Launch::launch(rows.grid(samples, n),
                     NormGradient<T, n>{rows, data<T>(x), data<T>(grad), grad_stride, data<float>(table),
                                        data<float>(coefficients), samples * c, data<T>(into)});
    });
    return found;
  }
};

}  // namespace scaffold::gpu

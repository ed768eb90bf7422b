// 2³ maximum pooling of channels-last rows, and labels to values of their classes: a thread a vector of the
// output.
#pragma once
#include "cuda/norm_device.hpp"

namespace scaffold::gpu {

/// The windows of an output [N, C, d, h, w], n channels at a time.
struct Windows {
  std::uint32_t depth, height, width, vectors, all;  ///< of the output; vectors of a row; all = threads' work

  struct At {
    std::int64_t out, in;  ///< row of the output; the window's first row of the input
    std::uint32_t vector;
  };
  SCAFFOLD_BOTH At at(std::uint32_t i) const {
    At found{};
    found.vector = i % vectors;
    std::uint32_t row = i / vectors;
    found.out = row;
    const std::uint32_t w = row % width;
    row /= width;
    const std::uint32_t h = row % height;
    row /= height;  // over samples and depths, which double together
    found.in = ((static_cast<std::int64_t>(row) * 2 * 2 * height + 2 * h) * 2 * width) + 2 * w;
    return found;
  }
  /// Input row number i (of 8, in memory order) of a window, from its first.
  SCAFFOLD_BOTH std::int64_t row(int i) const {
    return ((i >> 2) * 2 * static_cast<std::int64_t>(height) + (i >> 1 & 1)) * 2 * width + (i & 1);
  }
};

/// ATen's rule: the first maximum wins, and a NaN beats all.
SCAFFOLD_BOTH bool beats(float v, float best) { return v > best || v != v; }

template <class T, int n>
struct Pool {
  static constexpr int threads = 256, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  Windows windows;
  const T* x;
  std::int64_t x_stride, channels;
  T* out;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const std::uint32_t i =
        static_cast<std::uint32_t>(at.x) * threads + static_cast<std::uint32_t>(at.thread);
    if (i >= windows.all) return;
    const Windows::At w = windows.at(i);
    const T* from = x + w.in * x_stride + w.vector * n;
    float best[n];
    load(from, best);
    SCAFFOLD_UNROLL(7)
    for (int tap = 1; tap < 8; ++tap) {
      float v[n];
      load(from + windows.row(tap) * x_stride, v);
      SCAFFOLD_UNROLL(n)
      for (int k = 0; k < n; ++k) best[k] = beats(v[k], best[k]) ? v[k] : best[k];
    }
    store(out + w.out * channels + w.vector * n, best);
  }
};

template <class T, int n>
struct PoolGradient {
  static constexpr int threads = 256, phases = 1;
  using Shared = Nothing;
  using Local = Nothing;
  Windows windows;
  const T* x;
  std::int64_t x_stride, channels;
  const T *grad, *skip;
  std::int64_t skip_stride;
  T* into;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared&) const {
    const std::uint32_t i =
        static_cast<std::uint32_t>(at.x) * threads + static_cast<std::uint32_t>(at.thread);
    if (i >= windows.all) return;
    const Windows::At w = windows.at(i);
    const T* from = x + w.in * x_stride + w.vector * n;
    float best[n], g[n];
    int where[n] = {};
    load(from, best);
    load(grad + w.out * channels + w.vector * n, g);
    SCAFFOLD_UNROLL(7)
    for (int tap = 1; tap < 8; ++tap) {
      float v[n];
      load(from + windows.row(tap) * x_stride, v);
      SCAFFOLD_UNROLL(n)
      for (int k = 0; k < n; ++k)
        if (beats(v[k], best[k])) best[k] = v[k], where[k] = tap;
    }
    SCAFFOLD_UNROLL(8)
    for (int tap = 0; tap < 8; ++tap) {
      const std::int64_t row = w.in + windows.row(tap);
      float v[n] = {};
      if (skip) load(skip + row * skip_stride + w.vector * n, v);
      SCAFFOLD_UNROLL(n)
      for (int k = 0; k < n; ++k) v[k] += where[k] == tap ? g[k] : 0;
      store(into + row * channels + w.vector * n, v);
    }
  }
};

/// image[s, c, v] = table[labels[s, v], c]: a thread `n` voxels of all three channels.
template <int n>
struct Expand {
  static constexpr int threads = 256, phases = 2;
  struct Shared {
    float color[3][256];
  };
  using Local = Nothing;
  const std::uint8_t* labels;
  const float* table;
  int colors;
  std::int64_t voxels;
  float* image;

  template <int phase>
  SCAFFOLD_BOTH void run(const Place& at, Local&, Shared& shared) const {
    if constexpr (phase == 0) {
      for (int c = 0; c < 3; ++c)
        shared.color[c][at.thread] = at.thread < colors ? table[at.thread * 3 + c] : 0;
    } else {
      const std::int64_t v = (static_cast<std::int64_t>(at.x) * threads + at.thread) * n;
      if (v >= voxels) return;
      Packed<std::uint8_t, n> classes;
      copy_packed(&classes, reinterpret_cast<const Packed<std::uint8_t, n>*>(labels + at.z * voxels + v));
      SCAFFOLD_UNROLL(3)
      for (int c = 0; c < 3; ++c) {
        float values[n];
        SCAFFOLD_UNROLL(n)
        for (int i = 0; i < n; ++i) values[i] = shared.color[c][classes.value[i]];
        store(image + (at.z * 3 + c) * voxels + v, values);
      }
    }
  }
};

template <class Launch>
struct Pooling {
  static Windows windows(const at::Tensor& x, int n) {
    const auto u = [](std::int64_t v) { return static_cast<std::uint32_t>(v); };
    const std::int64_t all = x.size(0) * voxels(x) / 8 * (x.size(1) / n);
    TORCH_CHECK(all <= std::numeric_limits<std::int32_t>::max(),
                "pooling: too many elements for a GPU kernel");
    return {u(x.size(2) / 2), u(x.size(3) / 2), u(x.size(4) / 2), u(x.size(1) / n), u(all)};
  }

  static at::Tensor pool(const at::Tensor& x, std::int64_t x_stride) {
    const at::Tensor out = at::empty({x.size(0), x.size(1), x.size(2) / 2, x.size(3) / 2, x.size(4) / 2},
                                     x.options().memory_format(at::MemoryFormat::ChannelsLast3d));
    with_width(x, {x.data_ptr(), out.data_ptr()}, {x_stride}, [&](auto* type, auto n) {
      using T = std::remove_pointer_t<decltype(type)>;
      const Windows w = windows(x, n);
      Launch::launch({divided_up(w.all, 256)}, Pool<T, n>{w, data<T>(x), x_stride, x.size(1), data<T>(out)});
    });
    return out;
  }

  static at::Tensor gradient(const at::Tensor& x, std::int64_t x_stride, const at::Tensor& grad,
                             const at::Tensor& skip, std::int64_t skip_stride) {
    const at::Tensor into = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast3d));
    void* const through = skip.defined() ? skip.data_ptr() : nullptr;
    with_width(x, {x.data_ptr(), grad.data_ptr(), into.data_ptr(), through}, {x_stride, skip_stride},
               [&](auto* type, auto n) {
                 using T = std::remove_pointer_t<decltype(type)>;
                 const Windows w = windows(x, n);
                 Launch::launch(
                     {divided_up(w.all, 256)},
                     PoolGradient<T, n>{w, data<T>(x), x_stride, x.size(1), data<T>(grad),
                                        static_cast<const T*>(through), skip_stride, data<T>(into)});
               });
    return into;
  }
};

template <class Launch>
at::Tensor expand_volumes(const at::Tensor& labels, const at::Tensor& table) {
  const std::int64_t samples = labels.size(0), all = labels.size(1) * labels.size(2) * labels.size(3);
  const at::Tensor image = at::empty({samples, 3, labels.size(1), labels.size(2), labels.size(3)},
                                     table.options().memory_format(at::MemoryFormat::Contiguous));
  const auto with = [&](auto n) {
    Launch::launch({divided_up(all, 256 * n), 1, samples},
                   Expand<n>{data<std::uint8_t>(labels), data<float>(table), static_cast<int>(table.size(0)),
                             all, data<float>(image)});
  };
  if (all % 4 == 0 && reinterpret_cast<std::uintptr_t>(labels.data_ptr()) % 4 == 0)
    with(std::integral_constant<int, 4>{});
  else
    with(std::integral_constant<int, 1>{});
  return image;
}

}  // namespace scaffold::gpu

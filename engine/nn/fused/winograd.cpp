#include "nn/fused/winograd.hpp"

#include <ATen/Parallel.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "nn/fused/rows.hpp"
#include "nn/fused/shapes.hpp"

namespace scaffold::fused {
namespace {

/// Tiles that a thread takes through all steps by itself: its arrays stay in the caches.
constexpr std::int64_t block_tiles = 2 * winograd_tile_step;
/// Tiles side by side where a weight gradient sums over them.
constexpr std::int64_t gradient_group = 4 * winograd_tile_step;
/// Transformed weights up to here are made once; larger ones panel by panel, where they are used at once.
constexpr std::int64_t max_weight_floats = std::int64_t{1} << 21;
/// Transformed inputs that all threads share, and sums of a weight gradient.
constexpr std::int64_t shared_floats = std::int64_t{1} << 23, max_gradient_floats = std::int64_t{1} << 24;

/// Memory of the thread, which grows to what is asked of it and is kept.
class Scratch {
 public:
  /// 0 the first time, then whatever was left there: never an odd bit pattern that arithmetic is slow with.
  float* floats(std::int64_t n) {
    if (n > size_) {
      constexpr std::size_t line = 64;
      const std::size_t bytes = (static_cast<std::size_t>(n) * sizeof(float) + line - 1) / line * line;
      memory_.reset();
      memory_.reset(static_cast<float*>(std::aligned_alloc(line, bytes)));
      if (!memory_) throw std::bad_alloc();
      std::fill_n(memory_.get(), n, 0.0f);
      size_ = n;
    }
    return memory_.get();
  }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  std::unique_ptr<float, Free> memory_;
  std::int64_t size_ = 0;
};

Scratch& scratch() {
  thread_local Scratch mine;
  return mine;
}

std::int64_t round_up(std::int64_t n, std::int64_t step) { return (n + step - 1) / step * step; }

template <class Body>
void parallel(std::int64_t n, const Body& body) {
  at::parallel_for(0, n, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) body(i);
  });
}

/// Groups stand a few lines apart, or they would all fall on the same sets of a cache.
std::int64_t group_step(std::int64_t channels, std::int64_t group_tiles) {
  return winograd_points * channels * group_tiles + group_tiles * kernels().panel;
}
std::int64_t floats(std::int64_t channels, std::int64_t tiles, std::int64_t group_tiles) {
  return (tiles + group_tiles - 1) / group_tiles * group_step(channels, group_tiles);
}
WinogradArray array(float* data, std::int64_t channels, std::int64_t group_tiles) {
  return {data, channels, group_tiles, group_step(channels, group_tiles)};
}

std::int64_t tiles(const CubicShape& s) { return s.tiles(0) * s.tiles(1) * s.tiles(2); }

/// Channels [first, first + count) of an array.
WinogradArray channels_of(const WinogradArray& whole, std::int64_t first, std::int64_t count) {
  return {whole.data + first * winograd_points * whole.group_tiles, count, whole.group_tiles,
          whole.group_step};
}

const float* of_sample(const at::Tensor& values, std::int64_t sample) {
  return values.defined() ? values.const_data_ptr<float>() + sample * values.size(1) : nullptr;
}

/// Volumes whose channels stand side by side, as if they were concatenated.
class ConcatView {
 public:
  explicit ConcatView(at::TensorList tensors) {
    for (const at::Tensor& t : tensors) {
      parts_.push_back({rows(t), channels_, t.size(1)});
      channels_ += t.size(1);
    }
  }
  /// The tensor that they were one of: for its other extents.
  const at::Tensor& any() const { return parts_[0].rows.tensor; }
  std::int64_t channels() const { return channels_; }

  /// body(rows, first channel in them, count, how many of [first, first + n) came before)
  template <class Body>
  void each(std::int64_t first, std::int64_t n, const Body& body) const {
    for (const Part& part : parts_) {
      const std::int64_t begin = std::max(first, part.first),
                         end = std::min(first + n, part.first + part.count);
      if (begin < end) body(part.rows, begin - part.first, end - begin, begin - first);
    }
  }

 private:
  struct Part {
    Rows rows;
    std::int64_t first, count;
  };
  std::vector<Part> parts_;
  std::int64_t channels_ = 0;
};

/// Tiles [first, first + n) and channels [first_channel, …) of x, into the array from `tile` on.
template <class T>
void transform(const ConcatView& x, CubicShape shape, const InputNorm& norm, std::int64_t sample,
               std::int64_t first, std::int64_t n, std::int64_t first_channel, const WinogradArray& into,
               std::int64_t tile) {
  const float *scale = of_sample(norm.scale, sample), *shift = of_sample(norm.shift, sample);
  x.each(first_channel, into.channels,
         [&](const Rows& part, std::int64_t channel, std::int64_t count, std::int64_t before) {
           shape.stride = part.stride;
           kernels().winograd<T>().inputs(of_sample<T>(part, sample), shape, first, n, channel, scale, shift,
                                          channels_of(into, before, count), tile);
         });
}

/// A convolution of x with transformed weights, of which make_weights(first of a panel, into) makes a panel.
template <class T, class MakeWeights>
struct Convolution {
  const ConcatView &x, &y;
  CubicShape shape;
  const InputNorm& norm;
  const MakeWeights& make_weights;

  static constexpr std::int64_t group = winograd_tile_step;
  std::int64_t panel = kernels().panel, count = tiles(shape), channels = x.channels(), outputs = y.channels();

  void multiply(const WinogradArray& in, const float* weights, std::int64_t n, const WinogradArray& products,
                std::int64_t sample, std::int64_t first, std::int64_t first_output) const {
    kernels().winograd_multiply(in, weights, round_up(n, winograd_tile_step), products);
    y.each(first_output, products.channels,
           [&](const Rows& part, std::int64_t channel, std::int64_t of_it, std::int64_t before) {
             kernels().winograd<T>().outputs(channels_of(products, before, of_it), shape, first, n, channel,
                                             of_sample<T>(part, sample), part.stride);
           });
  }

  /// Each thread takes blocks of tiles through all steps.
  void by_blocks() const {
    const std::int64_t of_panel = winograd_points * channels * panel;
    const at::Tensor weights = at::empty({outputs / panel, of_panel}, at::kFloat);
    float* const w = weights.data_ptr<float>();
    parallel(outputs / panel, [&](std::int64_t i) { make_weights(i * panel, w + i * of_panel); });
    const std::int64_t blocks = (count + block_tiles - 1) / block_tiles;
    const std::int64_t of_inputs = floats(channels, block_tiles, group);
    parallel(blocks * x.any().size(0), [&](std::int64_t i) {
      const std::int64_t sample = i / blocks, first = i % blocks * block_tiles;
      const std::int64_t n = std::min(block_tiles, count - first);
      float* const memory = scratch().floats(of_inputs + floats(panel, block_tiles, group));
      const WinogradArray in = array(memory, channels, group),
                          products = array(memory + of_inputs, panel, group);
      transform<T>(x, shape, norm, sample, first, n, 0, in, 0);
      // A panel of outputs at a time, so that products stay in the core's own cache.
      for (std::int64_t o = 0; o < outputs; o += panel)
        multiply(in, w + o / panel * of_panel, n, products, sample, first, o);
    });
  }

  /// Threads share transformed inputs, and each takes panels of outputs.
  void by_outputs() const {
    const std::int64_t most = shared_floats / (winograd_points * channels) / group * group;
    const std::int64_t capacity = std::min(round_up(count, group), std::max(most, group));
    const at::Tensor shared = at::zeros({floats(channels, capacity, group)}, at::kFloat);
    const WinogradArray in = array(shared.data_ptr<float>(), channels, group);
    const std::int64_t of_panel = winograd_points * channels * panel;
    for (std::int64_t sample = 0; sample < x.any().size(0); ++sample)
      for (std::int64_t first = 0; first < count; first += capacity) {
        const std::int64_t n = std::min(capacity, count - first);
        parallel((n + group - 1) / group, [&](std::int64_t i) {
          transform<T>(x, shape, norm, sample, first + i * group, std::min(group, n - i * group), 0, in,
                       i * group);
        });
        parallel(outputs / panel, [&](std::int64_t i) {
          float* const w = scratch().floats(of_panel + floats(panel, capacity, group));
          make_weights(i * panel, w);
          multiply(in, w, n, array(w + of_panel, panel, group), sample, first, i * panel);
        });
      }
  }

  void run() const {
    if (winograd_points * channels * outputs <= max_weight_floats)
      by_blocks();
    else
      by_outputs();
  }
};

/// Of channels [first_channel, first_channel + channels) of the inputs. Sums over all tiles in one order,
/// whoever computes them.
template <class T>
void weight_gradient_part(const Rows& grad, const ConcatView& x, const CubicShape& shape,
                          const InputNorm& norm, std::int64_t first_channel, std::int64_t channels, T* into) {
  const auto& steps = kernels().winograd<T>();
  const std::int64_t panel = kernels().panel, outputs = grad.tensor.size(1), count = tiles(shape);
  constexpr std::int64_t group = gradient_group, step = winograd_tile_step;
  const std::int64_t room = shared_floats / (4 * winograd_points * (channels + outputs)) / group * group;
  const std::int64_t capacity = std::min(round_up(count, group), std::max(room, group));
  const std::int64_t of_inputs = floats(channels, capacity, group);
  const at::Tensor shared = at::empty({of_inputs + floats(outputs, capacity, group)}, at::kFloat);
  const WinogradArray in = array(shared.data_ptr<float>(), channels, group),
                      gradients = array(in.data + of_inputs, outputs, group);
  const std::int64_t panels = channels / panel, of_point = outputs * panel;
  const at::Tensor sums = at::zeros({panels, winograd_points, of_point}, at::kFloat);
  float* const sum = sums.data_ptr<float>();
  for (std::int64_t sample = 0; sample < x.any().size(0); ++sample)
    for (std::int64_t first = 0; first < count; first += capacity) {
      const std::int64_t n = std::min(capacity, count - first);
      parallel((n + step - 1) / step, [&](std::int64_t i) {
        const std::int64_t tile = i * step, here = std::min(step, n - tile);
        transform<T>(x, shape, norm, sample, first + tile, here, first_channel, in, tile);
        steps.output_gradients(of_sample<T>(grad, sample), grad.stride, shape, first + tile, here, gradients,
                               tile);
      });
      parallel(winograd_points * panels, [&](std::int64_t i) {
        const std::int64_t p = i % winograd_points, c = i / winograd_points;
        kernels().winograd_multiply_gradient(in, gradients, n, p, c * panel, sum + i * of_point);
      });
    }
  parallel(panels, [&](std::int64_t c) {
    steps.weight_gradient(sum + c * winograd_points * of_point, x.channels(), outputs,
                          first_channel + c * panel, into);
  });
}

at::Tensor in_rows(const at::Tensor& weight) { return weight.contiguous(at::MemoryFormat::ChannelsLast3d); }

}  // namespace

bool winograd_takes(const at::Tensor& x, std::int64_t outputs) {
  const bool type = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return x.is_cpu() && type && x.size(1) % kernels().panel == 0 && outputs % kernels().panel == 0;
}

bool winograd_is_profitable(const at::Tensor& x, std::int64_t outputs) {
  return winograd_takes(x, outputs) && own_kernels_pay(x);
}

at::Tensor winograd_convolution(at::TensorList given, const at::Tensor& given_weight, const Padding& padding,
                                const InputNorm& norm) {
  const ConcatView x(given);
  RECORD_FUNCTION("scaffold::winograd_convolution", std::vector<c10::IValue>({x.any(), given_weight}));
  const CubicShape shape = shape_of(x.any(), padding);
  const at::Tensor weight = in_rows(given_weight);
  at::Tensor y = empty_volume(shape, x.any().size(0), weight.size(0), x.any());
  with_type(y, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    const auto* w = static_cast<const T*>(weight.const_data_ptr());
    const auto make = [&](std::int64_t output, float* into) {
      kernels().winograd<T>().weights(w, x.channels(), output, into);
    };
    Convolution<T, decltype(make)>{x, ConcatView(y), shape, norm, make}.run();
  });
  return y;
}

std::vector<at::Tensor> winograd_input_gradients(const at::Tensor& given, const at::Tensor& given_weight,
                                                 const Padding& padding, at::IntArrayRef channels) {
  RECORD_FUNCTION("scaffold::winograd_input_gradient", std::vector<c10::IValue>({given, given_weight}));
  const ConcatView grad(given);
  const CubicShape shape = shape_of(given, {2 - padding[0], 2 - padding[1], 2 - padding[2]});
  const at::Tensor weight = in_rows(given_weight);
  std::vector<at::Tensor> x;
  for (const std::int64_t of_part : channels) x.push_back(empty_volume(shape, given.size(0), of_part, given));
  with_type(given, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    const auto* w = static_cast<const T*>(weight.const_data_ptr());
    const auto make = [&](std::int64_t channel, float* into) {
      kernels().winograd<T>().flipped_weights(w, weight.size(1), weight.size(0), channel, into);
    };
    Convolution<T, decltype(make)>{grad, ConcatView(x), shape, {}, make}.run();
  });
  return x;
}

at::Tensor winograd_weight_gradient(const at::Tensor& given, at::TensorList given_x, const Padding& padding,
                                    const InputNorm& norm) {
  const Rows grad = rows(given);
  const ConcatView x(given_x);
  RECORD_FUNCTION("scaffold::winograd_weight_gradient", std::vector<c10::IValue>({given, x.any()}));
  const CubicShape shape = shape_of(x.any(), padding);
  const std::int64_t outputs = given.size(1), panel = kernels().panel;
  at::Tensor weight = at::empty({outputs, x.channels(), 3, 3, 3},
                                given.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  const std::int64_t most =
      std::max(max_gradient_floats / (winograd_points * outputs) / panel, std::int64_t{1}) * panel;
  with_type(given, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    for (std::int64_t c = 0; c < x.channels(); c += most)
      weight_gradient_part<T>(grad, x, shape, norm, c, std::min(most, x.channels() - c),
                              static_cast<T*>(weight.data_ptr()));
  });
  return weight;
}

}  // namespace scaffold::fused

#include "model/fused/winograd.hpp"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <memory>

#include "model/fused/rows.hpp"

namespace scaffold::fused {
namespace {

constexpr std::int64_t P = winograd_points;
/// Tiles that a thread takes through all steps by itself: its arrays stay in the caches.
constexpr std::int64_t block_tiles = 4 * winograd_tile_step;
/// Transformed weights up to here are made once; larger ones panel by panel, where they are used at once.
constexpr std::int64_t most_weight_floats = std::int64_t{1} << 21;
/// Transformed inputs that all threads share, and sums of a weight gradient.
constexpr std::int64_t shared_floats = std::int64_t{1} << 23, most_gradient_floats = std::int64_t{1} << 24;

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

WinogradShape shape_of(const Rows& x, const Padding& padding) {
  const at::Tensor& t = x.tensor;
  return {t.size(2), t.size(3), t.size(4), x.stride, {padding[0], padding[1], padding[2]}};
}

std::int64_t tiles(const WinogradShape& s) { return s.tiles(0) * s.tiles(1) * s.tiles(2); }

const float* of_sample(const at::Tensor& values, std::int64_t sample) {
  return values.defined() ? values.const_data_ptr<float>() + sample * values.size(1) : nullptr;
}

/// A convolution of `x` with transformed weights, of which make_weights(panel, into, point step) makes a
/// panel.
template <class T, class MakeWeights>
struct Convolution {
  const Rows& x;
  WinogradShape shape;
  std::int64_t channels, outputs;
  const InputNorm& norm;
  T* y;
  const MakeWeights& make_weights;

  std::int64_t panel = kernels().panel, count = tiles(shape);
  const WinogradKernels<T>& steps = kernels().winograd<T>();

  void inputs(std::int64_t sample, std::int64_t first, std::int64_t n, float* into,
              std::int64_t capacity) const {
    steps.inputs(x.data<T>() + sample * voxels(x.tensor) * x.stride, shape, first, n, 0, channels,
                 of_sample(norm.scale, sample), of_sample(norm.shift, sample), into, capacity);
  }
  T* sample_of_y(std::int64_t sample) const {
    return y + sample * shape.outputs(0) * shape.outputs(1) * shape.outputs(2) * outputs;
  }

  /// Each thread takes blocks of tiles through all steps.
  void by_blocks() const {
    const at::Tensor weights = at::empty({P, channels * outputs}, at::kFloat);
    float* const w = weights.data_ptr<float>();
    parallel(outputs / panel,
             [&](std::int64_t i) { make_weights(i * panel, w + i * panel * channels, channels * outputs); });
    const std::int64_t blocks = (count + block_tiles - 1) / block_tiles;
    parallel(blocks * x.tensor.size(0), [&](std::int64_t i) {
      const std::int64_t sample = i / blocks, first = i % blocks * block_tiles;
      const std::int64_t n = std::min(block_tiles, count - first);
      float* const in = scratch().floats(P * block_tiles * (channels + outputs));
      float* const products = in + P * block_tiles * channels;
      inputs(sample, first, n, in, block_tiles);
      for (std::int64_t p = 0; p < P; ++p)
        kernels().winograd_multiply(in + p * channels * block_tiles, w + p * channels * outputs,
                                    round_up(n, winograd_tile_step), block_tiles, channels, outputs,
                                    products + p * outputs * block_tiles);
      steps.outputs(products, block_tiles, shape, first, n, 0, outputs, sample_of_y(sample), outputs);
    });
  }

  /// Threads share transformed inputs, and each takes panels of outputs.
  void by_outputs() const {
    const std::int64_t most = std::max(shared_floats / (P * channels), winograd_tile_step);
    const std::int64_t capacity = round_up(std::min(count, most), winograd_tile_step);
    const at::Tensor shared = at::zeros({P, channels, capacity}, at::kFloat);
    float* const in = shared.data_ptr<float>();
    for (std::int64_t sample = 0; sample < x.tensor.size(0); ++sample)
      for (std::int64_t first = 0; first < count; first += capacity) {
        const std::int64_t n = std::min(capacity, count - first);
        parallel((n + winograd_tile_step - 1) / winograd_tile_step, [&](std::int64_t i) {
          const std::int64_t before = i * winograd_tile_step;
          inputs(sample, first + before, std::min(winograd_tile_step, n - before), in + before * panel,
                 capacity);
        });
        parallel(outputs / panel, [&](std::int64_t i) {
          float* const w = scratch().floats(P * panel * (channels + capacity));
          float* const products = w + P * panel * channels;
          make_weights(i * panel, w, channels * panel);
          for (std::int64_t p = 0; p < P; ++p)
            kernels().winograd_multiply(in + p * channels * capacity, w + p * channels * panel,
                                        round_up(n, winograd_tile_step), capacity, channels, panel,
                                        products + p * panel * capacity);
          steps.outputs(products, capacity, shape, first, n, i * panel, panel, sample_of_y(sample), outputs);
        });
      }
  }

  void run() const {
    if (P * channels * outputs <= most_weight_floats)
      by_blocks();
    else
      by_outputs();
  }
};

at::Tensor empty_volume(const WinogradShape& s, std::int64_t samples, std::int64_t channels,
                        const at::Tensor& like) {
  return at::empty({samples, channels, s.outputs(0), s.outputs(1), s.outputs(2)},
                   like.options().memory_format(at::MemoryFormat::ChannelsLast3d));
}

/// Sums over all tiles in one order, whoever computes them. Channels [first, first + channels) of the inputs.
template <class T>
void add_weight_gradient(const Rows& grad, const Rows& x, const WinogradShape& shape, const InputNorm& norm,
                         std::int64_t first_channel, std::int64_t channels, T* into) {
  const auto& steps = kernels().winograd<T>();
  const std::int64_t panel = kernels().panel, outputs = grad.tensor.size(1), count = tiles(shape);
  const std::int64_t room = std::max(shared_floats / (4 * P * (channels + outputs)), std::int64_t{64});
  const std::int64_t capacity = std::min(count, room), panels = channels / panel;
  const at::Tensor shared = at::empty({P * capacity * (channels + outputs)}, at::kFloat);
  const at::Tensor sums = at::zeros({panels, P, outputs, panel}, at::kFloat);
  float* const in = shared.data_ptr<float>();
  float* const gradients = in + P * capacity * channels;
  float* const sum = sums.data_ptr<float>();
  for (std::int64_t sample = 0; sample < x.tensor.size(0); ++sample) {
    const T* const x_of = x.data<T>() + sample * voxels(x.tensor) * x.stride;
    const T* const grad_of = grad.data<T>() + sample * voxels(grad.tensor) * grad.stride;
    for (std::int64_t first = 0; first < count; first += capacity) {
      const std::int64_t n = std::min(capacity, count - first);
      parallel((n + winograd_tile_step - 1) / winograd_tile_step, [&](std::int64_t i) {
        const std::int64_t before = i * winograd_tile_step, here = std::min(winograd_tile_step, n - before);
        steps.inputs(x_of, shape, first + before, here, first_channel, channels,
                     of_sample(norm.scale, sample), of_sample(norm.shift, sample), in + before * panel,
                     capacity);
        steps.output_gradients(grad_of, grad.stride, shape, first + before, here, outputs,
                               gradients + before * panel, capacity);
      });
      parallel(P * panels, [&](std::int64_t i) {
        const std::int64_t p = i / panels, c = i % panels;
        kernels().winograd_multiply_gradient(in + (p * panels + c) * capacity * panel,
                                             gradients + p * outputs * capacity, n, capacity, outputs,
                                             sum + (c * P + p) * outputs * panel);
      });
    }
  }
  parallel(panels, [&](std::int64_t c) {
    steps.weight_gradient(sum + c * P * outputs * panel, outputs * panel, x.tensor.size(1), outputs,
                          first_channel + c * panel, into);
  });
}

at::Tensor in_rows(const at::Tensor& weight) { return weight.contiguous(at::MemoryFormat::ChannelsLast3d); }

}  // namespace

bool winograd_takes(const at::Tensor& x, std::int64_t outputs) {
  const bool type = x.scalar_type() == at::kFloat || x.scalar_type() == at::kBFloat16;
  return x.is_cpu() && type && x.size(1) % kernels().panel == 0 && outputs % kernels().panel == 0;
}

bool winograd_pays(const at::Tensor& x, std::int64_t outputs) {
  return winograd_takes(x, outputs) &&
         (x.scalar_type() == at::kFloat ? kernels().winograd_pays : kernels().winograd_bfloat16_pays);
}

at::Tensor winograd_convolution(const at::Tensor& given, const at::Tensor& given_weight,
                                const Padding& padding, const InputNorm& norm) {
  const Rows x = rows(given);
  const WinogradShape shape = shape_of(x, padding);
  const at::Tensor weight = in_rows(given_weight);
  const std::int64_t channels = given.size(1), outputs = weight.size(0);
  at::Tensor y = empty_volume(shape, given.size(0), outputs, given);
  with_type(given, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    const auto* w = static_cast<const T*>(weight.const_data_ptr());
    const auto make = [&](std::int64_t output, float* into, std::int64_t step) {
      kernels().winograd<T>().weights(w, channels, output, into, step);
    };
    Convolution<T, decltype(make)>{x, shape, channels, outputs, norm, static_cast<T*>(y.data_ptr()), make}
        .run();
  });
  return y;
}

at::Tensor winograd_input_gradient(const at::Tensor& given, const at::Tensor& given_weight,
                                   const Padding& padding) {
  const Rows grad = rows(given);
  const WinogradShape shape = shape_of(grad, {2 - padding[0], 2 - padding[1], 2 - padding[2]});
  const at::Tensor weight = in_rows(given_weight);
  const std::int64_t outputs = given.size(1), channels = weight.size(1);
  at::Tensor x = empty_volume(shape, given.size(0), channels, given);
  with_type(given, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    const auto* w = static_cast<const T*>(weight.const_data_ptr());
    const auto make = [&](std::int64_t channel, float* into, std::int64_t step) {
      kernels().winograd<T>().turned_weights(w, channels, outputs, channel, into, step);
    };
    Convolution<T, decltype(make)>{grad, shape, outputs, channels, {}, static_cast<T*>(x.data_ptr()), make}
        .run();
  });
  return x;
}

at::Tensor winograd_weight_gradient(const at::Tensor& given, const at::Tensor& given_x,
                                    const Padding& padding, const InputNorm& norm) {
  const Rows grad = rows(given), x = rows(given_x);
  const WinogradShape shape = shape_of(x, padding);
  const std::int64_t channels = given_x.size(1), outputs = given.size(1), panel = kernels().panel;
  at::Tensor weight = at::empty({outputs, channels, 3, 3, 3},
                                given.options().memory_format(at::MemoryFormat::ChannelsLast3d));
  const std::int64_t part = std::max(most_gradient_floats / (P * outputs) / panel, std::int64_t{1}) * panel;
  with_type(given, [&](auto* type) {
    using T = Pointee<decltype(type)>;
    for (std::int64_t c = 0; c < channels; c += part)
      add_weight_gradient<T>(grad, x, shape, norm, c, std::min(part, channels - c),
                             static_cast<T*>(weight.data_ptr()));
  });
  return weight;
}

}  // namespace scaffold::fused

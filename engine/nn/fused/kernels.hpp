// Private to the room: the vector kernels behind the fused layers. They are compiled once an instruction set
// from one source and see plain arrays alone, so that no inline function of a library is ever built for a CPU
// that may not be there. Each works serially on a piece; the callers cut the work in pieces that do not
// depend on the number of threads and share them out.
#pragma once
#include <cstdint>

namespace scaffold::fused {

/// A bfloat16 in memory: the upper half of a float32.
struct BFloat16 {
  std::uint16_t bits;
};

/// Group norm and ReLU of rows (voxels) of `channels` values: y = max(0, x·scale + shift), all constants by
/// channel.
template <class T>
struct NormKernels {
  /// Moments of `rows` rows, by channel: mean, and the sum of squared deviations from it.
  void (*moments)(const T* x, std::int64_t rows, std::int64_t channels, double* mean, double* squares);
  /// Row r of y stands at y + r · y_stride.
  void (*apply)(const T* x, std::int64_t rows, std::int64_t channels, const float* scale, const float* shift,
                T* y, std::int64_t y_stride);
  /// With g = grad where x·scale + shift > 0, else 0: Σ g, and Σ g·(x − mean). Row r of grad at grad + r ·
  /// stride.
  void (*gradient_sums)(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows,
                        std::int64_t channels, const float* scale, const float* shift, const float* mean,
                        double* sum, double* product);
  /// into = g·scale + x·for_x + constant; `into` may be `grad` itself.
  void (*gradient)(const T* x, const T* grad, std::int64_t grad_stride, std::int64_t rows,
                   std::int64_t channels, const float* scale, const float* shift, const float* for_x,
                   const float* constant, T* into);
};

/// Logits of voxels: value of voxel v and class c at v · voxel_stride + c · class_stride.
template <class T>
struct Logits {
  T* data;
  std::int64_t voxel_stride, class_stride;
};

inline constexpr int max_classes = 255;

/// softmax p of each voxel's logits, with its class t from `labels`.
template <class T>
struct SoftmaxKernels {
  /// sums: Σ w[t]·(−log p[t]), Σ w[t], then by class Σ p·[t = c] and Σ p + Σ [t = c]: 2 + 2·classes. False
  /// when the labels hold another class.
  bool (*sums)(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
               const float* weights, double* sums);
  /// The gradient with respect to the logits, given that of the sums.
  void (*gradient)(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
                   const float* weights, const float* of_sums, Logits<T> into);
  /// counts[t · classes + argmax] += voxels; the lowest class wins a tie. False as above.
  bool (*confusion)(Logits<const T> logits, const std::uint8_t* labels, std::int64_t voxels, int classes,
                    std::int64_t* counts);
};

/// 2³ maximum pooling of one row of output voxels, `width` of them: in[dh] are the four input rows (d, h),
/// each of 2 · width voxels that stand `in_stride` apart.
template <class T>
struct PoolKernels {
  void (*pool)(const T* const (&in)[4], std::int64_t in_stride, std::int64_t width, std::int64_t channels,
               T* out);
  /// into = skip + (grad where the voxel is its window's first maximum); all four rows. skip may be null (0).
  void (*gradient)(const T* const (&in)[4], std::int64_t in_stride, const T* grad, const T* const (&skip)[4],
                   std::int64_t skip_stride, std::int64_t width, std::int64_t channels, T* const (&into)[4]);
};

struct AdamConstants {
  float gradient_scale;  ///< from clipping
  float one_minus_beta1, beta2, one_minus_beta2, step_size, inverse_root_correction2, epsilon;
};

/// Part of the gradient of a 3³ convolution's weights: of outputs and inputs [first, last), of one sample
/// [depth, height, width] in channels-last. A row of the output's gradient is grad_stride long.
struct WeightGradient {
  std::int64_t depth, height, width, inputs, grad_stride;
  std::int64_t first_output, last_output, first_input, last_input;
};
/// Outputs come in multiples of this, and first_input in multiples of 16.
inline constexpr int weight_gradient_outputs = 4;
/// Rows (along W) that are worked on together: enough to keep sums in registers for long, few enough for the
/// caches.
constexpr std::int64_t weight_gradient_rows(const WeightGradient& s) {
  const std::int64_t for_length = 512 / s.width, for_cache = 49152 / (s.width * s.inputs) - 2;
  const std::int64_t rows = for_length < for_cache ? for_length : for_cache;
  return rows < 1 ? 1 : rows < s.height ? rows : s.height;
}
/// Floats of scratch memory.
constexpr std::int64_t weight_gradient_scratch(const WeightGradient& s) {
  const std::int64_t rows = weight_gradient_rows(s);
  return rows * s.width * (s.last_output - s.first_output) +
         (rows + 2) * (s.width + 2) * ((s.last_input - s.first_input + 15) / 16 * 16);
}

/// A 3³ convolution of one sample [depth, height, width], whose voxels' channels stand `stride` values apart,
/// in tiles of 2³ outputs that are numbered along W first.
struct CubicShape {
  std::int64_t depth, height, width, stride;
  std::int64_t padding[3];  ///< zeros at both ends of D, H, W
  constexpr std::int64_t outputs(int axis) const {
    return (axis == 0 ? depth : axis == 1 ? height : width) + 2 * padding[axis] - 2;
  }
  constexpr std::int64_t tiles(int axis) const { return (outputs(axis) + 1) / 2; }
};
inline constexpr std::int64_t winograd_points = 64;
/// Tiles are multiplied by so many: room for tiles is a multiple of it.
inline constexpr std::int64_t winograd_tile_step = 12;

/// 64 points of tiles: [tile group][channel / panel][point][tile of the group][panel]. Small groups suit what
/// makes or takes all points of a tile, large ones what sums over tiles.
struct WinogradArray {
  float* data;
  std::int64_t channels;     ///< a multiple of the kernels' panel
  std::int64_t group_tiles;  ///< a multiple of winograd_tile_step
  std::int64_t group_step;   ///< from group to group
  constexpr std::int64_t point_step(std::int64_t panel) const { return group_tiles * panel; }
};

/// The steps of a convolution by winograd_body.hpp. Tiles [first, first + count) are those of an array from
/// `tile` or its beginning on; outputs are a multiple of `panel` too.
template <class T>
struct WinogradKernels {
  /// Of channels [first_channel, first_channel + into.channels). With a scale, of max(0, x · scale + shift),
  /// by channel.
  void (*inputs)(const T* x, const CubicShape& shape, std::int64_t first, std::int64_t count,
                 std::int64_t first_channel, const float* scale, const float* shift,
                 const WinogradArray& into, std::int64_t tile);
  void (*outputs)(const WinogradArray& products, const CubicShape& shape, std::int64_t first,
                  std::int64_t count, std::int64_t first_channel, T* y, std::int64_t y_stride);
  /// The outputs' gradient as products.
  void (*output_gradients)(const T* grad, std::int64_t grad_stride, const CubicShape& shape,
                           std::int64_t first, std::int64_t count, const WinogradArray& into,
                           std::int64_t tile);
  /// One panel of outputs of weights [O][27][C] as [point][channel][panel].
  void (*weights)(const T* weight, std::int64_t channels, std::int64_t first_output, float* into);
  /// One panel of channels as [point][output][panel], for the gradient of the inputs.
  void (*flipped_weights)(const T* weight, std::int64_t channels, std::int64_t outputs,
                          std::int64_t first_channel, float* into);
  /// One panel of channels of the weights' gradient, from [point][output][panel].
  void (*weight_gradient)(const float* from, std::int64_t channels, std::int64_t outputs,
                          std::int64_t first_channel, T* into);
};

/// Colors of an image: channels of the first convolution's input.
inline constexpr int image_channels = 3;
inline constexpr int image_taps = 27 * image_channels;
/// Floats of scratch memory for a row of outputs.
constexpr std::int64_t image_scratch(const CubicShape& s) { return 9 * (s.outputs(2) + 16) * image_channels; }

/// The 3³ convolution of an image, whose channels are too few for vectors: these hold outputs, a multiple of
/// `panel`. Rows [first, first + rows) of outputs, counted along H first.
template <class T>
struct ImageKernels {
  /// weights [tap][output], taps along D, H, W and channel. y is dense.
  void (*convolve)(const T* x, const CubicShape& shape, std::int64_t first, std::int64_t rows,
                   const float* weights, std::int64_t outputs, float* scratch, T* y);
  /// into [tap][output] += the rows' part of the weights' gradient.
  void (*weight_gradient)(const T* x, const CubicShape& shape, std::int64_t first, std::int64_t rows,
                          const T* grad, std::int64_t grad_stride, std::int64_t outputs, float* scratch,
                          float* into);
};

/// The one for T of a pair of the two types' kernels.
template <class T, class OfFloat, class OfBFloat16>
constexpr const auto& of_type(const OfFloat& of_float, const OfBFloat16& of_bfloat16) {
  if constexpr (sizeof(T) == 4)
    return of_float;
  else
    return of_bfloat16;
}

struct Kernels {
  const char* name;
  NormKernels<float> norm_float;
  NormKernels<BFloat16> norm_bfloat16;
  SoftmaxKernels<float> softmax_float;
  SoftmaxKernels<BFloat16> softmax_bfloat16;
  PoolKernels<float> pool_float;
  PoolKernels<BFloat16> pool_bfloat16;
  double (*sum_of_squares)(const float* x, std::int64_t n);
  void (*adam)(float* parameter, const float* gradient, float* mean, float* square, std::int64_t n,
               const AdamConstants& constants);

  bool weight_gradient_pays;  ///< faster than oneDNN's
  /// Adds to into [output][27 taps][input].
  void (*weight_gradient)(const float* x, const float* grad, const WeightGradient& part, float* scratch,
                          float* into);

  bool winograd_pays;  ///< faster than oneDNN's convolutions; the image's too
  std::int64_t panel;  ///< of the following
  WinogradKernels<float> winograd_float;
  WinogradKernels<BFloat16> winograd_bfloat16;
  ImageKernels<float> image_float;
  ImageKernels<BFloat16> image_bfloat16;
  /// products[tile][output] = Σ over channels of inputs[tile][channel] · weights[channel][output], of each
  /// point; weights [output / panel][point][channel][panel]. Tiles are a multiple of winograd_tile_step.
  void (*winograd_multiply)(const WinogradArray& inputs, const float* weights, std::int64_t tiles,
                            const WinogradArray& products);
  /// Of one point and panel of channels: into[output][channel] += Σ over tiles of two arrays of equal groups.
  void (*winograd_multiply_gradient)(const WinogradArray& inputs, const WinogradArray& gradients,
                                     std::int64_t tiles, std::int64_t point, std::int64_t channel,
                                     float* into);

  template <class T>
  const NormKernels<T>& norm() const {
    return of_type<T>(norm_float, norm_bfloat16);
  }
  template <class T>
  const SoftmaxKernels<T>& softmax() const {
    return of_type<T>(softmax_float, softmax_bfloat16);
  }
  template <class T>
  const PoolKernels<T>& pool() const {
    return of_type<T>(pool_float, pool_bfloat16);
  }
  template <class T>
  const WinogradKernels<T>& winograd() const {
    return of_type<T>(winograd_float, winograd_bfloat16);
  }
  template <class T>
  const ImageKernels<T>& image() const {
    return of_type<T>(image_float, image_bfloat16);
  }
};

extern const Kernels portable_kernels;
extern const Kernels avx2_kernels;
extern const Kernels avx512_kernels;

/// The widest that this CPU runs.
const Kernels& kernels();
/// All that this CPU runs, narrowest first; returns how many.
int available(const Kernels* (&into)[3]);

}  // namespace scaffold::fused

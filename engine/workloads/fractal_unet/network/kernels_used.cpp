#include "fractal_unet/network/kernels_used.hpp"

#include <ATen/ATen.h>
#include <ATen/native/ConvUtils.h>

#include "core/text.hpp"
#include "nn/fused/convolution.hpp"
#include "nn/fused/image.hpp"
#include "nn/fused/kernels.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/pointwise.hpp"
#include "nn/fused/up.hpp"

namespace scaffold {
namespace {

/// The library behind an ATen convolution.
const char* library(at::native::ConvBackend backend) {
  using at::native::ConvBackend;
  switch (backend) {
    case ConvBackend::Mkldnn:
    case ConvBackend::MkldnnTranspose:
      return "oneDNN";
    case ConvBackend::Cudnn:
    case ConvBackend::CudnnTranspose:
      return "cuDNN";
    case ConvBackend::Slow3d:
    case ConvBackend::SlowTranspose3d:
    case ConvBackend::SlowDilated3d:
      return "ATen's columns and matrix products";
    default:
      return "ATen";
  }
}

/// One layer's forward and backward pass.
struct Use {
  std::string forward, weight_gradient;  ///< the input's gradient is computed as the forward pass is
  bool operator==(const Use&) const = default;
  std::string text() const {
    return forward == weight_gradient ? forward : cat(forward, "; weight gradient: ", weight_gradient);
  }
};

/// "A (levels 0-2), B (level 3)", or "A" where all are the same; level of the first: `first`.
std::string by_level(const std::vector<Use>& uses, std::int64_t first) {
  std::string text;
  for (std::size_t begin = 0, end = 0; begin < uses.size(); begin = end) {
    for (end = begin; end < uses.size() && uses[end] == uses[begin];) ++end;
    if (begin == 0 && end == uses.size()) return uses[0].text();
    const auto from = first + static_cast<std::int64_t>(begin),
               to = first + static_cast<std::int64_t>(end) - 1;
    text += cat(text.empty() ? "" : ", ", uses[begin].text(), from == to ? " (level " : " (levels ", from,
                from == to ? "" : cat("-", to), ")");
  }
  return text;
}

class Describer {
 public:
  Describer(const UNetOptions& network, const at::Device& device, const Extent3& block, bool sharded)
      : o_(network), device_(device), block_(block), sharded_(sharded) {
    fused_ = o_.fused && fused::supports(volume(o_.width, 0));
  }

  /// 3³, padding 1, of a volume at a level.
  Use cubic(std::int64_t inputs, std::int64_t outputs, std::int64_t level) const {
    const at::Tensor x = volume(inputs, level);
    const fused::Padding padding = sharded_ ? fused::Padding{0, 0, 0} : fused::Padding{1, 1, 1};
    const std::string plain = aten(x, {outputs, inputs, 3, 3, 3}, 1, 1, false);
    if (!fused_) return {plain, plain};
    if (fused::winograd_is_profitable(x, outputs)) return {ours("Winograd"), ours("Winograd")};
    if (fused::image_is_profitable(x, outputs)) return {ours("direct"), ours("direct")};
    return {plain, fused::weight_gradient_is_profitable(x, outputs, padding) ? ours("direct") : plain};
  }
  /// Transposed, kernel and stride 2, from a level to the one above.
  Use up(std::int64_t level) const {
    const at::Tensor x = volume(o_.width << level, level);
    const std::string name = fused_ && fused::up_is_profitable(x)
                                 ? ours("matrix products")
                                 : aten(x, {o_.width << level, o_.width << (level - 1), 2, 2, 2}, 2, 0, true);
    return {name, name};
  }
  std::string pointwise() const {
    const at::Tensor x = volume(o_.width, 0);
    if (fused_ && fused::pointwise_is_profitable(x)) return ours("matrix products");
    return aten(x, {o_.classes, o_.width, 1, 1, 1}, 1, 0, false);
  }
  std::string norm() const {
    if (fused_) return ours("group norm and ReLU in one pass");
    return sharded_ ? "ATen operators, statistics over the shards" : "ATen group_norm and relu";
  }
  std::string simple(const char* operators) const {
    return fused_ ? ours("one pass") : cat("ATen ", operators);
  }

 private:
  /// Of the type that convolutions compute in; one number in memory.
  at::Tensor volume(std::int64_t channels, std::int64_t level) const {
    const auto type = o_.precision == Precision::bfloat16 ? at::kBFloat16 : at::kFloat;
    return at::empty({1}, at::TensorOptions().dtype(type).device(device_))
        .expand({1, channels, block_[0] >> level, block_[1] >> level, block_[2] >> level});
  }
  std::string ours(const char* way) const {
    return cat(way, ", fused kernels (", device_.is_cpu() ? fused::kernels().name : "CUDA", ")");
  }
  std::string aten(const at::Tensor& x, const std::vector<std::int64_t>& weight, std::int64_t stride,
                   std::int64_t padding, bool transposed) const {
    const at::Tensor w = at::empty({1}, x.options()).expand(weight);
    const std::vector<c10::SymInt> strides(3, stride), paddings(3, padding), ones(3, 1), zeros(3, 0);
    return library(at::native::select_conv_backend(x, w, c10::nullopt, strides, paddings, ones, transposed,
                                                   zeros, 1, c10::nullopt));
  }

  const UNetOptions& o_;
  at::Device device_;
  Extent3 block_;
  bool sharded_, fused_;
};

}  // namespace

std::vector<std::pair<std::string, std::string>> kernels_used(const UNetOptions& o, const at::Device& device,
                                                              const Extent3& block, bool sharded) {
  const Describer describe(o, device, block, sharded);
  std::vector<Use> cubic, joined, up;
  for (std::int64_t level = 0; level <= o.levels; ++level)
    cubic.push_back(describe.cubic(o.width << level, o.width << level, level));
  // Fused layers convolve skip and up path apart; the plain ones a tensor of both.
  for (std::int64_t level = 0; level < o.levels; ++level)
    joined.push_back(describe.cubic((o.fused ? 1 : 2) * (o.width << level), o.width << level, level));
  for (std::int64_t level = 1; level <= o.levels; ++level) up.push_back(describe.up(level));
  return {{"3^3 convolution", by_level(cubic, 0)},
          {"3^3 of skip and up path", by_level(joined, 0)},
          {"3^3 of the image", describe.cubic(o.in_channels, o.width, 0).text()},
          {"2^3 up-convolution", by_level(up, 1)},
          {"1^3 convolution", describe.pointwise()},
          {"Group norm, ReLU", describe.norm()},
          {"Max pooling", describe.simple("max_pool3d")},
          {"Loss and Dice", describe.simple("softmax and sums")}};
}

}  // namespace scaffold

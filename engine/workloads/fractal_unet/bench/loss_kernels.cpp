#include "fractal_unet/bench/loss_kernels.hpp"

#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/loss.hpp"

namespace scaffold {
namespace {

using namespace bench;

constexpr std::int64_t classes = 6;

at::Tensor random_labels(at::IntArrayRef shape) { return at::randint(classes, shape, at::kByte); }

Kernel loss(const Volume& v) {
  const double logits = v.bytes(classes), labels = v.voxels();
  return {
      cat("loss, ", classes, " classes on ", v.text()),
      v.type,
      work(logits + labels),
      {{"backward", work(2 * logits + labels), {0}}},
      true,
      [=](at::MemoryFormat format) {
        return Tensors{v.activations(classes, format), random_labels({1, v.edge, v.edge, v.edge}),
                       at::ones(classes)};
      },
      [](const Tensors& t, bool fused) { return segmentation_loss(t[0], t[1], t[2], nullptr, fused).total; }};
}

Kernel hard_dice_counts(const Volume& v) {
  return {cat("hard Dice, ", classes, " classes on ", v.text()),
          v.type,
          work(v.bytes(classes) + v.voxels()),
          {},
          true,
          [=](at::MemoryFormat format) {
            return Tensors{v.activations(classes, format), random_labels({v.edge, v.edge, v.edge})};
          },
          [](const Tensors& t, bool fused) {
            fused ? logits_confusion(t[0][0], t[1]) : confusion(predicted_classes(t[0][0]), t[1], classes);
            return at::Tensor();
          }};
}

}  // namespace

std::vector<bench::Kernel> loss_kernels(const bench::Volume& volume) {
  return {loss(volume), hard_dice_counts(volume)};
}

}  // namespace scaffold

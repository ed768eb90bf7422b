// The fused layers against plain ATen operators in float64, outputs and all gradients. Built twice: with the
// CPU's kernels, and with the GPU's run by the CPU (test_device_kernels.cpp).
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <rapidcheck.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "device/device_kernels.hpp"
#include "difference.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/loss.hpp"
#include "fractal_unet/network/unet.hpp"
#include "nn/fused/convolution.hpp"
#include "nn/fused/norm.hpp"
#include "nn/fused/pool.hpp"
#include "nn/fused/update.hpp"

using namespace scaffold;

namespace {

struct Threads {
  explicit Threads(int n) : before(at::get_num_threads()) { at::set_num_threads(n); }
  ~Threads() { at::set_num_threads(before); }
  int before;
};

struct LayerCase {
  std::int64_t n, channels, groups, d, h, w;
  at::ScalarType type;
  double mean;  ///< of the input, in its standard deviations
  int layout;   ///< 0 plain, 1 channels-last, 2 a range of a wider tensor's channels
  int threads;
};

LayerCase any_layer() {
  const auto between = [](std::int64_t from, std::int64_t to) {
    return *rc::gen::inRange<std::int64_t>(from, to + 1);
  };
  // What the tensors hold is the case's, too: Torch's own seed is another in every process.
  at::manual_seed(*rc::gen::arbitrary<std::uint32_t>());
  LayerCase c{};
  c.groups = between(1, 5);
  c.channels = c.groups * between(1, 20);
  c.n = between(1, 3);
  c.d = 2 * between(1, 3), c.h = 2 * between(1, 5), c.w = 2 * between(1, 5);
  c.type = between(0, 1) ? at::kFloat : at::kBFloat16;
  c.mean = between(0, 1) ? 0 : 100;
  c.layout = static_cast<int>(between(0, 2));
  c.threads = static_cast<int>(between(1, 4));
  return c;
}

/// Values that the type holds exactly, as a leaf of that type in the case's layout.
at::Tensor leaf(const at::Tensor& value, const LayerCase& c) {
  at::Tensor x = value.to(c.type);
  if (c.layout == 2 && x.dim() == 5)
    x = at::cat({x, x}, 1).contiguous(at::MemoryFormat::ChannelsLast3d).narrow(1, c.channels, c.channels);
  else if (x.dim() == 5)
    x = x.contiguous(c.layout == 1 ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous);
  return x.detach().set_requires_grad(true);
}

at::Tensor exact_leaf(const at::Tensor& value) {
  return value.detach().to(at::kDouble).set_requires_grad(true);
}

double tolerance(at::ScalarType type) { return type == at::kFloat ? 1e-5 : 0.02; }

at::Tensor plain_norm_relu(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                           std::int64_t groups) {
  return at::group_norm(x, groups, weight, bias, 1e-5, false).relu();
}

/// Keeps ReLU arguments off zero by more than the type's rounding, so that no rounding decides a gradient.
struct NormCase {
  at::Tensor x, weight, bias;
  explicit NormCase(const LayerCase& c) {
    x = leaf(at::randn({c.n, c.channels, c.d, c.h, c.w}) + c.mean, c);
    weight = at::randn({c.channels}).set_requires_grad(true);
    // Every channel wholly open or wholly closed.
    bias = (at::randint(0, 2, {c.channels}).to(at::kFloat) * 2 - 1).mul(40).set_requires_grad(true);
  }
};

}  // namespace

TEST_CASE("fused group norm and ReLU equal ATen's in outputs and all gradients") {
  CHECK(rc::check([] {
    const LayerCase c = any_layer();
    const Threads threads(c.threads);
    const NormCase given(c);
    const at::Tensor x = exact_leaf(given.x), weight = exact_leaf(given.weight),
                     bias = exact_leaf(given.bias);
    const at::Tensor y = fused::norm_relu(given.x, given.weight, given.bias, c.groups, nullptr);
    const at::Tensor expected = plain_norm_relu(x, weight, bias, c.groups);
    const at::Tensor projection = at::randn_like(expected).to(c.type).to(at::kDouble);
    (y * projection.to(c.type)).sum().backward();
    (expected * projection).sum().backward();
    // A mean of 100 deviations costs float32 two digits, in any formula.
    const double bound = tolerance(c.type) * (c.mean > 0 ? 10 : 1);
    RC_ASSERT(y.scalar_type() == c.type);
    RC_ASSERT(difference(y, expected) < bound);
    const double largest = std::max(1e-3, x.grad().abs().max().item().toDouble());
    RC_ASSERT((given.x.grad().to(at::kDouble) - x.grad()).abs().max().item().toDouble() < bound * largest);
    const at::Tensor grads = at::cat({weight.grad(), bias.grad()}),
                     found = at::cat({given.weight.grad(), given.bias.grad()});
    RC_ASSERT(difference(found, grads) < bound);
  }));
}

TEST_CASE("the ReLU passes gradients exactly where the output is positive") {
  const at::Tensor x = at::randn({2, 24, 4, 6, 5}).set_requires_grad(true);
  const at::Tensor weight = at::randn({24}), bias = at::randn({24}).set_requires_grad(true);
  const at::Tensor y = fused::norm_relu(x, weight, bias, 4, nullptr);
  y.sum().backward();
  const at::Tensor open = y.detach().gt(0).sum({0, 2, 3, 4}).to(at::kFloat);
  CHECK(at::equal(bias.grad(), open));
}

TEST_CASE("group norm of a constant or nearly constant volume stays finite and exact") {
  for (double base : {0.0, 10.0}) {
    const at::Tensor x = at::full({1, 8, 4, 4, 4}, base).set_requires_grad(true);
    const at::Tensor y = fused::norm_relu(x, at::ones({8}), at::full({8}, 0.5), 2, nullptr);
    CHECK(difference(y, at::full_like(y, 0.5)) < 1e-2);
    y.sum().backward();
    CHECK(x.grad().isfinite().all().item<bool>());
  }
  // One voxel far away is the first of its block: what the deviations are taken from.
  at::Tensor x = at::randn({1, 4, 8, 8, 8}, at::kDouble);
  x.select(4, 0).select(3, 0).select(2, 0).fill_(300);
  const at::Tensor expected = plain_norm_relu(x, at::ones({4}, at::kDouble), at::ones({4}, at::kDouble), 2);
  const at::Tensor y = fused::norm_relu(x.to(at::kFloat), at::ones({4}), at::ones({4}), 2, nullptr);
  CHECK(difference(y, expected) < 1e-5);
}

TEST_CASE("a NaN is not hidden") {
  at::Tensor x = at::randn({1, 4, 2, 2, 2});
  x[0][1][0][1][0] = std::nan("");
  CHECK(fused::norm_relu(x, at::ones({4}), at::zeros({4}), 2, nullptr).isnan().any().item<bool>());
  CHECK(fused::pool(x).pooled.isnan().any().item<bool>());
  CHECK(segmentation_loss(x, at::zeros({1, 2, 2, 2}, at::kByte), at::ones({4})).total.isnan().item<bool>());
}

TEST_CASE("results have the same bits on any number of threads") {
  const at::Tensor x = at::randn({2, 40, 12, 20, 18}), weight = at::randn({40}), bias = at::randn({40});
  const at::Tensor grad = at::randn({2, 40, 12, 20, 18});
  const at::Tensor mask = at::randint(0, 40, {2, 12, 20, 18}).to(at::kByte), class_weights = at::rand({40});
  std::vector<std::vector<at::Tensor>> results;
  for (int n : {1, 2, 3, 4}) {
    const Threads threads(n);
    const at::Tensor in = x.clone().set_requires_grad(true), w = weight.clone().set_requires_grad(true);
    const at::Tensor y = fused::norm_relu(in, w, bias, 8, nullptr);
    const SegmentationLoss loss = segmentation_loss(y, mask, class_weights);
    const auto grads = torch::autograd::grad({(y * grad).sum() + loss.total}, {in, w});
    results.push_back({y.detach(), loss.soft_dice, grads[0], grads[1]});
  }
  for (std::size_t i = 1; i < results.size(); ++i)
    for (std::size_t k = 0; k < results[0].size(); ++k) CHECK(at::equal(results[0][k], results[i][k]));
}

TEST_CASE("a convolution that computes its group norm again equals the two operators") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.type = at::kFloat;
    c.mean = 0;
    const auto epilogue = static_cast<fused::Epilogue>(*rc::gen::inRange(0, 3));
    const bool up = epilogue == fused::Epilogue::up;
    const std::int64_t edge = epilogue == fused::Epilogue::cubic ? 3
                              : up                               ? 2
                                                                 : 1,
                       out = *rc::gen::inRange(1, 9);
    const NormCase given(c);
    const at::Tensor kernel =
        at::randn({up ? c.channels : out, up ? out : c.channels, edge, edge, edge}).set_requires_grad(true);
    const at::Tensor kernel_bias =
        epilogue == fused::Epilogue::cubic ? at::Tensor() : at::randn({out}).set_requires_grad(true);
    const at::Tensor x = exact_leaf(given.x), weight = exact_leaf(given.weight),
                     bias = exact_leaf(given.bias), k = exact_leaf(kernel);
    const at::Tensor b = kernel_bias.defined() ? exact_leaf(kernel_bias) : at::Tensor();
    const at::Tensor y = fused::norm_relu_convolution(given.x, given.weight, given.bias, c.groups, epilogue,
                                                      kernel, kernel_bias, nullptr);
    const at::Tensor normed = plain_norm_relu(x, weight, bias, c.groups);
    const at::Tensor expected =
        up ? at::conv_transpose3d(normed, k, b, 2) : at::conv3d(normed, k, b, 1, edge == 3 ? 1 : 0);
    const at::Tensor projection = at::randn_like(expected).to(at::kFloat).to(at::kDouble);
    (y * projection.to(at::kFloat)).sum().backward();
    (expected * projection).sum().backward();
    RC_ASSERT(difference(y, expected) < 1e-5);
    // Sums over all voxels, which may nearly cancel (a single output's bias does in one case of a hundred):
    // relative to what such a sum is by its terms.
    const auto near = [](const at::Tensor& sum, const at::Tensor& of, double usual) {
      const double largest = of.abs().max().item().toDouble();
      return (sum.to(at::kDouble) - of).abs().max().item().toDouble() <= 1e-5 * std::max(usual, largest);
    };
    const double voxels = std::sqrt(static_cast<double>(expected.numel() / out));
    RC_ASSERT(near(kernel.grad(), k.grad(), voxels * normed.square().mean().sqrt().item().toDouble()));
    if (b.defined()) RC_ASSERT(near(kernel_bias.grad(), b.grad(), voxels));
    const double terms =
        std::sqrt(static_cast<double>(expected.numel())) * kernel.abs().max().item().toDouble();
    const at::Tensor affine = at::cat({weight.grad(), bias.grad()});
    RC_ASSERT(near(at::cat({given.weight.grad(), given.bias.grad()}), affine, terms));
    RC_ASSERT((given.x.grad().to(at::kDouble) - x.grad()).abs().max().item().toDouble() <
              1e-5 * std::max(1.0, kernel.abs().max().item().toDouble() * 30));
  }));
}

TEST_CASE("fused pooling equals ATen's, also where values are equal, and adds the skip's gradient") {
  CHECK(rc::check([] {
    const LayerCase c = any_layer();
    const Threads threads(c.threads);
    // Few different values: most windows have ties.
    const at::Tensor value = at::randint(-2, 3, {c.n, c.channels, c.d, c.h, c.w}).to(at::kFloat);
    const at::Tensor x = leaf(value, c), plain = exact_leaf(value);
    const fused::Pooled found = fused::pool(x * 1);
    const at::Tensor expected = at::max_pool3d(plain, 2);
    RC_ASSERT(at::equal(found.pooled.to(at::kDouble), expected));
    RC_ASSERT(at::equal(found.skip, x));
    const at::Tensor a = at::randint(-8, 9, expected.sizes()), b = at::randint(-8, 9, value.sizes());
    const bool skip = *rc::gen::arbitrary<bool>();
    at::Tensor loss = (found.pooled * a).sum(), plain_loss = (expected * a).sum();
    if (skip) loss = loss + (found.skip * b).sum(), plain_loss = plain_loss + (plain * b).sum();
    const at::Tensor grad = torch::autograd::grad({loss}, {x})[0],
                     plain_grad = torch::autograd::grad({plain_loss}, {plain})[0];
    RC_ASSERT(at::equal(grad.to(at::kDouble), plain_grad));
  }));
}

TEST_CASE("the fused loss equals the plain one in value, Dice and gradient") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.channels = *rc::gen::inRange(2, 9);
    const Threads threads(c.threads);
    const at::Tensor logits = leaf(at::randn({c.n, c.channels, c.d, c.h, c.w}) * 6, c),
                     same = exact_leaf(logits);
    const at::Tensor mask = at::randint(0, c.channels, {c.n, c.d, c.h, c.w}).to(at::kByte);
    const at::Tensor weights = at::rand({c.channels}) + 0.5;
    const SegmentationLoss found = segmentation_loss(logits, mask, weights),
                           expected = segmentation_loss(same, mask, weights);
    // A probability near 1 is known to 6e-8, whatever is left of it to 1: where few voxels are all told apart
    // for sure, loss and gradient are no larger than that.
    const double voxel = 1.0 / static_cast<double>(mask.numel());
    RC_ASSERT(difference(found.total, expected.total, 0.02) < 1e-5);
    RC_ASSERT(difference(found.soft_dice, expected.soft_dice, 0.02) < 1e-5);
    (found.total * 3).backward();
    (expected.total * 3).backward();
    RC_ASSERT(difference(logits.grad(), same.grad(), 0.06 * voxel) < (c.type == at::kFloat ? 1e-5 : 0.005));
  }));
}

TEST_CASE("logits far apart give a finite loss and the exact gradient") {
  const at::Tensor logits = at::tensor({1e4, -1e4, 0.0, 80.0, -80.0, 3.0}).view({1, 3, 1, 1, 2});
  const at::Tensor mask = at::tensor({1, 2}).view({1, 1, 1, 2}).to(at::kByte), weights = at::ones({3});
  const at::Tensor a = logits.to(at::kFloat).set_requires_grad(true),
                   b = logits.clone().set_requires_grad(true);
  const SegmentationLoss found = segmentation_loss(a, mask, weights),
                         expected = segmentation_loss(b, mask, weights);
  CHECK(difference(found.total, expected.total) < 1e-6);
  found.total.backward();
  expected.total.backward();
  CHECK(difference(a.grad(), b.grad()) < 1e-6);
}

TEST_CASE("a mask with a foreign class is refused by the loss and by the counts") {
  const at::Tensor logits = at::randn({1, 3, 4, 4, 4});
  at::Tensor mask = at::zeros({1, 4, 4, 4}, at::kByte);
  mask[0][3][3][3] = 3;
  if (fused::device_kernels(logits))  // which do not wait to look
    CHECK(segmentation_loss(logits, mask, at::ones({3})).total.isnan().item<bool>());
  else
    CHECK_THROWS_AS(segmentation_loss(logits, mask, at::ones({3})), DataError);
  CHECK_THROWS_AS(segmentation_loss(logits, mask, at::ones({3}), nullptr, false), DataError);
  CHECK_THROWS_AS(segmentation_loss(logits.to(at::kDouble), mask, at::ones({3})), DataError);
  CHECK_THROWS_AS(logits_confusion(logits[0], mask[0]), DataError);
}

TEST_CASE("class counts from logits equal those of the predicted classes, also where logits are equal") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.channels = *rc::gen::inRange(2, 9);
    c.n = 1;
    const at::Tensor logits =
        leaf(at::randint(-2, 3, {1, c.channels, c.d, c.h, c.w}).to(at::kFloat), c).detach()[0];
    const at::Tensor mask = at::randint(0, c.channels, {c.d, c.h, c.w}).to(at::kByte);
    RC_ASSERT(logits_confusion(logits, mask) == confusion(predicted_classes(logits), mask, c.channels));
  }));
}

namespace {

struct Trained {
  at::Tensor logits;
  std::vector<at::Tensor> gradients;
};

Trained trained(const UNetOptions& options, at::ScalarType type, const at::Tensor& image,
                const at::Tensor& mask, const at::Tensor& weights) {
  const UNet network(options, at::kCPU, 11, type);
  Trained found{network.forward(image.to(type)), {}};
  segmentation_loss(found.logits, mask, weights, nullptr, options.fused).total.backward();
  for (const auto& parameter : network.parameters()) found.gradients.push_back(parameter.value.grad());
  return found;
}

/// The largest difference of any gradient, relative to the largest gradient.
double gradient_difference(const Trained& a, const Trained& b) {
  double gap = 0, largest = 0;
  for (std::size_t i = 0; i < a.gradients.size(); ++i) {
    const at::Tensor expected = b.gradients[i].to(at::kDouble);
    gap = std::max(gap, (a.gradients[i].to(at::kDouble) - expected).abs().max().item().toDouble());
    largest = std::max(largest, expected.abs().max().item().toDouble());
  }
  return gap / largest;
}

/// Root mean square of the gradients' difference, which the luck of single roundings hardly moves.
double typical_gradient_difference(const Trained& a, const Trained& b) {
  double squares = 0;
  std::int64_t n = 0;
  for (std::size_t i = 0; i < a.gradients.size(); ++i) {
    squares += (a.gradients[i].to(at::kDouble) - b.gradients[i]).square().sum().item().toDouble();
    n += b.gradients[i].numel();
  }
  return std::sqrt(squares / static_cast<double>(n));
}

double typical_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b).square().mean().sqrt().item().toDouble();
}

}  // namespace

namespace {

/// The same training step in float64, by plain operators and by fused ones.
struct Threefold {
  Threefold(UNetOptions options, std::uint64_t seed) {
    at::manual_seed(seed);
    const at::Tensor image = at::rand({2, 3, 8, 12, 8}),
                     mask = at::randint(0, 4, {2, 8, 12, 8}).to(at::kByte), weights = at::rand({4}) + 1;
    const auto train = [&](at::ScalarType type) { return trained(options, type, image, mask, weights); };
    fused = train(at::kFloat);
    options.fused = options.activation_checkpointing = false;
    plain = train(at::kFloat);
    options.precision = Precision::float32;
    exact = train(at::kDouble);
  }
  Trained exact, plain, fused;
};

UNetOptions small_network(std::int64_t width, bool checkpointing) {
  UNetOptions options;
  options.classes = 4, options.levels = 2, options.width = width, options.groups = 4;
  options.activation_checkpointing = checkpointing;
  return options;
}

}  // namespace

TEST_CASE("the fused network equals one in float64, in outputs and every gradient") {
  const UNetOptions options = small_network(GENERATE(8, 16, 32), GENERATE(false, true));
  CAPTURE(options.width, options.activation_checkpointing);
  // Where a ReLU's input is as near to zero as rounding goes, its side is luck and moves a gradient by a
  // voxel's worth, the plain network's too: in one of a hundred of these images.
  int equal = 0;
  for (std::uint64_t image = 0; image < 3; ++image) {
    const Threefold of(options, image);
    CHECK(difference(of.fused.logits, of.exact.logits) < 1e-5);
    equal += gradient_difference(of.fused, of.exact) < 1e-5;
  }
  CHECK(equal >= 2);
}

TEST_CASE("the fused update takes the fused network as it is, whatever the strides of axes of one value") {
  const UNetOptions options = small_network(8, false);
  const UNet network(options, at::kCPU, 11);
  network.forward(at::rand({1, 3, 8, 8, 8})).square().mean().backward();
  std::vector<at::Tensor> gradients;
  for (const at::Tensor& parameter : network.parameter_tensors()) gradients.push_back(parameter.grad());
  CHECK(fused::supports(network.parameter_tensors(), gradients));
  const at::Tensor pointwise = at::empty_strided({6, 64, 1, 1, 1}, {64, 1, 1, 1, 1});
  CHECK(fused::supports({pointwise}, {at::empty_strided({6, 64, 1, 1, 1}, {64, 1, 64, 64, 64})}));
  CHECK_FALSE(fused::supports({pointwise}, {at::empty_strided({6, 64, 1, 1, 1}, {1, 6, 1, 1, 1})}));
  CHECK_FALSE(fused::supports({pointwise}, {at::empty({6, 32, 1, 1, 1})}));
}

TEST_CASE("the fused network in bfloat16 is as near to one in float64 as the plain one") {
  UNetOptions options = small_network(GENERATE(8, 16, 32), GENERATE(false, true));
  CAPTURE(options.width, options.activation_checkpointing);
  options.precision = Precision::bfloat16;
  const Threefold of(options, 1);
  CHECK(typical_difference(of.fused.logits, of.exact.logits) <
        1.4 * typical_difference(of.plain.logits, of.exact.logits));
  CHECK(typical_gradient_difference(of.fused, of.exact) <
        1.4 * typical_gradient_difference(of.plain, of.exact));
}

TEST_CASE(
    "the convolution's weight gradient equals ATen's on any number of threads, bit for bit among them") {
  const at::Tensor x = at::randn({2, 35, 6, 9, 11}), grad = at::randn({2, 12, 6, 9, 11});
  const at::Tensor weight = at::zeros({12, 35, 3, 3, 3}, at::kDouble);
  const at::Tensor expected = std::get<1>(
      at::convolution_backward(grad.to(at::kDouble), x.to(at::kDouble), weight, c10::nullopt, {1, 1, 1},
                               {1, 1, 1}, {1, 1, 1}, false, {0, 0, 0}, 1, {false, true, false}));
  std::vector<at::Tensor> found;
  for (int n : {1, 2, 4}) {
    const Threads threads(n);
    found.push_back(fused::cubic_weight_gradient(grad, x));
    CHECK(difference(found.back(), expected) < 1e-5);
    CHECK(at::equal(found.back(), found[0]));
  }
}

TEST_CASE("a convolution large enough for our kernel has ATen's gradients") {
  const at::Tensor x = at::randn({1, 16, 12, 14, 16}).set_requires_grad(true), same = exact_leaf(x);
  const at::Tensor weight = at::randn({8, 16, 3, 3, 3}).set_requires_grad(true),
                   same_weight = exact_leaf(weight);
  const at::Tensor projection = at::randn({1, 8, 12, 14, 16});
  (fused::cubic_convolution(x, weight) * projection).sum().backward();
  (at::conv3d(same, same_weight, {}, 1, 1) * projection.to(at::kDouble)).sum().backward();
  CHECK(difference(x.grad(), same.grad()) < 1e-5);
  CHECK(difference(weight.grad(), same_weight.grad()) < 1e-5);
}

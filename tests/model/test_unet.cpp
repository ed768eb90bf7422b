#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>

#include <map>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/network/unet.hpp"

using namespace scaffold;

namespace {

using Weights = std::map<std::string, at::Tensor>;

Weights by_name(const UNet& network) {
  Weights weights;
  for (const auto& parameter : network.parameters()) weights[parameter.name] = parameter.value;
  return weights;
}

/// The network written down a second time, straight from its description, on names alone.
at::Tensor reference_block(const Weights& w, const std::string& at, at::Tensor x, std::int64_t groups) {
  for (const char* n : {"0", "3"}) {
    const std::string norm = n[0] == '0' ? "1" : "4";
    x = at::convolution(x, w.at(at + "double_conv." + n + ".weight"), {}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1},
                        false, {0, 0, 0}, 1);
    // Group norm spelled out: statistics over a group's channels and all voxels.
    const auto shape = x.sizes().vec();
    const at::Tensor grouped = x.reshape({shape[0], groups, -1});
    const at::Tensor mean = grouped.mean(2, true), variance = grouped.var(2, false, true);
    x = ((grouped - mean) / (variance + 1e-5).sqrt()).reshape(shape);
    x = x * w.at(at + "double_conv." + norm + ".weight").view({1, -1, 1, 1, 1}) +
        w.at(at + "double_conv." + norm + ".bias").view({1, -1, 1, 1, 1});
    x = x.clamp_min(0);
  }
  return x;
}

at::Tensor reference_forward(const Weights& w, at::Tensor x, int levels, std::int64_t groups) {
  std::vector<at::Tensor> skips{reference_block(w, "down_list.0.", x, groups)};
  for (int i = 1; i <= levels; ++i)
    skips.push_back(reference_block(w, "down_list." + std::to_string(i) + ".maxpool_conv.1.",
                                    std::get<0>(at::max_pool3d_with_indices(skips.back(), 2)), groups));
  x = skips.back();
  for (int i = 0; i < levels; ++i) {
    const std::string up = "up_list." + std::to_string(i) + ".";
    x = at::conv_transpose3d(x, w.at(up + "up.weight"), w.at(up + "up.bias"), 2);
    x = reference_block(w, up + "conv.", at::cat({skips[static_cast<std::size_t>(levels - 1 - i)], x}, 1),
                        groups);
  }
  const std::string last = "up_list." + std::to_string(levels) + ".conv.";
  return at::einsum("oc,ncdhw->nodhw", {w.at(last + "weight").flatten(1), x}) +
         w.at(last + "bias").view({1, -1, 1, 1, 1});
}

UNetOptions small() {
  UNetOptions options;
  options.classes = 4;
  options.levels = 2;
  options.width = 8;
  options.groups = 4;
  return options;
}

double largest_relative(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).abs().max() / b.abs().max().clamp_min(1e-30)).item<double>();
}

}  // namespace

TEST_CASE("forward and every gradient equal the network written down independently, in float64") {
  for (bool checkpointing : {false, true}) {
    UNetOptions options = small();
    options.activation_checkpointing = checkpointing;
    UNet network(options, at::kCPU, 5, at::kDouble);
    const at::Tensor image = at::rand({2, 3, 8, 12, 4}, at::kDouble);
    const at::Tensor input = image.clone().set_requires_grad(true),
                     input2 = image.clone().set_requires_grad(true);
    const at::Tensor out = network.forward(input);
    const at::Tensor weight = at::rand_like(out);
    (out * weight).sum().backward();
    const Weights weights = by_name(network);
    std::vector<at::Tensor> leaves{input2};
    Weights copies;
    for (const auto& [name, value] : weights) {
      copies[name] = value.detach().clone().set_requires_grad(true);
      leaves.push_back(copies[name]);
    }
    const at::Tensor expected = reference_forward(copies, input2, 2, 4);
    CHECK(largest_relative(out, expected) < 1e-12);
    const auto grads = torch::autograd::grad({(expected * weight).sum()}, leaves);
    CHECK(largest_relative(input.grad(), grads[0]) < 1e-10);
    std::size_t i = 1;
    for (const auto& [name, value] : weights) {
      INFO(name);
      CHECK(largest_relative(value.grad(), grads[i++]) < 1e-10);
    }
  }
}

TEST_CASE("names, order and shapes are the reference's state dict") {
  UNetOptions options = small();
  options.levels = 1;
  std::vector<std::string> names;
  for (const auto& shape : parameter_shapes(options)) names.push_back(shape.name);
  CHECK(names == std::vector<std::string>{"down_list.0.double_conv.0.weight",
                                          "down_list.0.double_conv.1.weight",
                                          "down_list.0.double_conv.1.bias",
                                          "down_list.0.double_conv.3.weight",
                                          "down_list.0.double_conv.4.weight",
                                          "down_list.0.double_conv.4.bias",
                                          "down_list.1.maxpool_conv.1.double_conv.0.weight",
                                          "down_list.1.maxpool_conv.1.double_conv.1.weight",
                                          "down_list.1.maxpool_conv.1.double_conv.1.bias",
                                          "down_list.1.maxpool_conv.1.double_conv.3.weight",
                                          "down_list.1.maxpool_conv.1.double_conv.4.weight",
                                          "down_list.1.maxpool_conv.1.double_conv.4.bias",
                                          "up_list.0.up.weight",
                                          "up_list.0.up.bias",
                                          "up_list.0.conv.double_conv.0.weight",
                                          "up_list.0.conv.double_conv.1.weight",
                                          "up_list.0.conv.double_conv.1.bias",
                                          "up_list.0.conv.double_conv.3.weight",
                                          "up_list.0.conv.double_conv.4.weight",
                                          "up_list.0.conv.double_conv.4.bias",
                                          "up_list.1.conv.weight",
                                          "up_list.1.conv.bias"});
}

TEST_CASE("initial weights follow the seed alone and Torch's uniform bounds") {
  UNetOptions options = small();
  const UNet a(options, at::kCPU, 7), b(options, at::kCPU, 7), c(options, at::kCPU, 8);
  const auto shapes = parameter_shapes(options);
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    INFO(shapes[i].name);
    const at::Tensor &x = a.parameters()[i].value, &y = b.parameters()[i].value, &z = c.parameters()[i].value;
    CHECK(at::equal(x, y));
    if (shapes[i].fan_in == 0) continue;
    CHECK_FALSE(at::equal(x, z));
    const double bound = 1 / std::sqrt(static_cast<double>(shapes[i].fan_in));
    CHECK(x.abs().max().item<double>() <= bound);
    if (x.numel() > 1000) CHECK(x.var().item<double>() == Approx(bound * bound / 3).epsilon(0.15));
  }
}

TEST_CASE("bfloat16 stays near float32") {
  UNetOptions options = small();
  const UNet exact(options, at::kCPU, 3);
  options.precision = Precision::bfloat16;
  const UNet rounded(options, at::kCPU, 3);
  const at::Tensor image = at::rand({1, 3, 8, 8, 8});
  const at::Tensor a = exact.forward(image), b = rounded.forward(image);
  CHECK(b.scalar_type() == at::kBFloat16);
  // 8 bits of significand: a relative 0.4 % a rounding, through eleven layers.
  CHECK(largest_relative(b.to(at::kFloat), a) < 0.05);
}

TEST_CASE("extents that cannot be pooled are refused") {
  const UNet network(small(), at::kCPU, 1);
  CHECK_THROWS_AS(network.forward(at::rand({1, 3, 8, 8, 6})), ConfigError);
  CHECK_THROWS_AS(network.forward(at::rand({1, 2, 8, 8, 8})), ConfigError);
  UNetOptions flat = small();
  flat.levels = 0;
  CHECK_THROWS_AS(UNet(flat, at::kCPU, 1), ConfigError);
}

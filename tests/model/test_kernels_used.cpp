// What is said of a network's kernels, against the operators that Torch and our kernels record when it runs.
#include <ATen/ATen.h>
#include <ATen/record_function.h>

#include <map>
#include <mutex>
#include <set>

#include "catch.hpp"
#include "fractal_unet/network/kernels_used.hpp"
#include "fractal_unet/network/loss.hpp"

using namespace scaffold;

namespace {

std::mutex seen_mutex;
std::set<std::string>* seen = nullptr;

/// Names of all operators of one training step.
std::set<std::string> operators_of_a_step(const UNetOptions& network, std::int64_t edge) {
  std::set<std::string> names;
  const UNet net(network, at::kCPU, 1);
  const at::Tensor image = at::rand({1, 3, edge, edge, edge});
  const at::Tensor mask = at::randint(network.classes, {1, edge, edge, edge}, at::kByte);
  seen = &names;
  const auto handle = at::addGlobalCallback(at::RecordFunctionCallback([](const at::RecordFunction& f) {
    const std::lock_guard lock(seen_mutex);
    seen->insert(f.name());
    return std::unique_ptr<at::ObserverContext>();
  }));
  segmentation_loss(net.forward(image), mask, at::ones(network.classes), nullptr, network.fused)
      .total.backward();
  at::removeCallback(handle);
  return names;
}

std::map<std::string, std::string> used(const UNetOptions& network, std::int64_t edge) {
  std::map<std::string, std::string> all;
  for (const auto& [layer, kernel] : kernels_used(network, at::kCPU, {edge, edge, edge}, false))
    all[layer] = kernel;
  return all;
}

bool says(const std::string& text, const char* word) { return text.find(word) != text.npos; }

}  // namespace

TEST_CASE("the kernels that are named are those that a step uses") {
  UNetOptions network;
  network.levels = 2;
  const std::int64_t edge = 16;
  for (const bool fused : {true, false}) {
    network.fused = fused;
    const auto names = operators_of_a_step(network, edge);
    const auto kernels = used(network, edge);
    CAPTURE(fused, kernels, names);
    const std::string cubic = kernels.at("3^3 convolution"), image = kernels.at("3^3 of the image"),
                      up = kernels.at("2^3 up-convolution");
    CHECK(says(cubic, "Winograd") == names.contains("scaffold::winograd_convolution"));
    CHECK(says(image, "fused kernels") == names.contains("scaffold::image_convolution"));
    CHECK(says(up, "fused kernels") == names.contains("scaffold::up_convolution"));
    CHECK(says(kernels.at("1^3 convolution"), "fused kernels") ==
          names.contains("scaffold::pointwise_convolution"));
    const bool one_dnn = says(cubic, "oneDNN") || says(image, "oneDNN") || says(up, "oneDNN") ||
                         says(kernels.at("1^3 convolution"), "oneDNN") ||
                         says(kernels.at("3^3 of skip and up path"), "oneDNN");
    CHECK(one_dnn == names.contains("aten::mkldnn_convolution"));
    CHECK(says(kernels.at("Group norm, ReLU"), "group_norm and relu") == names.contains("aten::group_norm"));
    CHECK(says(kernels.at("Max pooling"), "max_pool3d") == names.contains("aten::max_pool3d"));
    CHECK(says(kernels.at("Loss and Dice"), "softmax") == names.contains("aten::log_softmax"));
  }
}

TEST_CASE("kernels are told in ASCII, a line each, for shards and bfloat16 too") {
  UNetOptions network;
  for (const auto precision : {Precision::float32, Precision::bfloat16}) {
    network.precision = precision;
    for (const bool sharded : {false, true}) {
      const auto kernels = kernels_used(network, at::kCPU, {32, 64, 64}, sharded);
      CHECK(kernels.size() == 8);
      for (const auto& [layer, kernel] : kernels) {
        CHECK_FALSE(kernel.empty());
        for (const char c : layer + kernel) REQUIRE((c >= ' ' && c < 0x7f));
      }
    }
  }
}

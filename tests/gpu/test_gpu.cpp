// One GPU against the CPU: the network, its gradients, and NCCL in a world of one.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <catch2/catch.hpp>

#include "model/device.hpp"
#include "model/group_sharding.hpp"
#include "model/loss.hpp"
#include "model/unet.hpp"
#include "train/gradient_reducer.hpp"

using namespace scaffold;

namespace {

UNetOptions small() {
  UNetOptions options;
  options.classes = 4;
  options.levels = 2;
  options.width = 16;
  return options;
}

struct Sample {
  at::Tensor image = at::rand({2, 3, 16, 16, 16}), mask = at::randint(4, {2, 16, 16, 16}, at::kByte);
  at::Tensor weights = at::tensor({1.0, 20.0, 30.0, 40.0}, at::kFloat);
};

/// The loss and every parameter's gradient, in host memory.
std::vector<at::Tensor> train_once(UNet& network, const Sample& sample, GradientReducer* reducer = nullptr) {
  const auto device = network.device();
  network.zero_grad();
  if (reducer) reducer->prepare();
  const at::Tensor logits = network.forward(sample.image.to(device));
  const at::Tensor loss =
      segmentation_loss(logits, sample.mask.to(device), sample.weights.to(device), network.sharding()).total;
  reducer ? reducer->backward(loss) : loss.backward();
  synchronize(device);
  std::vector<at::Tensor> results{loss.detach().to(at::kCPU)};
  for (const auto& parameter : network.parameter_tensors()) results.push_back(parameter.grad().to(at::kCPU));
  return results;
}

void expect_near(const std::vector<at::Tensor>& found, const std::vector<at::Tensor>& expected,
                 double bound) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i) {
    CAPTURE(i);
    const double largest = expected[i].abs().max().item<double>();
    CHECK((found[i] - expected[i]).abs().max().item<double>() <= bound * largest);
  }
}

}  // namespace

TEST_CASE("a GPU computes the CPU's loss and gradients") {
  at::globalContext().setAllowTF32CuDNN(false);
  const at::Device gpu = select_device("cuda");
  UNet here(small(), at::kCPU, 7), there(small(), gpu, 7);
  const Sample sample;
  expect_near(train_once(there, sample), train_once(here, sample), 1e-3);
}

TEST_CASE("gradients that go through NCCL in a world of one are the same") {
  const at::Device gpu = select_device("cuda");
  const auto comm = single_process();
  UNet plain(small(), gpu, 7), reduced(small(), gpu, 7);
  const Sample sample;
  const auto expected = train_once(plain, sample);
  for (const bool bfloat16 : {false, true}) {
    GradientReducerOptions options;
    options.bucket_bytes = 100000;
    options.bfloat16 = bfloat16;
    GradientReducer reducer(reduced.parameter_tensors(), make_device_group(gpu, *comm, "gradients"), options);
    for (int step = 0; step < 3; ++step)
      expect_near(train_once(reduced, sample, &reducer), expected, bfloat16 ? 1e-2 : 1e-4);
  }
}

TEST_CASE("a replica of one shard on NCCL computes what an unsharded network does") {
  const at::Device gpu = select_device("cuda");
  const auto comm = single_process();
  const auto group = make_device_group(gpu, *comm, "halos"), sums = make_device_group(gpu, *comm, "sums");
  UNet plain(small(), gpu, 7), sharded(small(), gpu, 7);
  sharded.set_sharding(std::make_shared<GroupSharding>(ProcessGrid(1, 0, {1, 1, 1}), group, sums, *comm));
  const Sample sample;
  expect_near(train_once(sharded, sample), train_once(plain, sample), 1e-3);
  CHECK(probe_device_group(gpu, *comm, 1 << 20) > 0);
}

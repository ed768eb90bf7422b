#include <ATen/ATen.h>

#include "catch.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/network/unet.hpp"

using namespace scaffold;

TEST_CASE("large tensors take the memory of those that are gone, small ones and compared ones do not") {
  recycle_tensor_memory();
  const auto before = recycled_memory();
  void* first = nullptr;
  {
    const at::Tensor tensor = at::ones({3, 1 << 20});  // 12 MiB
    first = tensor.data_ptr();
    CHECK(recycled_memory().in_use == before.in_use + (12 << 20));
    const at::Tensor small = at::ones({1 << 19});  // 2 MiB
    CHECK(recycled_memory().in_use == before.in_use + (12 << 20));
    const FreshMemory fresh;
    const at::Tensor other = at::ones({3, 1 << 20});
    CHECK(recycled_memory().in_use == before.in_use + (12 << 20));
  }
  CHECK(recycled_memory().in_use == before.in_use);
  const at::Tensor zeros = at::zeros({3, 1 << 20});
  CHECK(zeros.data_ptr() == first);
  CHECK(zeros.sum().item<float>() == 0);
  at::Tensor grown = zeros.clone();
  grown.resize_({5, 1 << 20});
  CHECK(at::equal(grown.narrow(0, 0, 3), zeros));
}

TEST_CASE("a training step asks the system for no memory when it is done a second time") {
  recycle_tensor_memory();
  UNetOptions options;
  options.levels = 1, options.width = 32;
  UNet network(options, at::kCPU, 1);
  const at::Tensor image = at::rand({1, 3, 64, 64, 64});
  const auto step = [&] {
    network.zero_grad();
    network.forward(image).square().mean().backward();
  };
  step();
  const auto fresh = recycled_memory().fresh;
  CHECK(fresh > 0);
  for (int i = 0; i < 2; ++i) step();
  CHECK(recycled_memory().fresh == fresh);
}

TEST_CASE("a tensor that cannot be had is Torch's error") {
  recycle_tensor_memory();
  CHECK_THROWS_WITH(at::empty({std::int64_t{1} << 50}), Catch::Contains("can't allocate memory"));
}

// One GPU against the CPU: every kernel, the network, its gradients, the recorded step, the feed of batches,
// and NCCL in a world of one.
#include <ATen/ATen.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "device/device.hpp"
#include "device/device_graph.hpp"
#include "device_results.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/segmentation.hpp"
#include "fractal_unet/network/unet.hpp"
#include "fractal_unet/network/volume.hpp"
#include "job/captured_step.hpp"
#include "job/prefetcher.hpp"
#include "parallel/gradient_reducer.hpp"
#include "parallel/group_sharding.hpp"
#include "small_run.hpp"

using namespace scaffold;

namespace {

UNetOptions small() {
  UNetOptions options;
  options.classes = 4;
  options.levels = 2;
  options.width = 16;
  return options;
}

struct Problem {
  at::Tensor image = at::rand({2, 3, 16, 16, 16}), mask = at::randint(4, {2, 16, 16, 16}, at::kByte);
  at::Tensor weights = at::tensor({1.0, 20.0, 30.0, 40.0}, at::kFloat);
};

/// The loss and every parameter's gradient, in host memory.
std::vector<at::Tensor> train_once(UNet& network, const Problem& sample, GradientReducer* reducer = nullptr) {
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
  const Problem sample;
  expect_near(train_once(there, sample), train_once(here, sample), 1e-3);
}

TEST_CASE("gradients that go through NCCL in a world of one are the same") {
  const at::Device gpu = select_device("cuda");
  const auto comm = single_process();
  UNet plain(small(), gpu, 7), reduced(small(), gpu, 7);
  const Problem sample;
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
  const Problem sample;
  expect_near(train_once(sharded, sample), train_once(plain, sample), 1e-3);
  CHECK(probe_device_group(gpu, *comm, 1 << 20) > 0);
}

TEST_CASE("every kernel computes on a GPU what the same code computes on the CPU") {
  const at::Device gpu = select_device("cuda");
  const fused::DeviceKernels here = device_results::table<false>();
  const fused::DeviceKernels* there = fused::device_kernels(at::empty({1}, gpu));
  REQUIRE(there);
  struct Shape {
    std::vector<std::int64_t> x;
    std::int64_t groups;
  };
  for (const auto type : {at::kFloat, at::kBFloat16})
    for (const Shape& shape :
         {Shape{{1, 64, 32, 32, 32}, 8}, Shape{{2, 24, 10, 6, 14}, 4}, Shape{{1, 6, 20, 18, 22}, 2},
          Shape{{2, 7, 4, 4, 4}, 7}, Shape{{1, 200, 8, 8, 8}, 8}}) {
      const auto& x = shape.x;
      const at::Tensor in = device_results::channels_last((at::randn(x) + 1).to(type)),
                       grad = device_results::channels_last(at::randn(x).to(type));
      const at::Tensor mask = at::randint(x[1], {x[0], x[2], x[3], x[4]}, at::kByte),
                       weight = at::randn({x[1]});
      const auto expected = device_results::all_results(here, in, grad, mask, weight, shape.groups);
      const auto run = [&] {
        auto found = device_results::all_results(*there, in.to(gpu), grad.to(gpu), mask.to(gpu),
                                                 weight.to(gpu), shape.groups);
        for (at::Tensor& tensor : found) tensor = tensor.to(at::kCPU);
        return found;
      };
      const auto found = run(), again = run();
      for (std::size_t i = 0; i < found.size(); ++i) {
        CAPTURE(i, type, x[1]);
        CHECK(at::equal(found[i], again[i]));  // whatever order the hardware runs blocks in
        const at::Tensor a = found[i].to(at::kDouble), b = expected[i].to(at::kDouble);
        const double bound = found[i].scalar_type() == at::kBFloat16 ? 0.01 : 1e-5;
        CHECK((a - b).abs().max().item<double>() <= bound * std::max(1e-30, b.abs().max().item<double>()));
      }
    }
}

TEST_CASE("a mask's foreign class is seen on a GPU") {
  const at::Device gpu = select_device("cuda");
  const at::Tensor logits = at::randn({1, 3, 4, 4, 4}).to(gpu);
  at::Tensor mask = at::zeros({1, 4, 4, 4}, at::kByte);
  mask[0][3][3][3] = 3;
  CHECK(segmentation_loss(logits, mask.to(gpu), at::ones({3}).to(gpu)).total.isnan().item<bool>());
  CHECK_THROWS_AS(logits_confusion(logits[0], mask[0].to(gpu)), DataError);
}

TEST_CASE("fractals made on a GPU occupy the CPU's voxels") {
  const at::Device gpu = select_device("cuda");
  const auto tasks = device_results::chains(100);
  std::vector<FractalJob> jobs;
  for (const CloudTask& task : tasks) jobs.push_back(job_of(task));
  for (const std::int64_t points : {1, 33, 5000})
    for (const std::int64_t edge : {5, 64})
      device_results::check_fractals(fractals_on_device(gpu, jobs, points, edge), tasks,
                                     static_cast<std::uint64_t>(points), edge);
}

TEST_CASE("a recorded step trains as the same step launched kernel by kernel") {
  const at::Device gpu = select_device("cuda");
  UNet launched(small(), gpu, 7), recorded(small(), gpu, 7);
  const auto a = make_optimizer("ADAM", launched.parameter_tensors()),
             b = make_optimizer("ADAM", recorded.parameter_tensors());
  const Problem sample;
  const Batch batch{sample.image.to(gpu), sample.mask.to(gpu)};
  const SegmentationObjective objective(sample.weights.to(gpu), true);
  CapturedStep plain(launched, *a, objective, nullptr), step(recorded, *b, objective, make_device_graph(gpu));
  for (int i = 0; i < 10; ++i) {
    const auto expected = plain.run(batch, 1e-3), found = step.run(batch, 1e-3);
    CHECK(found.loss == Approx(expected.loss).epsilon(1e-3));
    CHECK(found.gradient_norm == Approx(expected.gradient_norm).epsilon(0.02));
  }
  CHECK(step.state() == CapturedStep::State::captured);
}

TEST_CASE("a GPU is fed the dataset's volumes, from images and from masks") {
  const at::Device gpu = select_device("cuda");
  const SmallRun run;
  const DatasetReader dataset(run.info.folder);
  const std::vector<std::int32_t> order{4, 0, 3, 1, 2, 5};
  for (const bool colors_there : {false, true}) {
    PrefetcherOptions options = PrefetcherOptions::of({}, {}, gpu);
    CHECK(options.prefetch);
    if (colors_there) options.expansion = color_expansion(dataset, gpu);
    Prefetcher feed(dataset, gpu, options);
    feed.start(order);
    for (std::size_t i = 0; i < order.size(); i += 2) {
      const Batch batch = feed.next(2);
      for (std::int64_t k = 0; k < 2; ++k) {
        const Batch expected = read_volume(dataset, order[i + static_cast<std::size_t>(k)]);
        CHECK(at::equal(batch[field::image][k].to(at::kCPU), expected[field::image][0]));
        CHECK(at::equal(batch[field::mask][k].to(at::kCPU), expected[field::mask][0]));
      }
    }
    CHECK(feed.next(2).empty());
  }
}

// Inference tells how far it is and can be stopped, and neither changes a bit of its results.
#include <ATen/ATen.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/network/flops.hpp"
#include "fractal_unet/network/task.hpp"
#include "fractal_unet/predict/predict.hpp"
#include "small_run.hpp"

using namespace scaffold;

namespace {

Checkpoint untrained(std::int64_t classes) {
  UNetOptions options;
  options.classes = classes;
  options.levels = 2;
  options.width = 8;
  const UNet network(options, at::kCPU, 5);
  Checkpoint checkpoint;
  checkpoint.network = sizes_of(options, 3);
  for (const auto& parameter : network.parameters())
    checkpoint.model.emplace_back(parameter.name, parameter.value.detach().clone());
  return checkpoint;
}

struct Stop {};

}  // namespace

TEST_CASE("a prediction is the same bits with and without someone watching") {
  const SmallRun run;
  const DatasetReader reader(run.info.folder);
  const Checkpoint checkpoint = untrained(reader.info().classes);
  const auto predicted = [&](const std::function<void(double)>& progress) {
    return predict(checkpoint, "c.h5", reader, 1, at::kCPU, false, 1, progress);
  };
  std::vector<double> told;
  const Prediction silent = predicted({}), watched = predicted([&](double share) { told.push_back(share); });
  CHECK(at::equal(silent.logits, watched.logits));
  CHECK(at::equal(silent.classes, watched.classes));
  CHECK(silent.dice == watched.dice);

  // Two levels: 3 + 2 blocks of two convolutions, two up-convolutions, the head.
  REQUIRE(told.size() == 13);
  CHECK(std::is_sorted(told.begin(), told.end()));
  CHECK(told.front() > 0);
  CHECK(told.back() == 1);
  // The share is that of the operations: the first convolution's from their definition.
  const double first = 2 * 27 * 3 * 8 * 512;
  CHECK(told.front() == Approx(first / forward_flops(unet_options(checkpoint.network), 8)));
}

TEST_CASE("a prediction stops after the convolution in which it was told to") {
  const SmallRun run;
  const DatasetReader reader(run.info.folder);
  const Checkpoint checkpoint = untrained(reader.info().classes);
  for (const int last : {1, 4, 13}) {
    int calls = 0;
    const auto stop = [&](double) {
      if (++calls == last) throw Stop();
    };
    CHECK_THROWS_AS(predict(checkpoint, "c.h5", reader, 0, at::kCPU, false, 1, stop), Stop);
    CHECK(calls == last);
  }
}

TEST_CASE("what inference cannot do without is counted") {
  UNetOptions options;
  options.levels = 1;
  options.width = 8;
  const double voxels = 16 * 16 * 16;
  CHECK(inference_memory(options, {16, 16, 16}) ==
        Approx(4.0 * static_cast<double>(parameter_count(options)) + 5 * 8 * 4 * voxels + 3 * 4 * voxels));
  options.precision = Precision::bfloat16;
  CHECK(inference_memory(options, {16, 16, 16}) ==
        Approx(4.0 * static_cast<double>(parameter_count(options)) + 5 * 8 * 2 * voxels + 3 * 4 * voxels));
}

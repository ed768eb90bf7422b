#include <ATen/ATen.h>

#include <unistd.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "device/device.hpp"
#include "fractal_unet/network/flops.hpp"

using namespace scaffold;

namespace {

UNetOptions at_scale(std::int64_t scale) {
  UNetOptions options;
  options.levels = scale - 3;
  return options;
}

/// Two operations per weight and output voxel, level by level, from the parameters' names and shapes.
double count_by_parameters(const UNetOptions& options, std::int64_t edge) {
  double flops = 0;
  for (const auto& p : parameter_shapes(options)) {
    if (p.shape.size() != 5) continue;
    double weights = 1;
    for (auto extent : p.shape) weights *= static_cast<double>(extent);
    // Channels tell the level: the output has width·2^level of them, but for the head.
    const bool up = p.name.find(".up.") != std::string::npos, head = p.shape[0] == options.classes;
    const auto channels = head ? options.width : up ? p.shape[1] : p.shape[0];
    double voxels = static_cast<double>(edge * edge * edge);
    for (auto c = channels; c > options.width; c /= 2) voxels /= 8;
    // Each output voxel of a 2³ stride-2 transposed convolution sees one of its eight taps.
    flops += 2 * weights * voxels / (up ? 8 : 1);
  }
  return flops;
}

}  // namespace

TEST_CASE("counted operations equal weights times voxels") {
  for (std::int64_t scale : {4, 5, 6, 7})
    CHECK(forward_flops(at_scale(scale), 1 << scale) ==
          Approx(count_by_parameters(at_scale(scale), 1 << scale)));
}

TEST_CASE("parameter counts are those that the benchmark states") {
  // 5.4 M, 22.4 M and about 90 M at scales 5, 6 and 7.
  CHECK(parameter_count(at_scale(5)) == Approx(5.4e6).epsilon(0.01));
  CHECK(parameter_count(at_scale(6)) == Approx(22.4e6).epsilon(0.01));
  CHECK(parameter_count(at_scale(7)) == Approx(90e6).epsilon(0.01));
}

TEST_CASE("the count of parameters is what the network allocates") {
  const UNetOptions options = at_scale(5);
  const UNet network(options, at::kCPU, 1);
  std::int64_t count = 0;
  for (const auto& p : network.parameters()) count += p.value.numel();
  CHECK(count == parameter_count(options));
}

TEST_CASE("float32 is used where bfloat16 is not asked for or not computed in hardware") {
  CHECK(resolve_precision(false, at::kCPU) == Precision::float32);
  CHECK((resolve_precision(true, at::kCPU) == Precision::bfloat16) == cpu_has_bfloat16());
  CHECK(resolve_precision(true, at::kCUDA) == Precision::bfloat16);
}

TEST_CASE("asking for a device that is not there is an error that says why") {
  CHECK(select_device("cpu").is_cpu());
  if (access("/dev/nvidiactl", F_OK) != 0) {
    CHECK(select_device("auto").is_cpu());
    CHECK_THROWS_AS(select_device("cuda"), ConfigError);
  }
}

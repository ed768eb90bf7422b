#include <algorithm>

#include "bench/kernels.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/bench/loss_kernels.hpp"
#include "fractal_unet/commands/torch_commands.hpp"
#include "nn/precision.hpp"
#include "report/svg_roofline.hpp"

namespace scaffold {
namespace {

/// The best way of each kernel that computes in this machine's training precision. Roofs are those seen
/// meanwhile.
Roofline picture(const bench::Report& report, const at::Device& device) {
  const std::string precision =
      resolve_precision(true, device) == Precision::bfloat16 ? "bfloat16" : "float32";
  Roofline roofline;
  roofline.title = cat("Kernels of a training step, ", precision, ", ",
                       device.is_cpu() ? cat(report.threads, " threads") : describe_device(device).name);
  std::vector<double> copies, peaks;
  for (const bench::Comparison& c : report.comparisons) {
    if (c.name.find(precision) == std::string::npos || c.work.flops <= 0) continue;
    const std::string kind = c.name.substr(0, c.name.find(','));
    const auto known = std::find(roofline.kinds.begin(), roofline.kinds.end(), kind);
    const auto number = static_cast<int>(known - roofline.kinds.begin());
    if (known == roofline.kinds.end()) roofline.kinds.push_back(kind);
    const auto best = std::ranges::min_element(c.alternatives, {}, [](auto& m) { return m.seconds.median; });
    roofline.points.push_back({cat(c.name, " (", best->name, ")"), c.work.flops / c.work.bytes,
                               c.work.flops / best->seconds.median, number});
    copies.push_back(c.copy.median);
    peaks.push_back(c.matmul.median);
  }
  if (roofline.points.empty())
    throw ConfigError(
        "--roofline: of the kernels that --only leaves none counts operations; norm+relu, convolution "
        "and up convolution do");
  roofline.bytes_per_second = bench::spread_of(copies).median;
  roofline.flops_per_second = bench::spread_of(peaks).median;
  return roofline;
}

}  // namespace

int run_bench_kernels(const BenchKernelsArguments& arguments) {
  recycle_tensor_memory();
  KernelBenchOptions options;
  options.edge = arguments.edge;
  options.width = arguments.width;
  options.levels = arguments.levels;
  options.only = arguments.only;
  options.threads = arguments.thread_count();
  options.device = select_device(arguments.device);
  options.limits = arguments.limits();
  options.more = loss_kernels;
  if (const fs::path file = arguments.roofline; !file.empty())  // before minutes are spent
    ensure_writable_folder(file.has_parent_path() ? file.parent_path() : ".");
  const bench::Report report = bench_kernels(options);
  print(report, arguments);
  if (!arguments.roofline.empty()) write_atomic(arguments.roofline, svg(picture(report, options.device)));
  return 0;
}

}  // namespace scaffold

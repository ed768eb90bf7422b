#include "bench/kernels.hpp"

#include <ATen/Parallel.h>
#include <c10/core/GradMode.h>
#include <torch/csrc/autograd/autograd.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"

namespace scaffold {
namespace {

using namespace bench;

/// Each in the layout it is fastest in: on a CPU plain operators in float32 want the plain one, all else
/// channels-last.
Tensors inputs(const Kernel& kernel, bool fused, const at::Device& device) {
  const bool last = fused || kernel.type == at::kBFloat16 || !device.is_cpu();
  Tensors tensors = kernel.inputs(last ? at::MemoryFormat::ChannelsLast3d : at::MemoryFormat::Contiguous);
  for (at::Tensor& tensor : tensors) tensor = tensor.to(device);
  return tensors;
}

std::vector<bool> ways(const Kernel& kernel) {
  return kernel.has_fused ? std::vector<bool>{false, true} : std::vector<bool>{false};
}
const char* name(bool fused) { return fused ? "fused kernel" : "plain operators"; }

std::vector<bench::Alternative> forward_bodies(const Kernel& kernel, const at::Device& device) {
  std::vector<bench::Alternative> bodies;
  for (const bool fused : ways(kernel))
    bodies.push_back({name(fused), [run = kernel.run, in = inputs(kernel, fused, device), fused, device] {
                        const c10::NoGradGuard no_graph;
                        run(in, fused);
                        synchronize(device);
                      }});
  return bodies;
}

/// The graph is made once and kept, so that a call runs the backward pass alone.
std::vector<bench::Alternative> backward_bodies(const Kernel& kernel, const Gradient& gradient,
                                                const at::Device& device) {
  std::vector<bench::Alternative> bodies;
  for (const bool fused : ways(kernel)) {
    const Tensors in = inputs(kernel, fused, device);
    Tensors wanted;
    for (const std::size_t i : gradient.which) wanted.push_back(in[i].requires_grad_(true));
    const at::Tensor out = kernel.run(in, fused);
    const at::Tensor up = at::ones_like(out);
    bodies.push_back({name(fused), [=] {
                        torch::autograd::grad({out}, wanted, {up}, true);
                        synchronize(device);
                      }});
  }
  return bodies;
}

void add(std::vector<KernelCase>& all, const Kernel& kernel, const at::Device& device) {
  all.push_back({kernel.name + ", forward", kernel.forward, kernel.type,
                 [kernel, device] { return forward_bodies(kernel, device); }});
  for (const Gradient& gradient : kernel.backward)
    all.push_back({kernel.name + ", " + gradient.name, gradient.work, kernel.type,
                   [kernel, gradient, device] { return backward_bodies(kernel, gradient, device); }});
}

Kernel norm_relu(const Volume& v, std::int64_t width) {
  const double tensor = v.bytes(width), elements = v.voxels() * static_cast<double>(width);
  return {cat("norm+relu, ", width, " channels on ", v.text()),
          v.type,
          work(2 * tensor, 7 * elements),  // x → y; sum, sum of squares, scale and shift, ReLU
          {{"backward", work(3 * tensor, 12 * elements), {0, 1, 2}}},  // x and y's gradient → x's
          true,
          [=](at::MemoryFormat format) {
            return Tensors{v.activations(width, format), at::ones(width), at::zeros(width)};
          },
          [=](const Tensors& t, bool fused) {
            return v.layers(fused).norm_relu(t[0], {t[1], t[2]});
          }};
}

Kernel convolution(const Volume& v, std::int64_t in, std::int64_t out) {
  const double flops = 2 * 27 * v.voxels() * static_cast<double>(in * out);
  const bench::Work each = work(v.bytes(in) + v.bytes(out), flops);
  return {cat("convolution, ", in, " to ", out, " channels on ", v.text()),
          v.type,
          each,
          {{"input gradient", each, {0}}, {"weight gradient", each, {1}}},
          true,
          [=](at::MemoryFormat format) {
            return Tensors{v.activations(in, format), v.random({out, in, 3, 3, 3}, format)};
          },
          [=](const Tensors& t, bool fused) { return v.layers(fused).convolution(t[0], t[1]); }};
}

/// From `v` with 2·width channels to twice its edge.
Kernel up(const Volume& v, std::int64_t width) {
  const double flops = 2 * 8 * v.voxels() * static_cast<double>(2 * width * width);
  const bench::Work each = work(v.bytes(2 * width) + 8 * v.bytes(width), flops);
  return {cat("up convolution, ", 2 * width, " to ", width, " channels from ", v.text()),
          v.type,
          each,
          {{"input gradient", each, {0}}, {"weight gradient", each, {1}}},
          false,
          [=](at::MemoryFormat format) {
            return Tensors{v.activations(2 * width, format), v.random({2 * width, width, 2, 2, 2}, format)};
          },
          [](const Tensors& t, bool) { return at::conv_transpose3d(t[0], t[1], {}, 2); }};
}

Kernel pool(const Volume& v, std::int64_t width) {
  const bench::Work each = work(v.bytes(width) * 9 / 8);
  return {cat("max pool, ", width, " channels on ", v.text()),
          v.type,
          each,
          {{"backward", each, {0}}},
          true,
          [=](at::MemoryFormat format) { return Tensors{v.activations(width, format)}; },
          [=](const Tensors& t, bool fused) { return v.layers(fused).pool(t[0]).pooled; }};
}

Kernel concatenation(const Volume& v, std::int64_t width) {
  return {cat("concatenation, twice ", width, " channels on ", v.text()),
          v.type,
          work(4 * v.bytes(width)),
          {},
          false,
          [=](at::MemoryFormat format) {
            return Tensors{v.activations(width, format), v.activations(width, format)};
          },
          [](const Tensors& t, bool) {
            return at::cat({t[0], t[1]}, 1);
          }};
}

}  // namespace

std::vector<KernelCase> kernel_cases(const KernelBenchOptions& options) {
  std::vector<KernelCase> all;
  const at::Device& device = options.device;
  const auto add = [&](const Kernel& kernel) { scaffold::add(all, kernel, device); };
  for (const at::ScalarType type : {at::kFloat, at::kBFloat16})
    for (int level = 0; level < options.levels; ++level) {
      const Volume v{options.edge >> level, type};
      const std::int64_t channels = options.width << level;
      add(norm_relu(v, channels));
      // Emulated bfloat16 products take a hundred times as long and tell nothing.
      if (type == at::kFloat || !device.is_cpu() || cpu_has_bfloat16()) {
        if (level == 0) add(convolution(v, 3, channels));
        add(convolution(v, channels, channels));
        if (level > 0) add(up(v, channels / 2));
      }
      if (level + 1 < std::max(options.levels, 2)) {
        add(pool(v, channels));
        add(concatenation(v, channels));
      }
      if (level == 0 && options.more) std::ranges::for_each(options.more(v), add);
    }
  return all;
}

namespace {

/// What every layer's output costs before anything is in it.
KernelCase new_tensor(std::int64_t edge, std::int64_t width) {
  const std::vector<std::int64_t> shape{1, width, edge, edge, edge};
  const auto fill = [shape] { at::empty(shape, at::kFloat).fill_(1); };
  const auto make = [fill] {
    return std::vector<bench::Alternative>{{"fresh memory",
                                            [fill] {
                                              const FreshMemory fresh;
                                              fill();
                                            }},
                                           {"recycled memory", fill}};
  };
  const Volume v{edge, at::kFloat};
  return {cat("new tensor, ", width, " channels on ", v.text()), work(v.bytes(width)), at::kFloat, make};
}

}  // namespace

bench::Report bench_kernels(const KernelBenchOptions& options) {
  at::set_num_threads(options.threads);
  bench::Report report;
  report.part = "kernels";
  report.threads = options.threads;
  report.facts = {{"device", describe_device(options.device).name}};
  if (options.width % kernel_groups != 0)
    throw ConfigError(cat("--width ", options.width, ": a multiple of ", kernel_groups,
                          " is needed, the groups of a group normalization"));
  if (options.edge >> (options.levels - 1) < 1)
    throw ConfigError(cat("--levels ", options.levels, ": nothing is left of --edge ", options.edge,
                          " halved so often; at least ", 1 << (options.levels - 1), " is needed"));
  std::vector<KernelCase> cases = kernel_cases(options);
  if (options.device.is_cpu()) cases.push_back(new_tensor(options.edge, options.width));
  const bench::Roof copy = copy_roof(options.threads, options.device),
                    float32 = matmul_roof(at::kFloat, options.device),
                    bfloat16 = matmul_roof(at::kBFloat16, options.device);
  std::string names;
  for (const KernelCase& kernel : cases) {
    names += "\n  " + kernel.name;
    if (kernel.name.find(options.only) == std::string::npos) continue;
    const bench::Roofs roofs{copy, kernel.precision == at::kBFloat16 ? bfloat16 : float32};
    report.comparisons.push_back(
        bench::compare(kernel.name, kernel.work, kernel.make(), options.limits, roofs));
  }
  if (report.comparisons.empty())
    throw ConfigError(cat("--only: no kernel's name holds '", options.only, "'; there are", names));
  return report;
}

bench::Roof copy_roof(int threads, const at::Device& device) {
  if (device.is_cpu()) return bench::CopyRoof(threads);
  constexpr std::int64_t bytes = std::int64_t{256} << 20, copies = 10;
  const at::Tensor from = at::zeros({bytes}, at::TensorOptions(at::kByte).device(device));
  const at::Tensor into = at::empty_like(from);
  return [=] {
    synchronize(device);
    const Stopwatch clock;
    for (std::int64_t i = 0; i < copies; ++i) into.copy_(from);
    synchronize(device);
    return static_cast<double>(2 * bytes * copies) / clock.seconds();
  };
}

bench::Roof matmul_roof(at::ScalarType type, const at::Device& device) {
  struct Product {
    at::Tensor a, b, out;
    double operations = 0;
    bool sized = false;
  };
  const auto product = std::make_shared<Product>();
  const auto best_seconds = [product, device] {
    const c10::NoGradGuard no_graph;
    double best = std::numeric_limits<double>::infinity();
    for (int i = 0; i < 3; ++i) {
      synchronize(device);
      const Stopwatch clock;
      at::mm_out(product->out, product->a, product->b);
      synchronize(device);
      best = std::min(best, clock.seconds());
    }
    return best;
  };
  return [=] {
    // Emulated arithmetic takes seconds where the real one takes milliseconds: grow until a product takes 10
    // ms.
    for (std::int64_t n = 256; !product->sized; n *= 2) {
      product->a = at::rand({n, n}).to(device, type);
      product->b = at::rand({n, n}).to(device, type);
      product->out = at::empty_like(product->a);
      product->operations = 2 * std::pow(static_cast<double>(n), 3);
      product->sized = best_seconds() > 10e-3 || n >= 8192;
    }
    return product->operations / best_seconds();
  };
}

}  // namespace scaffold

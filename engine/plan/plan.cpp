#include "plan/plan.hpp"

#include <algorithm>
#include <cmath>

#include "fractal_unet/dataset/plan.hpp"
#include "fractal_unet/options.hpp"
#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

constexpr double usable_memory = 0.9;

/// Code, kernels made at run time, scratch and small tensors that training on a CPU touches: what measured
/// peaks had beyond the large tensors (docs/performance.md).
constexpr double library_bytes = 50 << 20;

UNetOptions network_of(const Config& config, const Machine& machine) {
  UNetOptions options;
  options.classes = fractal_unet(config).n_categories + 1;
  options.levels = fractal_unet(config).problem_scale - fractal_unet(config).unet_bottleneck_dim;
  options.groups = fractal_unet(config).group_norm_groups;
  options.activation_checkpointing = config.activation_checkpointing;
  options.fused = config.fused && machine.device == Machine::Device::cpu;
  const bool bfloat16 = config.torch_amp && machine.flops_bfloat16 > machine.flops_float32;
  options.precision = bfloat16 ? Precision::bfloat16 : Precision::float32;
  return options;
}

double voxels(const Extent3& block, std::int64_t level) {
  double count = 1;
  for (const auto extent : block) count *= static_cast<double>(extent >> level);
  return count;
}

/// Bytes of all convolution outputs of one sample on this rank.
double convolution_outputs(const UNetOptions& o, const Extent3& block) {
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  double sum = 0;
  for (std::int64_t level = 0; level <= o.levels; ++level)
    sum += static_cast<double>(o.width << level) * voxels(block, level) * bytes * (level < o.levels ? 4 : 2);
  return sum;
}

/// Bytes that everything but convolutions reads and writes in a training step of one sample: group norm and
/// ReLU touch each convolution's output about 13 times (statistics 1, normalize 2, ReLU 2; backward ReLU 3,
/// sums 2, gradient 3), pooling and concatenation about 3 more. The fused kernels: statistics 1, normalize 2;
/// backward sums 2, gradient 3, half of the outputs once more normalized.
double touched_bytes(const UNetOptions& o, const Extent3& block) {
  return (o.fused ? 12 : 16) * convolution_outputs(o, block);
}

/// The widest layer's padding: a convolution's input is copied once with its halos, and kept for backward
/// instead of the input itself.
double halo_padding(const UNetOptions& o, const ProcessGrid& grid, const Extent3& block) {
  if (grid.shard_count() == 1) return 0;
  const double bytes = o.precision == Precision::bfloat16 ? 2 : 4;
  double sum = 0;
  for (std::int64_t level = 0; level <= o.levels; ++level) {
    double padded = 1;
    for (int axis = 0; axis < 3; ++axis)
      padded *= static_cast<double>((block[axis] >> level) + (grid.cut(axis) ? 2 : 0));
    // Two convolutions a block; the second half of the network has wider inputs.
    sum += padded * static_cast<double>(o.width << level) * bytes * (level < o.levels ? 5 : 2);
  }
  return sum;
}

void count(JobPlan& p, const Config& config, const UNetOptions& network, const Machine& machine) {
  const auto batch = static_cast<double>(config.local_batch_size);
  const auto parts = static_cast<double>(config.grad_accumulation_steps);
  const std::int64_t edge = std::int64_t{1} << fractal_unet(config).problem_scale;
  const bool compressed = config.gradient_compression == "bfloat16";
  p.parameters = parameter_count(network);
  const UNetOptions kept = as_kept(network, machine.device == Machine::Device::cpu, p.grid.shard_count());
  p.memory = training_memory(kept, p.block, config.local_batch_size,
                             optimizer_states(optimizer_kind(config.optimizer)));
  p.halos = halo_padding(network, p.grid, p.block) * batch;
  if (p.grid.world() > 1) p.buckets = p.memory.gradients * (compressed ? 1.5 : 1);
  const double sample = voxels(p.block, 0) * 13;
  p.samples =
      std::max(2 * sample, std::min(static_cast<double>(config.loader_budget_mib << 20), 64 * sample));
  if (config.max_steps_per_epoch > 0)
    p.samples = std::min(p.samples, static_cast<double>(config.max_steps_per_epoch) * batch * parts * sample);
  if (machine.device != Machine::Device::gpu && config.warmup_batches > 0)
    p.snapshot = p.memory.parameters + p.memory.optimizer;
  if (machine.device == Machine::Device::cpu) p.libraries = library_bytes;
  p.memory_total = p.memory.total() + p.halos + p.buckets + p.samples + p.snapshot + p.libraries;

  p.flops_step = training_flops(network, edge) / p.grid.shard_count() * batch * parts;
  if (config.activation_checkpointing) p.flops_step *= 4.0 / 3;
  const HaloCount halos = count_halos(network, p.grid, p.block, config.local_batch_size);
  p.halo_bytes = static_cast<double>(halos.forward_bytes + halos.backward_bytes) * parts;
  if (p.grid.world() > 1) p.allreduce_bytes = static_cast<double>(count_allreduce_bytes(network, compressed));
  p.input_bytes =
      voxels(p.block, 0) * (fractal_unet(config).dataset_format == "compact" ? 1 : 13) * batch * parts;
  if (p.grid.shard_count() > 1)
    p.statistics =
        static_cast<double>(2 * (2 + 4 * network.levels) + 1) * parts;  // two a group norm, one for the loss
}

/// Bus bandwidth of an all-reduce over ranks that fill one node after the other. A group within a node has
/// the node's links; whole nodes the collectives' rate; a last node that is not full has no more adapters
/// than ranks, and everybody waits for it.
double allreduce_bandwidth(const Machine& m, double ranks) {
  if (ranks < m.ranks_per_node) return m.link_bandwidth;
  const double beyond = std::fmod(ranks, m.ranks_per_node);
  if (beyond == 0) return m.collective_bandwidth;
  return std::min(m.collective_bandwidth, beyond * m.network_bandwidth);
}

/// Seconds of a step, from counts and rates.
void time(JobPlan& p, const Config& config, const UNetOptions& network, const Machine& m) {
  const double samples = static_cast<double>(config.local_batch_size * config.grad_accumulation_steps);
  const double peak = network.precision == Precision::bfloat16 ? m.flops_bfloat16 : m.flops_float32;
  p.arithmetic = p.flops_step / (peak * m.convolution_efficiency);
  const double updates =
      static_cast<double>(p.parameters) * 4 * 9;  // Adam reads and writes 7 tensors, clipping 2
  p.memory_bound = (touched_bytes(network, p.block) * samples + updates) / m.memory_bandwidth;
  const auto shards = static_cast<double>(p.grid.shard_count()), world = static_cast<double>(p.grid.world());
  const auto bandwidth = [&](double ranks) {
    return ranks <= m.ranks_per_node ? m.link_bandwidth : m.network_bandwidth;
  };
  if (shards > 1) {
    const auto exchanges = static_cast<double>(4 * (1 + 2 * network.levels)) *
                           static_cast<double>(config.grad_accumulation_steps);
    p.halo = p.halo_bytes / bandwidth(shards) +
             exchanges * m.latency * static_cast<double>(p.grid.neighbors().size());
    p.small_sums = p.statistics * 2 * std::log2(shards) * m.latency;
  }
  if (world > 1)
    p.allreduce = 2 * (world - 1) / world * p.allreduce_bytes / allreduce_bandwidth(m, world) +
                  2 * std::log2(world) * m.latency;
  // Gradients fly while the backward pass computes, two thirds of the work.
  const double work = p.arithmetic + p.memory_bound;
  p.allreduce_exposed = config.overlap_gradients ? std::max(0.0, p.allreduce - work * 2 / 3) : p.allreduce;
  const double without_input = work + p.halo + p.small_sums + p.allreduce_exposed;
  p.input_exposed =
      std::max(0.0, p.input_bytes / (m.filesystem_bandwidth / m.ranks_per_node) - without_input);
  p.step = without_input + p.input_exposed;
  const double forward = (work + p.halo + p.small_sums) / 3 / samples;  // of one volume
  const double validating =
      static_cast<double>((p.validation_volumes + p.grid.replicas() - 1) / p.grid.replicas());
  p.epoch = static_cast<double>(p.steps) * p.step + validating * forward;
  const std::pair<double, const char*> parts[] = {
      {p.arithmetic, "arithmetic of the convolutions"},
      {p.memory_bound, "memory bandwidth (group norm, ReLU, optimizer)"},
      {p.halo, "halos"},
      {p.small_sums, "latency of group-norm statistics"},
      {p.allreduce_exposed, "gradient all-reduce"},
      {p.input_exposed, "reading the dataset"}};
  p.bottleneck = std::max_element(std::begin(parts), std::end(parts))->second;
}

}  // namespace

bool fits(const JobPlan& plan, const Machine& machine) {
  return plan.memory_total <= usable_memory * machine.memory;
}

JobPlan plan_job(const Config& config, int ranks, const Machine& machine) {
  JobPlan p;
  const std::int64_t edge = std::int64_t{1} << fractal_unet(config).problem_scale;
  const ShardLayout layout(edge, config.dc_num_shards, config.dc_shard_dims);
  const UNetOptions network = network_of(config, machine);
  check_shards_fit(edge, layout.shards(), network.levels);
  // The busiest shard is one in the middle: it has the most neighbors.
  int middle = 0;
  for (int axis = 0; axis < 3; ++axis)
    middle =
        middle * static_cast<int>(layout.shards()[axis]) + static_cast<int>((layout.shards()[axis] - 1) / 2);
  p.grid = ProcessGrid(ranks, middle, layout.shards());
  for (int axis = 0; axis < 3; ++axis) p.block[axis] = edge / layout.shards()[axis];
  const std::int64_t volumes = fractal_unet(config).n_instances_used_per_fractal /
                               fractal_unet(config).n_fracts_per_vol * fractal_unet(config).n_categories;
  p.validation_volumes = volumes * fractal_unet(config).val_split / 100;
  p.global_batch = config.local_batch_size * config.grad_accumulation_steps * p.grid.replicas();
  p.steps = (volumes - p.validation_volumes + p.global_batch - 1) / p.global_batch;
  if (const auto most = config.max_steps_per_epoch; most > 0 && most < p.steps) {
    p.validation_volumes = std::max<std::int64_t>(p.validation_volumes * most / p.steps, 1);
    p.steps = most;
  }
  p.dataset_bytes = static_cast<double>(volumes) * std::pow(static_cast<double>(edge), 3) *
                    (fractal_unet(config).dataset_format == "compact" ? 1 : 13);
  count(p, config, network, machine);
  time(p, config, network, machine);
  return p;
}

std::vector<Extent3> smallest_fitting_shards(const Config& config, const Machine& machine, std::size_t most) {
  const std::int64_t largest = std::int64_t{1} << fractal_unet(config).unet_bottleneck_dim;
  std::vector<Extent3> fitting;
  for (std::int64_t d = 1; d <= largest; d *= 2)
    for (std::int64_t h = 1; h <= largest; h *= 2)
      for (std::int64_t w = 1; w <= largest; w *= 2) {
        if (h > d || w > h) continue;  // which axis is cut more matters little
        Config cut = config;
        cut.dc_num_shards = {d, h, w};
        cut.dc_shard_dims = {2, 3, 4};
        if (fits(plan_job(cut, static_cast<int>(d * h * w), machine), machine)) fitting.push_back({d, h, w});
      }
  std::stable_sort(fitting.begin(), fitting.end(), [](const Extent3& a, const Extent3& b) {
    return a[0] * a[1] * a[2] < b[0] * b[1] * b[2];
  });
  if (fitting.size() > most) fitting.resize(most);
  return fitting;
}

}  // namespace scaffold

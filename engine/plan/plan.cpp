#include "plan/plan.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "parallel/gradient_reducer.hpp"
#include "workload/task.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

constexpr double usable_memory = 0.9;

/// Code, kernels made at run time, scratch and small tensors that training on a CPU touches: what measured
/// peaks had beyond the large tensors (docs/performance.md).
constexpr double library_bytes = 50 << 20;

Computation computation_of(const Config& config, const Machine& machine) {
  const bool bfloat16 = config.torch_amp && machine.flops_bfloat16 > machine.flops_float32;
  return {machine.device == Machine::Device::cpu, config.fused,
          bfloat16 ? Precision::bfloat16 : Precision::float32};
}

void count(JobPlan& p, const Config& config, const TrainingCost& cost, const DatasetSource& data,
           const Machine& machine) {
  const auto batch = static_cast<double>(config.local_batch_size);
  const auto parts = static_cast<double>(config.grad_accumulation_steps);
  const double shards = p.grid.shard_count();
  p.parameters = cost.parameters;
  p.memory = cost.memory;
  p.halos = cost.halo_padding;
  const bool compressed = config.gradient_compression == "bfloat16";
  if (p.grid.world() > 1) p.buckets = p.memory.gradients * (compressed ? 1.5 : 1);
  const double sample = data.sample_bytes() / shards;
  p.samples =
      std::max(2 * sample, std::min(static_cast<double>(config.loader_budget_mib << 20), 64 * sample));
  if (config.max_steps_per_epoch > 0)
    p.samples = std::min(p.samples, static_cast<double>(config.max_steps_per_epoch) * batch * parts * sample);
  if (machine.device != Machine::Device::gpu && config.warmup_batches > 0)
    p.snapshot = p.memory.parameters + p.memory.optimizer;
  if (machine.device == Machine::Device::cpu) p.libraries = library_bytes;
  p.memory_total = p.memory.total() + p.halos + p.buckets + p.samples + p.snapshot + p.libraries;

  p.flops_step = task_of(config).operations(config).training / shards * batch * parts;
  if (config.activation_checkpointing) p.flops_step *= 4.0 / 3;
  p.halo_bytes = cost.halo_bytes * parts;
  if (p.grid.world() > 1)
    p.allreduce_bytes = static_cast<double>(count_allreduce_bytes(p.parameters, compressed));
  p.input_bytes = data.stored_bytes() / shards * batch * parts;
  if (p.grid.shard_count() > 1) p.statistics = cost.small_sums * parts;
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
void time(JobPlan& p, const Config& config, const TrainingCost& cost, const Machine& m) {
  const double samples = static_cast<double>(config.local_batch_size * config.grad_accumulation_steps);
  const bool bfloat16 = computation_of(config, m).precision == Precision::bfloat16;
  const double peak = bfloat16 ? m.flops_bfloat16 : m.flops_float32;
  p.arithmetic = p.flops_step / (peak * m.convolution_efficiency);
  const double updates =
      static_cast<double>(p.parameters) * 4 * 9;  // Adam reads and writes 7 tensors, clipping 2
  p.memory_bound = (cost.touched_bytes * samples + updates) / m.memory_bandwidth;
  const auto shards = static_cast<double>(p.grid.shard_count()), world = static_cast<double>(p.grid.world());
  const auto bandwidth = [&](double ranks) {
    return ranks <= m.ranks_per_node ? m.link_bandwidth : m.network_bandwidth;
  };
  if (shards > 1) {
    const double exchanges = cost.halo_exchanges * static_cast<double>(config.grad_accumulation_steps);
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
  const double forward = (work + p.halo + p.small_sums) / 3 / samples;  // of one sample
  const std::int64_t rounds = (p.validation + p.grid.replicas() - 1) / p.grid.replicas();
  const auto validating = static_cast<double>(rounds);
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

/// `data`: the configuration's, in whatever cut: how many samples and of what size.
JobPlan plan_on(const Config& config, int ranks, const Machine& machine, const DatasetSource& data) {
  JobPlan p;
  const Extent3 whole = workload_of(config).extents(config), shards = shards_of(config);
  // The busiest shard is one in the middle: it has the most neighbors.
  int middle = 0;
  for (std::size_t axis = 0; axis < 3; ++axis)
    middle = middle * static_cast<int>(shards[axis]) + static_cast<int>((shards[axis] - 1) / 2);
  p.grid = ProcessGrid(ranks, middle, shards);
  for (std::size_t axis = 0; axis < 3; ++axis) p.block[axis] = whole[axis] / shards[axis];
  const Task& task = task_of(config);
  p.validation = data.validation();
  p.global_batch = config.local_batch_size * config.grad_accumulation_steps * p.grid.replicas();
  p.steps = (data.training() + p.global_batch - 1) / p.global_batch;
  if (const auto most = config.max_steps_per_epoch; most > 0 && most < p.steps) {
    p.validation = std::max<std::int64_t>(p.validation * most / p.steps, 1);
    p.steps = most;
  }
  p.dataset_bytes = static_cast<double>(data.training() + data.validation()) * data.stored_bytes();
  const TrainingCost cost = task.cost(config, computation_of(config, machine), p.grid);
  count(p, config, cost, data, machine);
  time(p, config, cost, machine);
  return p;
}

}  // namespace

bool fits(const JobPlan& plan, const Machine& machine) {
  return plan.memory_total <= usable_memory * machine.memory;
}

JobPlan plan_job(const Config& config, int ranks, const Machine& machine) {
  return plan_on(config, ranks, machine, *workload_of(config).dataset(config));
}

std::vector<Extent3> smallest_fitting_shards(const Config& config, const Machine& machine, std::size_t most) {
  const Extent3 whole = workload_of(config).extents(config), limit = workload_of(config).most_shards(config);
  const bool is_cube = whole == cube(whole[0]);
  std::array<std::vector<std::int64_t>, 3> counts;  // along each axis
  for (std::size_t axis = 0; axis < 3; ++axis)
    for (std::int64_t n = 1; n <= limit[axis] && whole[axis] % n == 0; n *= 2) counts[axis].push_back(n);
  const auto data = workload_of(config).dataset(config);
  std::vector<Extent3> fitting;
  for (const auto d : counts[0])
    for (const auto h : counts[1])
      for (const auto w : counts[2]) {
        if (is_cube && (h > d || w > h)) continue;  // which axis is cut more matters little
        Config cut = config;
        cut.dc_num_shards = {d, h, w};
        cut.dc_shard_dims = {2, 3, 4};
        if (fits(plan_on(cut, static_cast<int>(d * h * w), machine, *data), machine))
          fitting.push_back({d, h, w});
      }
  std::stable_sort(fitting.begin(), fitting.end(), [](const Extent3& a, const Extent3& b) {
    return a[0] * a[1] * a[2] < b[0] * b[1] * b[2];
  });
  if (fitting.size() > most) fitting.resize(most);
  return fitting;
}

}  // namespace scaffold

#include "job/benchmark_run.hpp"

#include <memory>
#include <optional>

#include "comm/affinity.hpp"
#include "config/arguments.hpp"
#include "config/config.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "data/node_copy.hpp"
#include "device/device.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/network/device_voxels.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/specs.hpp"
#include "job/run_checks.hpp"
#include "job/run_recorder.hpp"
#include "job/run_session.hpp"
#include "job/run_setup.hpp"

namespace scaffold {
namespace {

/// The first line in which two texts differ, of the second one.
std::string first_difference(const std::string& a, const std::string& b) {
  const auto x = split(a, '\n'), y = split(b, '\n');
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (x[i] != y[i]) return cat("'", trim(x[i]), "' there, '", trim(y[i]), "' here");
  return "of another length";
}

Extent3 shards(const Config& config) {
  return ShardLayout(std::int64_t{1} << fractal_unet(config).problem_scale, config.dc_num_shards,
                     config.dc_shard_dims)
      .shards();
}

/// All ranks must run the same program with the same configuration.
void check_same_everywhere(World& world, const Config& config) {
  MergedConfig values;
  values.values = config;
  values.values.stage_dir = "";  // may be another on each machine: $TMPDIR often is
  const auto all = all_gather(world.all(), cat(version(), " ", commit(), "\n", to_yaml(values)));
  for (std::size_t r = 1; r < all.size(); ++r)
    if (all[r] != all[0])
      throw ConfigError(cat("rank ", r, " runs another program or configuration than rank 0 (",
                            first_difference(all[0], all[r]),
                            "); start all ranks with the same build, files and options"));
}

/// Ranks on GPUs and ranks on CPUs would wait for each other in different messages.
void check_same_device(World& world, const at::Device& device) {
  const auto all =
      all_gather(world.all(), cat(device.is_cpu() ? "the CPU" : "a GPU", " on ", describe_machine().host));
  for (std::size_t r = 1; r < all.size(); ++r)
    if (all[r].substr(0, 5) != all[0].substr(0, 5))
      throw ConfigError(cat("device: rank ", r, " would train on ", all[r], ", rank 0 on ", all[0],
                            "; use --device cpu, or only machines with GPUs"));
}

/// From records to report, on every rank. A new run's folder goes again where nothing comes of it.
int run_session(RunSetup& setup, const DatasetInfo& dataset, const Job& job, const RunPart& part) {
  std::optional<fs::path> made;
  std::optional<RunSession> session;
  try {
    std::unique_ptr<RunRecorder> recorder;
    if (job.world.rank() == 0) {
      if (!setup.folder) {
        setup.folder = RunFolder::create(setup.merged, program_path().string());
        made = setup.folder->path();
        if (part.on_folder) part.on_folder(*made);
      }
      recorder = std::make_unique<RunRecorder>(std::move(*setup.folder), setup.merged, dataset, job);
    }
    session.emplace(job, setup.merged, dataset, std::move(setup.loaded), std::move(recorder));
  } catch (...) {
    std::error_code ignored;
    if (made) fs::remove_all(*made, ignored);
    throw;
  }
  return session->run();
}

/// The library, made by all ranks where rank 0 finds none that can be used.
void make_library(const Config& config, int cores, World& world) {
  bool there = true;
  collective_try(world.all(), [&] {
    if (world.rank() != 0) return;
    try {
      load_library(library_spec(config), static_cast<int>(fractal_unet(config).n_categories));
    } catch (const DataError&) {
      there = false;
    }
  });
  broadcast(world.all(), &there, sizeof there, 0);
  if (there) return;
  search_library(config, cores, false, world.all());
}

}  // namespace

/// Up to training every phase is `collective_try`: an error of one rank is everybody's, and rank 0 says it.
int run_once(const BenchmarkArguments& arguments, const RunPart& part, Ranks& ranks) {
  World& world = ranks.world;
  bool& agreed = ranks.agreed;
  const auto in_step = [&](auto&& body) { collective_try(world.all(), body); };
  agreed = true;  // until training
  RunSetup setup;
  in_step([&] { setup = set_up_run(arguments, world.all()); });
  const Config& config = setup.merged.values;
  check_same_everywhere(world, config);
  std::optional<at::Device> device;
  in_step([&] {
    device = select_device(config.device, world.local_rank(), world.local_size());
    ProcessGrid(world.size(), world.rank(), shards(config));
  });
  in_step([&] { check_same_device(world, *device); });
  agreed = world.size() == 1 || device->is_cpu();  // a GPU may fail on one rank alone
  ParallelContext parallel(world.all(), shards(config), *device);
  agreed = true;
  if (arguments.restart) {
    load_everywhere(setup, arguments, world.all());
    if (setup.nothing_to_do) return static_cast<int>(*setup.nothing_to_do);
  }
  const int cores = part.cores > 0 ? part.cores : claim_cores(world.all());
  Job job{world, ranks.alarm, parallel, cores, arguments.trace, arguments.trace_steps};
  if (const std::string missing = missing_cores(job.cores); !missing.empty()) log::warning(missing);
  Library library;
  // What can go wrong later and be known now, before data is generated for hours.
  in_step([&] {
    const Plan plan = dataset_plan(config);
    check_split(config, plan);
    if (const auto note = bottleneck_note(config)) log::warning(*note);
    // A restarted run keeps its batch, on whatever number of replicas.
    const int replicas = parallel.grid().replicas();
    check_batch(config, plan,
                setup.loaded ? setup.loaded->checkpoint.global_batch
                             : config.local_batch_size * config.grad_accumulation_steps * replicas,
                replicas);
    check_shards_fit(std::int64_t{1} << fractal_unet(config).problem_scale, parallel.grid().shards(),
                     fractal_unet(config).problem_scale - fractal_unet(config).unet_bottleneck_dim);
    check_training_memory(config, *device, parallel.grid().shards(), world.local_size());
    if (!arguments.restart) ensure_lockable_folder(config.base_run_dir);
    if (!config.stage_dir.empty()) ensure_lockable_folder(config.stage_dir);
    if (!arguments.trace.empty()) ensure_writable_folder(arguments.trace);
    if (part.on_checked) part.on_checked();
  });
  if (part.make_library) make_library(config, threads(config, job.cores), world);
  in_step([&] {
    library = load_library(library_spec(config), static_cast<int>(fractal_unet(config).n_categories));
    const std::string made = hash(setup.spec, library.categories);
    if (setup.loaded && made != setup.loaded->checkpoint.dataset_hash)
      throw DataError(cat("the run was trained on dataset ", setup.loaded->checkpoint.dataset_hash,
                          ", but this library and configuration make dataset ", made));
  });
  const bool from_scratch = config.datagen_from_scratch && !arguments.restart;
  GenerationLimits how;
  how.ranks_here = world.local_size();
  how.voxels = device_voxels(*device);
  const DatasetInfo dataset =
      ensure_dataset(setup.spec, library, threads(config, job.cores), from_scratch, how, world.all());
  std::optional<NodeCopy> staged;
  if (!config.stage_dir.empty())
    job.staged = &staged.emplace(dataset.folder, config.stage_dir, dataset_files, world.all());
  agreed = world.size() == 1;
  return run_session(setup, dataset, job, part);
}

}  // namespace scaffold

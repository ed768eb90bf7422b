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
#include "job/run_checks.hpp"
#include "job/run_recorder.hpp"
#include "job/run_session.hpp"
#include "job/run_setup.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

/// The first line in which two texts differ, of the second one.
std::string first_difference(const std::string& a, const std::string& b) {
  const auto x = split(a, '\n'), y = split(b, '\n');
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (x[i] != y[i]) return cat("'", trim(x[i]), "' there, '", trim(y[i]), "' here");
  return "of another length";
}

Extent3 shards(const Config& config) { return shard_counts(config.dc_num_shards, config.dc_shard_dims); }

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
int run_session(RunSetup& setup, const DatasetSource& source, const DatasetInfo& dataset, const Job& job,
                const RunPart& part) {
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
    session.emplace(job, setup.merged, source.open(job.staged ? job.staged->folder() : dataset.folder),
                    std::move(setup.loaded), std::move(recorder));
  } catch (...) {
    std::error_code ignored;
    if (made) fs::remove_all(*made, ignored);
    throw;
  }
  return session->run();
}

/// What can go wrong later and be known now, before data is generated for hours.
void check_run(const RunSetup& setup, const BenchmarkArguments& arguments, const DatasetSource& source,
               const at::Device& device, const Job& job) {
  const Config& config = setup.merged.values;
  const Task& task = task_of(config);
  const ProcessGrid& grid = job.parallel.grid();
  task.check(config, source);
  workload_of(config).check_shards(config, grid.shards());
  for (const auto& note : task.notes(config)) log::warning(note);
  // A restarted run keeps its batch, on whatever number of replicas.
  check_batch(config, source,
              setup.loaded ? setup.loaded->checkpoint.global_batch
                           : config.local_batch_size * config.grad_accumulation_steps * grid.replicas(),
              grid.replicas());
  check_training_memory(config, device, grid.shards(), job.world.local_size());
  if (!arguments.restart) ensure_lockable_folder(config.base_run_dir);
  if (!config.stage_dir.empty()) ensure_lockable_folder(config.stage_dir);
  if (!arguments.trace.empty()) ensure_writable_folder(arguments.trace);
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
  const auto source = task_of(config).dataset(setup.dataset, *device);
  const DataRanks makers{world.all(), world.local_size(), threads(config, job.cores)};
  in_step([&] {
    check_run(setup, arguments, *source, *device, job);
    if (part.on_checked) part.on_checked();
  });
  source->find_inputs(makers, part.make_library);
  in_step([&] {
    const std::string made = source->hash();
    if (setup.loaded && made != setup.loaded->checkpoint.dataset_hash)
      throw DataError(cat("the run was trained on dataset ", setup.loaded->checkpoint.dataset_hash,
                          ", but what there is and this configuration make dataset ", made));
  });
  const DatasetInfo dataset = source->ensure(makers, config.datagen_from_scratch && !arguments.restart);
  std::optional<NodeCopy> staged;
  if (!config.stage_dir.empty())
    job.staged = &staged.emplace(dataset.folder, config.stage_dir, source->files(), world.all());
  agreed = world.size() == 1;
  return run_session(setup, *source, dataset, job, part);
}

}  // namespace scaffold

// scaffold benchmark: dataset, warm-up, training to the target, report.
#include "benchmark_job.hpp"
#include "comm/affinity.hpp"
#include "comm/launcher.hpp"
#include "comm/mpi_world.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "fractal_unet/network/device_voxels.hpp"
#include "run/report_json.hpp"
#include "run_checks.hpp"
#include "run_session.hpp"
#include "torch_commands.hpp"
#include "version.hpp"

namespace scaffold {
namespace {

/// The first line in which two texts differ, of the second one.
std::string first_difference(const std::string& a, const std::string& b) {
  const auto x = split(a, '\n'), y = split(b, '\n');
  for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
    if (x[i] != y[i]) return cat("'", trim(x[i]), "' there, '", trim(y[i]), "' here");
  return "of another length";
}

/// A resumed run's configuration: the recorded one, with what may change taken from files and command line.
MergedConfig restart_config(const BenchmarkArguments& arguments, const RunFolder& folder) {
  std::vector<fs::path> files{folder.path() / "config.yaml"};
  files.insert(files.end(), arguments.files.begin(), arguments.files.end());
  const Config recorded = folder.config();
  MergedConfig merged = merge_config(files, arguments.overrides);
  std::string forbidden;
  for (const auto& key : differing_keys(recorded, merged.values))
    if (!may_change_on_restart(key))
      forbidden += cat(forbidden.empty() ? "" : ", ", key, " (", describe(merged.origins[key]), ")");
  if (!forbidden.empty())
    throw ConfigError(cat("a restarted run must keep its settings, but these differ from '",
                          (folder.path() / "config.yaml").string(), "': ", forbidden));
  return merged;
}

/// last.h5; where it cannot be read it is set aside and best.h5 used.
LoadedCheckpoint load_checkpoint(const fs::path& folder) {
  const fs::path last = folder / "last.h5", best = folder / "best.h5";
  if (!fs::exists(last) && !fs::exists(best))
    throw DataError(cat("'", folder.string(),
                        "' holds no checkpoint to restart from (checkpoint_interval: -1 writes none ",
                        "unless a signal ends the run); start a new run"));
  try {
    return {read_checkpoint(last), last};
  } catch (const DataError& error) {
    if (fs::exists(last)) {
      fs::path aside;
      for (int n = 0; aside.empty() || fs::exists(aside); ++n)
        aside = folder / cat("unreadable_", timestamp_name(), n ? cat("-", n) : "", ".h5");
      log::warning(
          cat(error.what(), "; it is set aside as '", aside.filename().string(), "' and best.h5 is used"));
      publish(last, aside);
    }
    if (!fs::exists(best)) throw DataError(cat(error.what(), "; and there is no best.h5 to fall back on"));
  }
  return {read_checkpoint(best), best};
}

/// The run folder's config.yaml must be the one that the checkpoint was trained with, but for what may
/// change.
void check_recorded_config(const RunFolder& folder, const LoadedCheckpoint& loaded) {
  std::string differing;
  try {
    const Config trained = config_from_yaml_text(loaded.checkpoint.config_yaml, loaded.file.string());
    for (const auto& key : differing_keys(folder.config(), trained))
      if (!may_change_on_restart(key)) differing += (differing.empty() ? "" : ", ") + key;
  } catch (const ConfigError& error) {
    throw DataError(
        cat("'", loaded.file.string(), "' holds a configuration that cannot be read: ", error.what()));
  }
  if (!differing.empty())
    throw DataError(cat("'", (folder.path() / "config.yaml").string(),
                        "' is damaged or was edited: it differs from '", loaded.file.string(), "' in ",
                        differing));
}

/// Whether the report tells of all epochs that the checkpoint holds: a kill may have come between the two.
bool report_is_complete(const fs::path& run_dir, const Checkpoint& checkpoint) {
  try {
    return read_report(run_dir / "report.json").epochs >= static_cast<std::int64_t>(checkpoint.epochs.size());
  } catch (const DataError&) {
    return false;
  }
}

/// Exit code of a run that has nothing left to do; nothing otherwise. Its report is left as it is.
std::optional<ExitCode> already_finished(const Checkpoint& checkpoint, const Config& config) {
  if (checkpoint.epochs.empty()) return std::nullopt;
  if (checkpoint.state.step == 0 && checkpoint.epochs.back().val_dice >= config.target_dice) {
    log::info(cat("this run reached its target Dice ", shortest(config.target_dice), " after ",
                  checkpoint.epochs.size(), " epochs: nothing is left to do"));
    return ExitCode::ok;
  }
  if (config.epochs > 0 && checkpoint.state.epoch > config.epochs) {
    log::info(cat("this run has done ", checkpoint.epochs.size(), " epochs of ", config.epochs,
                  "; raise --epochs to go on"));
    return ExitCode::target;
  }
  return std::nullopt;
}

/// What rank 0 decides and every rank then uses.
struct Prepared {
  MergedConfig merged;
  std::optional<RunFolder> folder;         ///< rank 0's
  std::optional<LoadedCheckpoint> loaded;  ///< of a restarted run, on every rank
  DatasetSpec spec;
  std::optional<ExitCode> nothing_to_do;
};

Extent3 shards(const Config& config) {
  return ShardLayout(std::int64_t{1} << config.problem_scale, config.dc_num_shards, config.dc_shard_dims)
      .shards();
}

/// Every rank by itself, from the same files: rank 0 alone holds the run folder's lock and sets bad
/// checkpoints aside.
Prepared prepare(const BenchmarkArguments& arguments, World& world) {
  Prepared p;
  if (!arguments.restart) {
    p.merged = merge_config(arguments.files, arguments.overrides);
    if (!p.merged.values.train_from_scratch)
      log::warning(
          "train_from_scratch: 0 resumes nothing here (`--restart --run-dir DIR` does), and makes the "
          "run unofficial");
    p.spec = dataset_spec(p.merged.values);
    return p;
  }
  if (world.rank() == 0) p.folder = RunFolder::open(arguments.run_dir);
  const RunFolder view = RunFolder::look(arguments.run_dir);
  p.merged = restart_config(arguments, view);
  // The dataset that the run began with: any grid can read it.
  p.spec = dataset_spec(p.merged.values);
  p.spec.dc_num_shards = view.config().dc_num_shards;
  p.spec.dc_shard_dims = view.config().dc_shard_dims;
  return p;
}

/// Rank 0 finds the checkpoint that can be read and sets bad ones aside; then the others read the same.
void load_everywhere(Prepared& p, const BenchmarkArguments& arguments, World& world) {
  const bool is_root = world.rank() == 0;
  bool complete = false;
  collective_try(world.all(), [&] {
    if (!is_root) return;
    const RunFolder view = RunFolder::look(arguments.run_dir);
    p.loaded = load_checkpoint(view.checkpoints(p.merged.values.checkpoint_dir));
    check_recorded_config(view, *p.loaded);
    complete = report_is_complete(view.path(), p.loaded->checkpoint);
  });
  const std::string file = broadcast(world.all(), is_root ? p.loaded->file.string() : "", 0);
  broadcast(world.all(), &complete, sizeof complete, 0);
  collective_try(world.all(), [&] {
    if (!is_root) p.loaded = LoadedCheckpoint{read_checkpoint(file), file};
    // Without a whole report the run goes on, by no epoch where none is left, and writes it.
    if (complete) p.nothing_to_do = already_finished(p.loaded->checkpoint, p.merged.values);
  });
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

int run_alone(Prepared& p, const DatasetInfo& dataset, Job& job, const RunPart& part) {
  if (p.folder)
    return RunSession(std::move(*p.folder), std::move(p.merged), dataset, std::move(p.loaded), job).run();
  RunFolder folder = RunFolder::create(p.merged, program_path().string());
  const fs::path path = folder.path();
  std::optional<RunSession> session;
  try {
    if (part.on_folder) part.on_folder(path);
    session.emplace(std::move(folder), std::move(p.merged), dataset, std::nullopt, job);
  } catch (...) {
    // Nothing was trained: leave no folder that looks like a run and cannot be resumed.
    std::error_code ignored;
    fs::remove_all(path, ignored);
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
      load_library(library_spec(config), static_cast<int>(config.n_categories));
    } catch (const DataError&) {
      there = false;
    }
  });
  broadcast(world.all(), &there, sizeof there, 0);
  if (there) return;
  search_library(config, cores, false, world);
}

}  // namespace

/// Up to training every phase is `collective_try`: an error of one rank is everybody's, and rank 0 says it.
int run_once(const BenchmarkArguments& arguments, const RunPart& part, Ranks& ranks) {
  World& world = ranks.world;
  bool& agreed = ranks.agreed;
  const auto in_step = [&](auto&& body) { collective_try(world.all(), body); };
  agreed = true;  // until training
  Prepared p;
  in_step([&] { p = prepare(arguments, world); });
  const Config& config = p.merged.values;
  check_same_everywhere(world, config);
  std::optional<at::Device> device;
  in_step([&] {
    device = select_device(config.device, world.local_rank(), world.local_size());
    ProcessGrid(world.size(), world.rank(), shards(config));
  });
  in_step([&] { check_same_device(world, *device); });
  agreed = world.size() == 1 || device->is_cpu();  // a GPU may fail on one rank alone
  ParallelContext team(world.all(), shards(config), *device);
  agreed = true;
  if (arguments.restart) {
    load_everywhere(p, arguments, world);
    if (p.nothing_to_do) return static_cast<int>(*p.nothing_to_do);
  }
  const int cores = part.cores > 0 ? part.cores : claim_cores(world.all());
  Job job{world, ranks.alarm, team, cores, arguments.trace, arguments.trace_steps};
  if (const std::string missing = missing_cores(job.cores); !missing.empty()) log::warning(missing);
  Library library;
  // What can go wrong later and be known now, before data is generated for hours.
  in_step([&] {
    const Plan plan = dataset_plan(config);
    check_split(config, plan);
    if (const auto note = bottleneck_note(config)) log::warning(*note);
    // A restarted run keeps its batch, on whatever number of replicas.
    const int replicas = team.grid().replicas();
    check_batch(config, plan,
                p.loaded ? p.loaded->checkpoint.global_batch
                         : config.local_batch_size * config.grad_accumulation_steps * replicas,
                replicas);
    check_shards_fit(std::int64_t{1} << config.problem_scale, team.grid().shards(),
                     config.problem_scale - config.unet_bottleneck_dim);
    check_training_memory(config, *device, team.grid().shards(), world.local_size());
    if (!arguments.restart) ensure_lockable_folder(config.base_run_dir);
    if (!config.stage_dir.empty()) ensure_lockable_folder(config.stage_dir);
    if (!arguments.trace.empty()) ensure_writable_folder(arguments.trace);
    if (part.on_checked) part.on_checked();
  });
  if (part.make_library) make_library(config, threads(config, job.cores), world);
  in_step([&] {
    library = load_library(library_spec(config), static_cast<int>(config.n_categories));
    const std::string made = hash(p.spec, library.categories);
    if (p.loaded && made != p.loaded->checkpoint.dataset_hash)
      throw DataError(cat("the run was trained on dataset ", p.loaded->checkpoint.dataset_hash,
                          ", but this library and configuration make dataset ", made));
  });
  const bool from_scratch = config.datagen_from_scratch && !arguments.restart;
  GenerationLimits how;
  how.ranks_here = world.local_size();
  how.voxels = device_voxels(*device);
  const DatasetInfo dataset =
      ensure_dataset(p.spec, library, threads(config, job.cores), from_scratch, how, world.all());
  std::optional<NodeCopy> staged;
  if (!config.stage_dir.empty())
    job.staged = &staged.emplace(dataset.folder, config.stage_dir, dataset_files, world.all());
  agreed = world.size() == 1;
  if (world.rank() == 0) return run_alone(p, dataset, job, part);
  return follow(config, dataset, std::move(p.loaded), job);
}

int on_agreeing_ranks(const std::function<int(Ranks& ranks)>& body) {
  World world(detect_launch());
  if (world.rank() != 0) log::set_level(log::Level::error);
  Alarm alarm(world.all().split(0, world.rank()),
              [&world](int rank, int code, const std::string& why) { end_job(world, rank, code, why); });
  Ranks ranks{world, alarm};
  try {
    const int code = body(ranks);
    alarm.close();
    return code;
  } catch (...) {
    // An error that all ranks know ends each of them in good order; rank 0 tells it (main). Otherwise the
    // others wait for this rank, and must be ended.
    if (world.size() == 1) throw;
    const auto [message, code] = describe_error(std::current_exception());
    if (!ranks.agreed) fail_alone(world, alarm, message, code);
    alarm.close();
    const bool is_root = world.rank() == 0;
    world.close();
    if (is_root) throw;
    return code;
  }
}

int run_benchmark(const BenchmarkArguments& arguments) {
  recycle_tensor_memory();
  if (arguments.restart && arguments.run_dir.empty())
    throw ConfigError("--restart needs --run-dir DIR: which run to resume is never guessed");
  if (!arguments.restart && !arguments.run_dir.empty())
    throw ConfigError("--run-dir names a run to resume; add --restart, or leave it out for a new run");
  return on_agreeing_ranks([&](Ranks& ranks) { return run_once(arguments, {}, ranks); });
}

}  // namespace scaffold

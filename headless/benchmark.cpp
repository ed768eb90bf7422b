// scaffold benchmark: dataset, warm-up, training to the target, report.
#include <CLI/CLI.hpp>
#include <cmath>
#include <iostream>
#include <memory>
#include <random>

#include "comm/launcher.hpp"
#include "commands.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "dataset/generate.hpp"
#include "model/device.hpp"
#include "model/flops.hpp"
#include "report/official.hpp"
#include "report/report_json.hpp"
#include "report/terminal_table.hpp"
#include "run_observer.hpp"
#include "train/run_folder.hpp"
#include "version.hpp"

namespace scaffold {
namespace {

struct BenchmarkArguments : ConfigArguments {
  bool restart = false;
  std::string run_dir;
};

void refuse_several_processes() {
  const Launch launch = detect_launch();
  if (launch.world > 1)
    throw ConfigError(cat(launch.launcher, " started ", launch.world,
                          " processes, but this version trains in one; start it without a launcher"));
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

struct LoadedCheckpoint {
  Checkpoint checkpoint;
  fs::path file;
};

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
      const fs::path aside = folder / cat("unreadable_", timestamp_name(), ".h5");
      log::warning(
          cat(error.what(), "; it is set aside as '", aside.filename().string(), "' and best.h5 is used"));
      publish(last, aside);
    }
    if (!fs::exists(best)) throw DataError(cat(error.what(), "; and there is no best.h5 to fall back on"));
  }
  return {read_checkpoint(best), best};
}

/// Epoch records up to the checkpoint: from the run's files, or, where a kill came between checkpoint and
/// table, from the checkpoint itself.
std::vector<EpochRecord> completed_epochs(const fs::path& run_dir, const Checkpoint& checkpoint) {
  const std::int64_t complete = checkpoint.state.epoch - 1;
  try {
    return restore_epochs(run_dir, complete);
  } catch (const DataError& error) {
    log::warning(cat(error.what(), "; the checkpoint's own copy is used"));
    return checkpoint.epochs;
  }
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

/// Exit code of a run that has nothing left to do; nothing otherwise. Its report is left as it is.
std::optional<ExitCode> already_finished(const Checkpoint& checkpoint, const Config& config) {
  if (checkpoint.state.step != 0 || checkpoint.epochs.empty()) return std::nullopt;
  if (checkpoint.epochs.back().val_dice >= config.target_dice) {
    log::info(cat("this run reached its target Dice ", shortest(config.target_dice), " after ",
                  checkpoint.epochs.size(), " epochs: nothing is left to do"));
    return ExitCode::ok;
  }
  if (config.epochs > 0 && checkpoint.state.epoch > config.epochs) {
    log::info(cat("this run has done its ", config.epochs, " epochs; raise --epochs to go on"));
    return ExitCode::target;
  }
  return std::nullopt;
}

/// A split that leaves nothing to train or validate on is refused before any data is made.
void check_split(const Config& config) {
  const DatasetSpec spec = dataset_spec(config);
  const Plan plan = make_plan({spec.seed, spec.n_categories, spec.n_instances_used_per_fractal,
                               spec.n_fracts_per_vol, spec.val_split});
  if (plan.training.empty() || plan.validation.empty())
    throw ConfigError(cat("val_split: ", config.val_split, " % of ", plan.volumes.size(), " volumes leaves ",
                          plan.training.size(), " to train and ", plan.validation.size(),
                          " to validate on; a run needs at least one of each"));
}

std::uint64_t fresh_seed() {
  std::random_device entropy;
  return ((std::uint64_t{entropy()} << 32) | entropy()) >> 1;  // fits the checkpoint's signed attribute
}

/// One sitting of a run: everything between an opened folder and its report.
class Sitting {
 public:
  Sitting(RunFolder folder, MergedConfig merged, const DatasetInfo& info,
          std::optional<LoadedCheckpoint> loaded)
      : folder_(std::move(folder)),
        merged_(std::move(merged)),
        config_(merged_.values),
        device_(select_device(config_.device)),
        reader_(info.folder) {
    record_.dataset = {info.folder.string(), info.hash, info.format,  info.volumes, info.training,
                       info.validation,      info.edge, info.classes, info.bytes,   info.generation_seconds};
    log::add_file((folder_.path() / "log.txt").string());
    prepare(std::move(loaded));
  }
  ~Sitting() { log::close_files(); }
  Sitting(const Sitting&) = delete;
  Sitting& operator=(const Sitting&) = delete;

  /// Warm-up, training, report. Whatever happens here, the run folder gets its report.
  int run() {
    std::string failure;
    ExitCode code = ExitCode::ok;
    const Stopwatch wall;
    try {
      train();
    } catch (const Error& error) {
      failure = error.what();
      code = error.code();
    } catch (const std::exception& error) {
      // Torch's own errors carry a stack trace behind the first line.
      failure = cat("training failed: ", split(error.what(), '\n').front());
      code = ExitCode::internal;
    }
    record_.wall_seconds = wall.seconds();
    if (!failure.empty()) {
      record_.status = RunStatus::failed;
      record_.message = failure;
      log::error(failure);
    }
    if (!finish() && code == ExitCode::ok) code = ExitCode::internal;
    if (code != ExitCode::ok) return static_cast<int>(code);
    if (record_.status == RunStatus::interrupted) return 128 + signal_;
    return static_cast<int>(record_.status == RunStatus::converged ? ExitCode::ok : ExitCode::target);
  }

 private:
  void prepare(std::optional<LoadedCheckpoint> loaded);
  void describe_run(std::uint64_t train_seed);
  void resume(LoadedCheckpoint& loaded, std::vector<EpochRecord> epochs);
  void train();
  void fill_result(const TrainResult& result);
  bool finish();
  OfficialInputs official_inputs() const;

  RunFolder folder_;
  MergedConfig merged_;
  const Config& config_;
  at::Device device_;
  DatasetReader reader_;
  std::optional<StatsCsv> stats_;
  std::optional<EventLog> events_;
  std::optional<RunObserver> observer_;
  std::optional<Trainer> trainer_;
  int signal_ = 0;
  RunRecord record_;
};

void Sitting::describe_run(std::uint64_t train_seed) {
  const UNetOptions network = network_options(config_, device_);
  record_.run_dir = folder_.path().string();
  record_.job_name = config_.job_name;
  record_.started_utc = timestamp_utc();
  record_.version = version();
  record_.commit = commit();
  record_.target_dice = config_.target_dice;
  record_.global_batch = config_.local_batch_size;
  record_.flops_forward = forward_flops(network, record_.dataset.edge);
  record_.flops_per_step =
      training_flops(network, record_.dataset.edge) * static_cast<double>(record_.global_batch);
  record_.parameters = parameter_count(network);
  record_.train_seed = train_seed;
  record_.device = device_.is_cpu() ? "cpu" : "cuda: " + describe_device(device_).name;
  record_.precision = describe(network.precision, config_.torch_amp);
  record_.threads = threads(config_);
  record_.machine = describe_machine();
  record_.software = software();
  record_.config = entries(merged_);
}

/// Everything that can fail before training, so that a restart that cannot be does not touch the earlier
/// report.
void Sitting::prepare(std::optional<LoadedCheckpoint> loaded) {
  TrainerOptions options;
  options.config = config_;
  options.config_yaml = to_yaml(merged_);
  options.commit = commit();
  options.device = device_;
  options.threads = threads(config_);
  options.train_seed = loaded                    ? loaded->checkpoint.state.train_seed
                       : config_.train_seed >= 0 ? static_cast<std::uint64_t>(config_.train_seed)
                                                 : fresh_seed();
  options.checkpoint_folder = folder_.checkpoints(config_.checkpoint_dir);
  describe_run(options.train_seed);
  std::vector<EpochRecord> epochs;
  const fs::path table = folder_.path() / "train_stats.csv";
  if (loaded) {
    epochs = completed_epochs(folder_.path(), loaded->checkpoint);
    write_atomic(table, stats_text(epochs));
  }
  stats_.emplace(table);
  events_.emplace(folder_.path() / "events.jsonl");
  observer_.emplace(*stats_, *events_, config_, static_cast<std::int64_t>(reader_.validation().size()));
  trainer_.emplace(options, reader_, *observer_);
  record_.steps_per_epoch = trainer_->steps_per_epoch();
  if (loaded) resume(*loaded, std::move(epochs));
}

void Sitting::resume(LoadedCheckpoint& loaded, std::vector<EpochRecord> epochs) {
  const auto complete = static_cast<std::int64_t>(epochs.size());
  ++loaded.checkpoint.state.restarts;
  trainer_->resume(loaded.checkpoint, loaded.file, std::move(epochs));
  record_.restarts = trainer_->state().restarts;
  events_->restart(complete, loaded.file.string());
  log::info(cat("continues after ", complete, " epochs and ", loaded.checkpoint.state.step, " steps, from '",
                loaded.file.string(), "'"));
}

void Sitting::train() {
  events_->run_start(record_);
  log::info(cat("run folder: ", folder_.path().string()));
  log::info(cat("training on ", record_.device, ", ", record_.threads, " threads, ", record_.precision, ", ",
                human_count(static_cast<double>(record_.parameters)), " parameters, ",
                reader_.training().size(), " training and ", reader_.validation().size(),
                " validation volumes of ", record_.dataset.edge, "^3"));
  const Stopwatch warmup;
  trainer_->warm_up();
  record_.warmup_seconds = warmup.seconds();
  fill_result(trainer_->run());
}

void Sitting::fill_result(const TrainResult& result) {
  record_.status = result.status;
  signal_ = result.signal;
  const auto n = trainer_->epochs().size();
  const std::string done = cat(n, n == 1 ? " epoch" : " epochs");
  switch (result.status) {
    case RunStatus::converged:
      record_.message = cat("validation Dice reached the target after ", done);
      break;
    case RunStatus::epochs_exhausted:
      record_.message = cat("stopped after ", done, " as `epochs` says");
      break;
    default:
      record_.message =
          cat("interrupted by signal ", signal_, " after ", done,
              result.checkpoint_saved ? "; continue with " + (folder_.path() / "restart.sh").string()
                                      : "; its checkpoint could not be written");
      observer_->on_signal(signal_, result.checkpoint_saved);
  }
}

/// Writes the report and prints the table, which also a full disk must not keep back. Whether the report was
/// written.
bool Sitting::finish() {
  record_.epochs = trainer_->epochs();
  record_.step_seconds = trainer_->step_seconds();
  record_.peak_memory_bytes = peak_memory(device_);
  record_.best_val_dice = std::nan("");
  for (const auto& epoch : record_.epochs) {
    if (!(epoch.val_dice <= record_.best_val_dice)) {
      record_.best_val_dice = epoch.val_dice;
      record_.best_epoch = epoch.epoch;
    }
    record_.fom_seconds += epoch.epoch_duration;
  }
  record_.reasons = unofficial_reasons(official_inputs());
  const auto try_write = [](auto&& write) {
    try {
      write();
      return true;
    } catch (const std::exception& error) {
      log::error(error.what());
      return false;
    }
  };
  try_write([&] { events_->run_end(record_.status, record_.message); });
  const bool written = try_write([&] { write_report(folder_.path(), record_); });
  std::cout << terminal_table(record_) << std::flush;
  return written;
}

OfficialInputs Sitting::official_inputs() const {
  OfficialInputs inputs;
  inputs.problem_scale = config_.problem_scale;
  inputs.n_categories = config_.n_categories;
  inputs.n_instances_used_per_fractal = config_.n_instances_used_per_fractal;
  inputs.n_fracts_per_vol = config_.n_fracts_per_vol;
  inputs.val_split = static_cast<double>(config_.val_split);
  inputs.seed = config_.seed;
  inputs.variance_threshold = config_.variance_threshold;
  inputs.normalize = config_.normalize;
  inputs.unet_bottleneck_dim = config_.unet_bottleneck_dim;
  inputs.group_norm_groups = config_.group_norm_groups;
  inputs.ce_weight_sample_fraction = config_.ce_weight_sample_fraction;
  inputs.target_dice = config_.target_dice;
  inputs.train_seed_fixed = config_.train_seed >= 0;
  inputs.compact_dataset = config_.dataset_format == "compact";
  inputs.status = record_.status;
  inputs.restarts = record_.restarts;
  return inputs;
}

int benchmark(const BenchmarkArguments& arguments) {
  refuse_several_processes();
  if (arguments.restart && arguments.run_dir.empty())
    throw ConfigError("--restart needs --run-dir DIR: which run to resume is never guessed");
  if (!arguments.restart && !arguments.run_dir.empty())
    throw ConfigError("--run-dir names a run to resume; add --restart, or leave it out for a new run");

  std::optional<RunFolder> folder;
  std::optional<LoadedCheckpoint> loaded;
  MergedConfig merged;
  if (arguments.restart) {
    folder = RunFolder::open(arguments.run_dir);
    merged = restart_config(arguments, *folder);
    loaded = load_checkpoint(folder->checkpoints(merged.values.checkpoint_dir));
    check_recorded_config(*folder, *loaded);
    if (const auto code = already_finished(loaded->checkpoint, merged.values)) return static_cast<int>(*code);
  } else {
    merged = merge_config(arguments.files, arguments.overrides);
    if (!merged.values.train_from_scratch)
      log::warning("train_from_scratch: 0 has no effect; `--restart --run-dir DIR` resumes a run");
  }
  const Config& config = merged.values;
  const DatasetSpec spec = dataset_spec(config);
  if (spec.layout().count() != 1)
    throw ConfigError(cat("dc_num_shards: ", spec.layout().count(),
                          " shards need as many processes, and this is one; use [1, 1, 1]"));
  // What can go wrong later and be known now, before data is generated for hours.
  check_split(config);
  check_training_memory(config, select_device(config.device));
  if (!folder) ensure_writable_folder(config.base_run_dir);
  const Library library = load_library(library_spec(config), static_cast<int>(config.n_categories));
  if (loaded && hash(spec, library.categories) != loaded->checkpoint.dataset_hash)
    throw DataError(cat("the run was trained on dataset ", loaded->checkpoint.dataset_hash,
                        ", but this library and configuration make dataset ",
                        hash(spec, library.categories)));
  const bool from_scratch = config.datagen_from_scratch && !arguments.restart;
  const DatasetInfo dataset = ensure_dataset(spec, library, threads(config), from_scratch);
  if (folder) return Sitting(std::move(*folder), std::move(merged), dataset, std::move(loaded)).run();

  folder = RunFolder::create(merged, fs::read_symlink("/proc/self/exe").string());
  const fs::path path = folder->path();
  std::optional<Sitting> sitting;
  try {
    sitting.emplace(std::move(*folder), std::move(merged), dataset, std::nullopt);
  } catch (...) {
    // Nothing was trained: leave no folder that looks like a run and cannot be resumed.
    std::error_code ignored;
    fs::remove_all(path, ignored);
    throw;
  }
  return sitting->run();
}

}  // namespace

void register_benchmark(CLI::App& app, Action& action) {
  auto* command = app.add_subcommand("benchmark", "Train to the target and report the figure of merit");
  auto arguments = std::make_shared<BenchmarkArguments>();
  command->add_flag("--restart", arguments->restart, "Resume the run in --run-dir from its last checkpoint");
  command->add_option("--run-dir", arguments->run_dir, "Run folder to resume");
  add_config_options(*command, arguments->files, arguments->overrides);
  command->footer(
      "Examples: scaffold benchmark -c configs/quickstart.yml\n"
      "          scaffold benchmark -c configs/benchmark_default.yml --problem-scale 6 --checkpoint-interval "
      "1\n"
      "          scaffold benchmark --restart --run-dir benchmark_runs/benchmark_20261121-101500");
  command->callback([=, &action] { action = [=] { return benchmark(*arguments); }; });
}

}  // namespace scaffold

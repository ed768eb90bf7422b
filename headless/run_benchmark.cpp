// scaffold benchmark: dataset, warm-up, training to the target, report.
#include "comm/launcher.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "model/device.hpp"
#include "sitting.hpp"
#include "torch_commands.hpp"

namespace scaffold {
namespace {

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

}  // namespace

int run_benchmark(const BenchmarkArguments& arguments) {
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

  folder = RunFolder::create(merged, program_path().string());
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

}  // namespace scaffold

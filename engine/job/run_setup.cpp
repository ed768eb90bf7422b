#include "job/run_setup.hpp"

#include "config/arguments.hpp"
#include "core/clock.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "run/report_json.hpp"

namespace scaffold {
namespace {

/// A resumed run's configuration: the recorded one, with what may change taken from files and command line.
MergedConfig restart_config(const BenchmarkArguments& arguments, const RunFolder& folder) {
  std::vector<fs::path> files{folder.path() / "config.yaml"};
  files.insert(files.end(), arguments.files.begin(), arguments.files.end());
  const Config recorded = folder.config();
  MergedConfig merged = merge_config(files, arguments.overrides);
  std::string forbidden;
  for (const auto& key : differing_keys(recorded, merged.values))
    if (!may_change_on_restart(key, recorded.workload))
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
      if (!may_change_on_restart(key, trained.workload)) differing += (differing.empty() ? "" : ", ") + key;
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
  const EpochRecord& last = checkpoint.epochs.back();
  if (checkpoint.state.step == 0 && last.score_info().reaches(last.score(), config.target)) {
    log::info(cat("this run reached its target ", last.score_info().label, " ", shortest(config.target),
                  " after ", checkpoint.epochs.size(), checkpoint.epochs.size() == 1 ? " epoch" : " epochs",
                  ": nothing is left to do"));
    return ExitCode::ok;
  }
  if (config.epochs > 0 && checkpoint.state.epoch > config.epochs) {
    log::info(cat("this run has done ", checkpoint.epochs.size(),
                  checkpoint.epochs.size() == 1 ? " epoch of " : " epochs of ", config.epochs,
                  "; raise --epochs to go on"));
    return ExitCode::target;
  }
  return std::nullopt;
}

}  // namespace

RunSetup set_up_run(const BenchmarkArguments& arguments, const Communicator& ranks) {
  RunSetup p;
  if (!arguments.restart) {
    p.merged = merge_config(arguments.files, arguments.overrides);
    if (!p.merged.values.train_from_scratch)
      log::warning(
          "train_from_scratch: 0 resumes nothing here (`--restart --run-dir DIR` does), and makes the "
          "run unofficial");
    p.dataset = p.merged.values;
    return p;
  }
  if (ranks.rank() == 0) p.folder = RunFolder::open(arguments.run_dir);
  const RunFolder view = RunFolder::look(arguments.run_dir);
  p.merged = restart_config(arguments, view);
  // The dataset that the run began with: any grid can read it.
  p.dataset = p.merged.values;
  p.dataset.dc_num_shards = view.config().dc_num_shards;
  p.dataset.dc_shard_dims = view.config().dc_shard_dims;
  return p;
}

void load_everywhere(RunSetup& setup, const BenchmarkArguments& arguments, Communicator& ranks) {
  RunSetup& p = setup;
  const bool is_root = ranks.rank() == 0;
  bool complete = false;
  collective_try(ranks, [&] {
    if (!is_root) return;
    const RunFolder view = RunFolder::look(arguments.run_dir);
    p.loaded = load_checkpoint(view.checkpoints(p.merged.values.checkpoint_dir));
    check_recorded_config(view, *p.loaded);
    complete = report_is_complete(view.path(), p.loaded->checkpoint);
  });
  const std::string file = broadcast(ranks, is_root ? p.loaded->file.string() : "", 0);
  broadcast(ranks, &complete, sizeof complete, 0);
  collective_try(ranks, [&] {
    if (!is_root) p.loaded = LoadedCheckpoint{read_checkpoint(file), file};
    // Without a whole report the run goes on, by no epoch where none is left, and writes it.
    if (complete) p.nothing_to_do = already_finished(p.loaded->checkpoint, p.merged.values);
  });
}

}  // namespace scaffold

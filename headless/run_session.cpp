#include "run_session.hpp"

#include <algorithm>
#include <cmath>
#include <iostream>
#include <random>

#include "comm/launcher.hpp"
#include "common.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "fractal_unet/network/flops.hpp"
#include "fractal_unet/network/kernels_used.hpp"
#include "job/trace.hpp"
#include "report/terminal_table.hpp"
#include "run/digests.hpp"
#include "version.hpp"

namespace scaffold {
namespace {

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

std::uint64_t fresh_seed() {
  std::random_device entropy;
  return ((std::uint64_t{entropy()} << 32) | entropy()) >> 1;  // fits the checkpoint's signed attribute
}

/// More threads than cores only wait for each other.
int training_threads(const Config& config, const Job& job) {
  return std::min(threads(config, job.cores), job.cores);
}

/// " a rank, 4 ranks = 2 replicas x 2 shards (2 x 1 x 1)", or nothing for one rank.
std::string ranks_text(const ProcessGrid& grid) {
  if (grid.world() == 1) return "";
  const Extent3& s = grid.shards();
  return cat(" a rank, ", grid.world(), " ranks = ", grid.replicas(),
             grid.replicas() == 1 ? " replica" : " replicas", " x ", grid.shard_count(),
             grid.shard_count() == 1 ? " shard" : cat(" shards (", s[0], " x ", s[1], " x ", s[2], ")"));
}

}  // namespace

JobWatchdog::JobWatchdog(Job& job, double timeout) {
  if (job.team.single_rank()) return;
  WatchdogOptions options;
  options.timeout = timeout;
  if (timeout > 0) options.beat = std::clamp(timeout / 10, 0.05, 1.0);
  options.hosts = all_gather(job.world.all(), describe_machine().host);
  World& world = job.world;
  options.collectives = [&world] { return world.collectives(); };
  options.on_stall = [&world](const std::string& why) {
    log::error(cat(why, "; the whole job ends. stall_timeout sets how long is too long"));
    world.abort(static_cast<int>(ExitCode::internal));
  };
  comm_ = world.all().split(0, world.rank());
  dog_.emplace(*comm_, std::move(options));
}

RunSession::RunSession(RunFolder folder, MergedConfig merged, const DatasetInfo& info,
                       std::optional<LoadedCheckpoint> loaded, Job& job)
    : job_(job),
      folder_(std::move(folder)),
      merged_(std::move(merged)),
      config_(merged_.values),
      device_(select_device(config_.device, job.world.local_rank())),
      reader_(job.staged ? job.staged->folder() : info.folder, config_.direct_io) {
  record_.dataset = {info.folder.string(), info.hash, info.format,  info.volumes, info.training,
                     info.validation,      info.edge, info.classes, info.bytes,   info.generation_seconds};
  if (job.staged) record_.staging_seconds = job.staged->seconds();
  log::add_file((folder_.path() / "log.txt").string());
  prepare(std::move(loaded));
}
RunSession::~RunSession() { log::close_files(); }

int RunSession::run() {
  std::string failure;
  ExitCode code = ExitCode::ok;
  const Stopwatch wall;
  suspension_.emplace([this](double seconds) { observer_->on_suspension(seconds); });
  try {
    train();
  } catch (const Error& error) {
    failure = error.what();
    code = error.code();
  } catch (...) {
    failure = cat("training failed: ", describe_error(std::current_exception()).first);
    code = ExitCode::internal;
  }
  record_.wall_seconds = wall.seconds();
  record_.suspended_seconds = suspension_->seconds();
  suspension_.reset();
  watchdog_.reset();
  // The clocks have stopped and memory is measured: what follows is in no figure.
  if (failure.empty() && record_.status == RunStatus::converged) trainer_->keep_final();
  if (!failure.empty()) {
    record_.status = RunStatus::failed;
    record_.message = failure;
    log::error(failure);
  }
  // Not finite is so on every rank; anything else may be this rank's alone, and the others wait for it.
  const bool agreed = failure.empty() || code == ExitCode::numerical;
  if (!agreed && !job_.team.single_rank()) {
    job_.alarm.claim();  // the report first
    finish();
    fail_alone(job_.world, job_.alarm, failure, static_cast<int>(code));
  }
  if (!finish() && code == ExitCode::ok) code = ExitCode::internal;
  if (code != ExitCode::ok) return static_cast<int>(code);
  if (record_.status == RunStatus::interrupted && signal_ != 0) return 128 + signal_;
  return static_cast<int>(record_.status == RunStatus::converged ? ExitCode::ok : ExitCode::target);
}

void RunSession::describe_run(std::uint64_t train_seed) {
  const UNetOptions network = network_options(config_, device_);
  record_.run_dir = folder_.path().string();
  record_.job_name = config_.job_name;
  record_.started_utc = timestamp_utc();
  record_.version = version();
  record_.commit = commit();
  record_.target_dice = config_.target_dice;
  record_.flops_forward = forward_flops(network, record_.dataset.edge);
  record_.parameters = parameter_count(network);
  record_.train_seed = train_seed;
  record_.device = device_.is_cpu() ? "cpu" : "cuda: " + describe_device(device_).name;
  record_.precision = describe(network.precision, config_.torch_amp);
  record_.threads = training_threads(config_, job_);
  record_.ranks = job_.team.grid().world();
  record_.shards = job_.team.grid().shards();
  record_.background_dice = background_dice(dataset_plan(config_), static_cast<int>(config_.n_categories));
  record_.machine = describe_machine();
  record_.deadline = job_end_time();
  record_.software = software();
  record_.config = entries(merged_);
}

/// Everything that can fail before training, so that a restart that cannot be does not touch the earlier
/// report.
void RunSession::prepare(std::optional<LoadedCheckpoint> loaded) {
  TrainerOptions options;
  options.config = config_;
  options.config_yaml = to_yaml(merged_);
  options.commit = commit();
  options.device = device_;
  options.threads = training_threads(config_, job_);
  options.train_seed = loaded                    ? loaded->checkpoint.state.train_seed
                       : config_.train_seed >= 0 ? static_cast<std::uint64_t>(config_.train_seed)
                                                 : fresh_seed();
  broadcast(job_.team.control(), &options.train_seed, sizeof options.train_seed, 0);
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
  publisher_ = publish_run(config_, to_yaml(merged_), folder_,
                           loaded ? loaded->checkpoint.state.epoch - 1 : std::int64_t{0});
  observer_.emplace(*stats_, *events_, config_, publisher_.get());
  watchdog_.emplace(job_, config_.stall_timeout);
  options.watchdog = watchdog_->get();
  options.keep = snapshot_options(config_, publisher_.get());
  broadcast(job_.team.control(), &options.keep.on, sizeof options.keep.on, 0);
  if (publisher_) listen(job_.team, *publisher_);
  record_.base_memory_bytes = device_.is_cpu() ? resident_memory() : 0;
  trainer_.emplace(options, reader_, *observer_, job_.team);
  if (loaded) resume(*loaded, std::move(epochs));
  record_.kernels = layer_kernels();
  record_.steps_per_epoch = trainer_->steps_per_epoch();
  record_.validation_samples = trainer_->validation_samples();
  record_.global_batch = trainer_->global_batch();
  record_.flops_per_step = training_flops(network_options(config_, device_), record_.dataset.edge) *
                           static_cast<double>(record_.global_batch);
}

/// Which kernel each kind of layer uses on this rank.
std::vector<std::pair<std::string, std::string>> RunSession::layer_kernels() {
  const Extent3& shards = job_.team.grid().shards();
  Extent3 block{};
  for (int axis = 0; axis < 3; ++axis) block[axis] = record_.dataset.edge / shards[axis];
  auto kernels =
      kernels_used(network_options(config_, device_), device_, block, job_.team.grid().shard_count() > 1);
  kernels.emplace_back("Optimizer", trainer_->optimizer().kernel());
  return kernels;
}

void RunSession::resume(LoadedCheckpoint& loaded, std::vector<EpochRecord> epochs) {
  const auto complete = static_cast<std::int64_t>(epochs.size());
  ++loaded.checkpoint.state.restarts;
  trainer_->resume(loaded.checkpoint, loaded.file, std::move(epochs));
  record_.restarts = trainer_->state().restarts;
  events_->restart(complete, loaded.file.string());
  log::info(cat("continues after ", complete, complete == 1 ? " epoch and " : " epochs and ",
                loaded.checkpoint.state.step, " steps, from '", loaded.file.string(), "'"));
}

void RunSession::train() {
  std::error_code ignored;
  fs::remove(folder_.path() / digests_file, ignored);  // of the sitting before, whose records grow now
  events_->run_start(record_);
  if (publisher_) publisher_->notify();
  log::info(cat("run folder: ", folder_.path().string()));
  if (publisher_) announce(*publisher_, config_, folder_);
  log::info(cat("training on ", record_.device, ", ", record_.threads,
                record_.threads == 1 ? " thread" : " threads", ranks_text(job_.team.grid()), ", ",
                record_.precision, ", ", human_count(static_cast<double>(record_.parameters)),
                " parameters, ", reader_.training().size(), " training and ", reader_.validation().size(),
                " validation volumes of ", record_.dataset.edge, "^3"));
  const Stopwatch warmup;
  trainer_->warm_up();
  record_.warmup_seconds = warmup.seconds();
  if (!job_.trace.empty()) {
    trainer_->trace(job_.trace, job_.trace_steps);
    log::info(cat("trace: ", trace_file(job_.trace, 0).string(), " (chrome://tracing, ui.perfetto.dev)"));
  }
  const TrainResult result = trainer_->run();
  record_.peak_memory_bytes = peak_memory(device_);
  fill_result(result);
}

void RunSession::fill_result(const TrainResult& result) {
  record_.status = result.status;
  signal_ = result.signal;
  const auto n = trainer_->epochs().size();
  const fs::path script = folder_.path() / "restart.sh";
  const bool whole = fs::exists(script) && is_run_folder(folder_.path());
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
          cat(result.commanded ? "stopped by a watcher's order" : cat("interrupted by signal ", signal_),
              " after ", done,
              !result.checkpoint_saved ? "; its checkpoint could not be written"
              : whole                  ? "; continue with " + script.string()
                                       : "; its run folder was deleted meanwhile, so it cannot be continued");
      if (!result.commanded) observer_->on_signal(signal_, result.checkpoint_saved);
  }
}

/// Writes the report and prints the table, which also a full disk must not keep back. Whether the report was
/// written.
bool RunSession::finish() {
  record_.epochs = trainer_->epochs();
  record_.step_seconds = trainer_->step_seconds();
  if (record_.peak_memory_bytes == 0) record_.peak_memory_bytes = peak_memory(device_);
  record_.best_val_dice = std::nan("");
  for (const auto& epoch : record_.epochs) {
    if (!(epoch.val_dice <= record_.best_val_dice)) {
      record_.best_val_dice = epoch.val_dice;
      record_.best_epoch = epoch.epoch;
    }
  }
  record_.observed = observed(config_, publisher_.get(), observer_->orders());
  record_.reasons = unofficial_reasons(
      config_, {record_.status, record_.restarts, static_cast<std::int64_t>(record_.observed.orders.size())});
  const auto try_write = [](auto&& write) {
    try {
      write();
      return true;
    } catch (const std::exception& error) {
      log::error(error.what());
      return false;
    }
  };
  try_write([&] {
    events_->report(record_);
    events_->run_end(record_.status, record_.message);
  });
  if (publisher_) publisher_->notify();
  const bool written = try_write([&] { write_report(folder_.path(), record_); });
  if (written)
    try_write([&] {
      const fs::path& run_dir = folder_.path();
      write_digests(run_dir, run_records(run_dir, folder_.checkpoints(config_.checkpoint_dir)));
    });
  std::cout << terminal_table(record_) << std::flush;
  return written;
}

int follow(const Config& config, const DatasetInfo& info, std::optional<LoadedCheckpoint> loaded, Job& job) {
  try {
    const DatasetReader reader(job.staged ? job.staged->folder() : info.folder, config.direct_io);
    TrainObserver nobody;
    TrainerOptions options;
    options.config = config;
    options.device = select_device(config.device, job.world.local_rank());
    options.threads = training_threads(config, job);
    broadcast(job.team.control(), &options.train_seed, sizeof options.train_seed, 0);
    JobWatchdog watchdog(job, config.stall_timeout);
    options.watchdog = watchdog.get();
    options.keep = snapshot_options(config, nullptr);
    broadcast(job.team.control(), &options.keep.on, sizeof options.keep.on, 0);  // rank 0 knows
    Trainer trainer(options, reader, nobody, job.team);
    if (loaded) {
      ++loaded->checkpoint.state.restarts;
      trainer.resume(loaded->checkpoint, loaded->file, loaded->checkpoint.epochs);
    }
    trainer.warm_up();
    if (!job.trace.empty()) trainer.trace(job.trace, job.trace_steps);
    const TrainResult result = trainer.run();
    if (result.status == RunStatus::interrupted && !result.commanded) return 128 + result.signal;
    return static_cast<int>(result.status == RunStatus::converged ? ExitCode::ok : ExitCode::target);
  } catch (const NumericalError&) {  // on every rank alike: rank 0 says so
    return static_cast<int>(ExitCode::numerical);
  } catch (...) {
    const auto [message, code] = describe_error(std::current_exception());
    fail_alone(job.world, job.alarm, message, code);
  }
}

void fail_alone(World& world, Alarm& alarm, const std::string& message, int code) {
  if (world.size() == 1) {
    log::error(message);
    world.abort(code);
  }
  const std::string why = cat(describe_machine().host, ": ", message);
  alarm.raise(code, why);
  end_job(world, world.rank(), code, why);  // rank 0 does not answer
}

void end_job(World& world, int rank, int code, const std::string& why) {
  log::error(cat("rank ", rank, " of ", world.size(), " on ", why, "; the whole job ends"));
  world.abort(code);
}

}  // namespace scaffold

#include "job/run_recorder.hpp"

#include <cmath>
#include <iostream>

#include "comm/launcher.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/device.hpp"
#include "job/run_monitor.hpp"
#include "job/software.hpp"
#include "nn/precision.hpp"
#include "report/terminal_table.hpp"
#include "report/write_report.hpp"
#include "run/digests.hpp"
#include "run/official.hpp"

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

/// " a rank, 4 ranks = 2 replicas x 2 shards (2 x 1 x 1)", or nothing for one rank.
std::string ranks_text(const ProcessGrid& grid) {
  if (grid.world() == 1) return "";
  const Extent3& s = grid.shards();
  return cat(" a rank, ", grid.world(), " ranks = ", grid.replicas(),
             grid.replicas() == 1 ? " replica" : " replicas", " x ", grid.shard_count(),
             grid.shard_count() == 1 ? " shard" : cat(" shards (", s[0], " x ", s[1], " x ", s[2], ")"));
}

}  // namespace

RunRecorder::RunRecorder(RunFolder folder, MergedConfig merged, const DatasetInfo& info, const Job& job)
    : job_(job),
      folder_(std::move(folder)),
      merged_(std::move(merged)),
      config_(merged_.values),
      device_(select_device(config_.device, job.world.local_rank())) {
  record_.dataset = info;
  record_.metrics = &workload_of(config_).metrics();
  if (job.staged) record_.staging_seconds = job.staged->seconds();
  log::add_file((folder_.path() / "log.txt").string());
}
RunRecorder::~RunRecorder() { log::close_files(); }

void RunRecorder::describe_run(std::uint64_t train_seed) {
  const Task& task = task_of(config_);
  record_.run_dir = folder_.path().string();
  record_.job_name = config_.job_name;
  record_.started_utc = timestamp_utc();
  record_.version = version();
  record_.commit = commit();
  record_.target = config_.target;
  record_.flops_forward = task.operations(config_).forward;
  record_.parameters = parameter_count(task.parameter_shapes(task.sizes(config_)));
  record_.train_seed = train_seed;
  record_.device = device_.is_cpu() ? "cpu" : "cuda: " + describe_device(device_).name;
  record_.precision = scaffold::describe(resolve_precision(config_.torch_amp, device_), config_.torch_amp);
  record_.threads = job_.training_threads(config_);
  record_.ranks = job_.parallel.grid().world();
  record_.shards = job_.parallel.grid().shards();
  record_.trivial_score = task.trivial_score(config_);
  record_.machine = describe_machine();
  record_.deadline = job_end_time();
  record_.software = software();
  record_.config = entries(merged_);
}

void RunRecorder::open(const std::optional<LoadedCheckpoint>& loaded, std::uint64_t train_seed,
                       std::vector<EpochRecord>& epochs) {
  describe_run(train_seed);
  const fs::path table = folder_.path() / "train_stats.csv";
  if (loaded) {
    epochs = completed_epochs(folder_.path(), loaded->checkpoint);
    write_atomic(table, stats_text(epochs, *record_.metrics));
  }
  stats_.emplace(table, *record_.metrics);
  events_.emplace(folder_.path() / "events.jsonl");
  publisher_ = publish_run(config_, to_yaml(merged_), folder_,
                           loaded ? loaded->checkpoint.state.epoch - 1 : std::int64_t{0});
  observer_.emplace(*stats_, *events_, config_, publisher_.get());
  record_.base_memory_bytes = device_.is_cpu() ? resident_memory() : 0;
}

void RunRecorder::describe(Trainer& trainer, const std::optional<LoadedCheckpoint>& loaded) {
  if (loaded) {
    const auto complete = static_cast<std::int64_t>(trainer.epochs().size());
    record_.restarts = trainer.state().restarts;
    events_->restart(complete, loaded->file.string());
    log::info(cat("continues after ", complete, complete == 1 ? " epoch and " : " epochs and ",
                  loaded->checkpoint.state.step, " steps, from '", loaded->file.string(), "'"));
  }
  record_.kernels = layer_kernels(trainer);
  record_.steps_per_epoch = trainer.steps_per_epoch();
  record_.validation_samples = trainer.validation_samples();
  record_.global_batch = trainer.global_batch();
  record_.flops_per_step =
      task_of(config_).operations(config_).training * static_cast<double>(record_.global_batch);
}

/// Which kernel each kind of layer uses on this rank.
std::vector<std::pair<std::string, std::string>> RunRecorder::layer_kernels(Trainer& trainer) const {
  auto kernels = task_of(config_).kernels(config_, device_, job_.parallel.grid().shards());
  kernels.emplace_back("Optimizer", trainer.optimizer().kernel());
  return kernels;
}

void RunRecorder::start_clock() {
  wall_.emplace();
  suspension_.emplace([this](double seconds) { observer_->on_suspension(seconds); });
}

void RunRecorder::stop_clock() {
  record_.wall_seconds = wall_->seconds();
  record_.suspended_seconds = suspension_->seconds();
  suspension_.reset();
}

void RunRecorder::start(const SampleReader& dataset) {
  std::error_code ignored;
  fs::remove(folder_.path() / digests_file, ignored);  // of the session before, whose records grow now
  events_->run_start(record_);
  if (publisher_) publisher_->notify();
  log::info(cat("run folder: ", folder_.path().string()));
  if (publisher_) announce(*publisher_, config_, folder_);
  log::info(cat("training on ", record_.device, ", ", record_.threads,
                record_.threads == 1 ? " thread" : " threads", ranks_text(job_.parallel.grid()), ", ",
                record_.precision, ", ", human_count(static_cast<double>(record_.parameters)),
                " parameters, ", dataset.training().size(), " training and ", dataset.validation().size(),
                " validation samples of ", extents_text(dataset.extents())));
}

void RunRecorder::trained(const TrainResult& result, const Trainer& trainer) {
  record_.peak_memory_bytes = peak_memory(device_);
  record_.status = result.status;
  const auto n = trainer.epochs().size();
  const std::string done = cat(n, n == 1 ? " epoch" : " epochs");
  switch (result.status) {
    case RunStatus::converged:
      record_.message =
          cat(workload_named(config_.workload).metrics().front().title(), " reached the target after ", done);
      break;
    case RunStatus::epochs_exhausted:
      record_.message = cat("stopped after ", done, " as `epochs` says");
      break;
    default:
      record_.message = interruption(result, done);
      if (!result.commanded) observer_->on_signal(result.signal, result.checkpoint_saved);
  }
}

std::string RunRecorder::interruption(const TrainResult& result, const std::string& done) const {
  const fs::path script = folder_.path() / "restart.sh";
  const bool whole = fs::exists(script) && is_run_folder(folder_.path());
  return cat(result.commanded ? "stopped by a watcher's order" : cat("interrupted by signal ", result.signal),
             " after ", done,
             !result.checkpoint_saved ? "; its checkpoint could not be written"
             : whole                  ? "; continue with " + script.string()
                                      : "; its run folder was deleted meanwhile, so it cannot be continued");
}

void RunRecorder::fail(const std::string& why) {
  record_.status = RunStatus::failed;
  record_.message = why;
  log::error(why);
}

bool RunRecorder::finish(const Trainer& trainer) {
  record_.epochs = trainer.epochs();
  record_.step_seconds = trainer.step_seconds();
  if (record_.peak_memory_bytes == 0) record_.peak_memory_bytes = peak_memory(device_);
  record_.best_score = std::nan("");
  for (const auto& epoch : record_.epochs) {
    if (epoch.score_info().better(epoch.score(), record_.best_score)) {
      record_.best_score = epoch.score();
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

}  // namespace scaffold

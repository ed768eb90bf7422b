#include "job/run_session.hpp"

#include <algorithm>
#include <random>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/device.hpp"
#include "job/job_ranks.hpp"
#include "job/run_monitor.hpp"
#include "job/trace.hpp"

namespace scaffold {
namespace {

std::uint64_t fresh_seed() {
  std::random_device entropy;
  return ((std::uint64_t{entropy()} << 32) | entropy()) >> 1;  // fits the checkpoint's signed attribute
}

/// Rank 0's value, on every rank.
template <class T>
void agree_on(ParallelContext& parallel, T& value) {
  broadcast(parallel.control(), &value, sizeof value, 0);
}

}  // namespace

JobWatchdog::JobWatchdog(World& world, double timeout) {
  if (world.size() == 1) return;
  WatchdogOptions options;
  options.timeout = timeout;
  if (timeout > 0) options.beat = std::clamp(timeout / 10, 0.05, 1.0);
  options.hosts = all_gather(world.all(), describe_machine().host);
  options.collectives = [&world] { return world.collectives(); };
  options.on_stall = [&world](const std::string& why) {
    log::error(cat(why, "; the whole job ends. stall_timeout sets how long is too long"));
    world.abort(static_cast<int>(ExitCode::internal));
  };
  comm_ = world.all().split(0, world.rank());
  dog_.emplace(*comm_, std::move(options));
}

JobWatchdog::~JobWatchdog() {
  dog_.reset();
  if (comm_) never_free(std::move(comm_));  // ranks do not end at once, and the last beats are not waited for
}

RunSession::RunSession(const Job& job, const MergedConfig& merged, std::unique_ptr<SampleReader> reader,
                       std::optional<LoadedCheckpoint> loaded, std::unique_ptr<RunRecorder> recorder)
    : job_(job),
      config_(merged.values),
      device_(select_device(config_.device, job.world.local_rank())),
      reader_(std::move(reader)),
      recorder_(std::move(recorder)) {
  make_trainer(merged, std::move(loaded));
}
RunSession::~RunSession() = default;

void RunSession::make_trainer(const MergedConfig& merged, std::optional<LoadedCheckpoint> loaded) {
  TrainerOptions options;
  options.config = config_;
  options.config_yaml = to_yaml(merged);
  options.commit = commit();
  options.device = device_;
  options.threads = job_.training_threads(config_);
  options.train_seed = loaded                    ? loaded->checkpoint.state.train_seed
                       : config_.train_seed >= 0 ? static_cast<std::uint64_t>(config_.train_seed)
                                                 : fresh_seed();
  agree_on(job_.parallel, options.train_seed);
  std::vector<EpochRecord> epochs;
  if (loaded) epochs = loaded->checkpoint.epochs;
  if (recorder_) {
    recorder_->open(loaded, options.train_seed, epochs);
    options.checkpoint_folder = recorder_->checkpoint_folder();
  }
  watchdog_.emplace(job_.world, config_.stall_timeout);
  options.watchdog = watchdog_->get();
  monitor::Publisher* const publisher = recorder_ ? recorder_->publisher() : nullptr;
  options.keep = snapshot_options(config_, publisher);
  agree_on(job_.parallel, options.keep.on);
  if (publisher) listen(job_.parallel, *publisher);
  trainer_.emplace(options, *reader_, recorder_ ? recorder_->observer() : nobody_, job_.parallel);
  if (loaded) {
    ++loaded->checkpoint.state.restarts;
    trainer_->resume(loaded->checkpoint, loaded->file, std::move(epochs));
  }
  if (recorder_) recorder_->describe(*trainer_, loaded);
}

int RunSession::run() {
  if (recorder_) recorder_->start_clock();
  const Outcome outcome = train();
  if (recorder_) recorder_->stop_clock();
  watchdog_.reset();
  const bool failed = !outcome.failure.empty();
  // The clocks have stopped and memory is measured: what follows is in no figure.
  if (!failed && outcome.result.status == RunStatus::converged) trainer_->keep_final();
  if (failed && recorder_) recorder_->fail(outcome.failure);
  // Not finite is so on every rank; anything else may be this rank's alone, and the others wait for it.
  if (failed && outcome.code != ExitCode::numerical && !job_.parallel.single_rank()) {
    if (recorder_) {
      job_.alarm.claim();  // the report first
      recorder_->finish(*trainer_);
    }
    fail_alone(job_.world, job_.alarm, outcome.failure, static_cast<int>(outcome.code));
  }
  bool written = !recorder_ || recorder_->finish(*trainer_);
  agree_on(job_.parallel, written);  // all ranks end with one exit code
  if (!written && outcome.code == ExitCode::ok) return static_cast<int>(ExitCode::internal);
  return exit_code(outcome);
}

/// Throws nothing: what goes wrong is told in the outcome.
RunSession::Outcome RunSession::train() {
  Outcome outcome;
  try {
    train_into(outcome.result);
  } catch (const Error& error) {
    outcome.failure = error.what();
    outcome.code = error.code();
  } catch (...) {
    outcome.failure = cat("training failed: ", describe_error(std::current_exception()).first);
    outcome.code = ExitCode::internal;
  }
  return outcome;
}

void RunSession::train_into(TrainResult& result) {
  if (recorder_) recorder_->start(*reader_);
  const Stopwatch warm_up;
  trainer_->warm_up();
  if (recorder_) recorder_->warmed_up(warm_up.seconds());
  if (!job_.trace.empty()) {
    trainer_->trace(job_.trace, job_.trace_steps);
    if (recorder_)
      log::info(cat("trace: ", trace_file(job_.trace, 0).string(), " (chrome://tracing, ui.perfetto.dev)"));
  }
  result = trainer_->run();
  if (recorder_) recorder_->trained(result, *trainer_);
}

int RunSession::exit_code(const Outcome& outcome) const {
  if (outcome.code != ExitCode::ok) return static_cast<int>(outcome.code);
  const TrainResult& result = outcome.result;
  if (result.status == RunStatus::interrupted && !result.commanded) return 128 + result.signal;
  return static_cast<int>(result.status == RunStatus::converged ? ExitCode::ok : ExitCode::target);
}

}  // namespace scaffold

#include "job/trainer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <array>
#include <cmath>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "job/trainer_impl.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

/// What stands where training stands, in messages.
std::string place(const TrainState& state) { return cat("epoch ", state.epoch, ", step ", state.step + 1); }

Block own_block(const SampleReader& dataset, const ProcessGrid& grid) {
  const Extent3 extents = dataset.extents(), at = grid.coordinates();
  Block block;
  for (std::size_t axis = 0; axis < 3; ++axis) {
    block.size[axis] = extents[axis] / grid.shards()[axis];
    block.begin[axis] = at[axis] * block.size[axis];
  }
  return block;
}

/// Of the training part and of validation, between two moments.
PhaseSeconds since(const PhaseSeconds& from, const PhaseSeconds& to) {
  PhaseSeconds between;
  between.data_wait = to.data_wait - from.data_wait;
  between.forward = to.forward - from.forward;
  between.backward = to.backward - from.backward;
  between.optimizer = to.optimizer - from.optimizer;
  between.validation = to.validation - from.validation;
  return between;
}

}  // namespace

void check_training_memory(const Config& config, const at::Device& device, const Extent3& shards,
                           int ranks_here) {
  const ProcessGrid grid(static_cast<int>(shards[0] * shards[1] * shards[2]), 0, shards);
  const double needed = task_of(config).cost(config, computation(config, device), grid).memory.total();
  const std::string size = workload_of(config).size_key();
  const double free = device.is_cpu() ? static_cast<double>(available_memory()) / ranks_here
                                      : static_cast<double>(describe_device(device).memory_bytes);
  if (needed > free)
    throw ConfigError(cat(size, " ", value_text(config, size), " with local_batch_size ",
                          config.local_batch_size, " needs about ", human_bytes(needed),
                          " of memory to train", ranks_here > 1 ? " a rank" : "", ", and ", human_bytes(free),
                          " are free", "; use a smaller ", size,
                          config.local_batch_size > 1 ? " or batch" : "",
                          config.activation_checkpointing ? "" : ", or activation_checkpointing: 1",
                          ", or more shards (`scaffold plan` shows what fits)"));
}

LoaderOptions loader_options(const Config& config, const SampleReader& dataset, const ProcessGrid& grid) {
  LoaderOptions loading;
  loading.box = own_block(dataset, grid);
  loading.workers = static_cast<int>(config.dataloader_num_workers);
  loading.budget_bytes = static_cast<std::uint64_t>(config.loader_budget_mib) << 20;
  return loading;
}

void Trainer::Impl::set_accumulation(std::int64_t parts) {
  accumulation = parts;
  const std::int64_t batch = global_batch();
  steps = (static_cast<std::int64_t>(dataset.training().size()) + batch - 1) / batch;
  validation = dataset.validation();
  if (config.max_steps_per_epoch > 0 && config.max_steps_per_epoch < steps) {
    const auto n = static_cast<std::int64_t>(validation.size());
    validation.resize(
        static_cast<std::size_t>(std::max<std::int64_t>(n * config.max_steps_per_epoch / steps, 1)));
    steps = config.max_steps_per_epoch;
  }
  scaling = BatchScaling::of(config.lr_scaling, batch, config.lr_base_batch, config.lr_warmup_steps);
  StepOptions stepping{config.local_batch_size, accumulation, {}};
  stepping.reducing.replicas = parallel.grid().replicas();
  stepping.reducing.bucket_bytes = config.gradient_bucket_mib << 20;
  stepping.reducing.bfloat16 = config.gradient_compression == "bfloat16";
  stepping.reducing.overlap = config.overlap_gradients;
  step.reset();  // its hooks go before new ones come
  step = std::make_unique<TrainingStep>(network, optimizer, parallel, *objective, stepping);
}

/// A run keeps its global batch on any number of replicas: they add up more or fewer batches for a step.
void Trainer::Impl::adopt_batch(std::int64_t recorded, const fs::path& file) {
  if (recorded == global_batch()) return;
  const std::int64_t at_once = config.local_batch_size * parallel.grid().replicas();
  if (recorded % at_once != 0)
    throw ConfigError(
        cat("'", file.string(), "' was trained with a global batch of ", recorded, " samples, and ",
            parallel.grid().replicas(), " replicas with local_batch_size ", config.local_batch_size, " take ",
            at_once, " at once; use a number of replicas that divides ", recorded / config.local_batch_size));
  set_accumulation(recorded / at_once);
  const int replicas = parallel.grid().replicas();
  if (parallel.is_root())
    log::info(cat("the run's global batch of ", recorded, " samples on ", replicas,
                  replicas == 1 ? " replica" : " replicas", ": grad_accumulation_steps is ", accumulation));
}

/// This replica's samples of the steps after from_step: of each step's global batch the replicas take
/// consecutive parts, so that any number of replicas trains on the same batches.
std::vector<std::int32_t> Trainer::Impl::own_order(std::int64_t epoch, std::int64_t from_step) const {
  const auto all =
      epoch_order(dataset.training(), options.train_seed, static_cast<std::uint32_t>(epoch), global_batch());
  std::vector<std::int32_t> own;
  for (std::int64_t at = from_step; at < steps; ++at) {
    const auto first = all.begin() + at * global_batch() + parallel.grid().replica() * own_batch();
    own.insert(own.end(), first, first + own_batch());
  }
  return own;
}

StepRecord Trainer::Impl::run_step(double learning_rate, TrainState& into) {
  const Stopwatch clock;
  const double rate = scaling.apply(learning_rate, into.total_steps + 1);
  const StepOutcome outcome = step->run(feed, rate, into.phases, place(into));
  const auto n = static_cast<double>(outcome.samples);
  into.loss_sum += outcome.loss * n;
  into.metric_sum += outcome.metric * n;
  into.gradient_norm_sum += outcome.gradient_norm;
  into.samples += outcome.samples;
  ++into.step;
  ++into.total_steps;
  if (outcome.signal) signal = outcome.signal;
  StepRecord record;
  record.epoch = into.epoch;
  record.step = into.step;
  record.steps_per_epoch = steps;
  record.samples = global_batch();
  record.loss = outcome.loss;
  record.gradient_norm = outcome.gradient_norm;
  record.learning_rate = rate;
  record.seconds = clock.seconds();
  if (options.watchdog) options.watchdog->step(record.seconds);
  return record;
}

/// False when a signal stopped it, after whole steps.
bool Trainer::Impl::train_epoch(double learning_rate) {
  feed.start(own_order(state.epoch, state.step));
  signal = parallel.status_reduce()->signal();
  while (state.step < steps) {
    if (signal) return false;
    const StepRecord record = run_step(learning_rate, state);
    step_seconds.push_back(record.seconds);
    observer.on_step(record);
    handle_commands();
  }
  return true;
}

/// An epoch's sums over all replicas, on every rank.
void Trainer::Impl::merge_sums(TrainState& sums) {
  std::array<double, 3> all{sums.loss_sum, sums.metric_sum, static_cast<double>(sums.samples)};
  parallel.sum_over_replicas(all);
  sums.loss_sum = all[0];
  sums.metric_sum = all[1];
  sums.samples = static_cast<std::int64_t>(all[2]);
}

EpochRecord Trainer::Impl::make_record(double learning_rate, const Evaluation& evaluation) const {
  EpochRecord record(workload_named(config.workload).metrics());
  record.epoch = state.epoch;
  record.epoch_loss = state.loss_sum;
  record.overall_loss = state.loss_sum / static_cast<double>(state.samples);
  record.val_loss_epoch = evaluation.loss_sum;
  record.val_loss_avg = evaluation.loss_mean();
  record.optimizer_steps = state.step;
  record.total_optimizer_steps = state.total_steps;
  record.learning_rate = learning_rate;
  for (auto& metric : record.metrics)
    if (metric.info->training) metric.value = state.metric_sum / static_cast<double>(state.samples);
  for (const auto& found : evaluation.metrics) {
    auto& metric = record.find(found.info->key());
    metric.value = found.value;
    metric.parts = found.parts;
  }
  record.gradient_norm = state.gradient_norm_sum / static_cast<double>(state.step);
  record.peak_memory_bytes = peak_memory(options.device);
  return record;
}

/// Validation, record, checkpoint. False when a signal stopped the validation.
bool Trainer::Impl::finish_epoch(double learning_rate, bool& converged) {
  const double training_seconds = seconds_before + epoch_clock.seconds();
  rank_report.end_training(step->gradient_traffic(), network.sharding().get());
  PhaseClock clock;
  Evaluation evaluation;
  std::optional<SnapshotCollector> collector;
  if (options.keep.on && task.has_labels())
    collector.emplace(options.keep, validation, score->info(), state.epoch, parallel);
  try {
    EvaluateHooks hooks;
    hooks.progress = [&](std::int64_t done) {
      observer.on_validation(state.epoch, done, static_cast<std::int64_t>(validation.size()));
    };
    if (collector)
      hooks.on_sample = [&](std::size_t place, std::span<const double> row, const at::Tensor& output,
                            const Batch& one) {
        if (collector->wants(place, score->value(row)))
          collector->add(place, score->parts(row), task.labels(output, one));
      };
    evaluation = evaluate(network, feed, validation, *score, parallel, hooks);
  } catch (const Interrupted& stop) {
    signal = stop.signal();
    return false;
  }
  const std::int64_t epoch_steps = state.step;
  std::vector<std::unique_ptr<VolumeSnapshot>> kept;
  if (collector) kept = collector->gather(evaluation.sample_scores);
  clock.add(state.phases.validation);
  if (!std::isfinite(evaluation.loss_sum))
    throw NumericalError(cat("the validation loss is not finite after epoch ", state.epoch));

  merge_sums(state);
  check_same_parameters(network, parallel);
  epochs.push_back(make_record(learning_rate, evaluation));
  EpochRecord& record = epochs.back();
  record.samples_per_second = static_cast<double>(state.samples) / training_seconds;
  const bool best = state.best_epoch == 0 || record.score_info().better(record.score(), state.best_score);
  if (best) {
    state.best_score = record.score();
    state.best_epoch = record.epoch;
  }
  observer.on_samples(record.epoch, validation, evaluation.sample_scores);
  for (auto& volume : kept) observer.on_volume(std::move(volume), best);
  converged = record.score_info().reaches(record.score(), config.target);
  const bool last = converged || (config.epochs > 0 && state.epoch >= config.epochs);

  TrainState next;
  next.epoch = state.epoch + 1;
  next.total_steps = state.total_steps;
  next.train_seed = state.train_seed;
  next.restarts = state.restarts;
  next.best_score = state.best_score;
  next.best_epoch = state.best_epoch;
  PhaseSeconds phases = state.phases;
  state = next;
  record.epoch_duration = seconds_before + epoch_clock.seconds();
  record.parallel =
      rank_report.finish(parallel, step->gradient_traffic(), network.sharding().get(),
                         since(phases_before, phases), epoch_steps - steps_before, record.peak_memory_bytes);
  clock.skip();
  if (config.checkpoint_interval > 0 && (last || record.epoch % config.checkpoint_interval == 0)) {
    const Watchdog::Pause pause(options.watchdog);
    if (parallel.is_root()) writer.save(snapshot(), true);
    if (last) writer.wait();
    clock.add(phases.checkpoint);
  }
  record.epoch_duration = seconds_before + epoch_clock.seconds();
  phases.other = record.epoch_duration - (phases.data_wait + phases.forward + phases.backward +
                                          phases.optimizer + phases.validation + phases.checkpoint);
  record.phases = phases;
  // Epochs are contiguous: what comes between this moment and the next epoch's first step (records, logging)
  // counts there.
  epoch_clock.restart();
  seconds_before = 0;
  steps_before = 0;
  phases_before = {};
  observer.on_epoch(record);
  return true;
}

/// A checkpoint without tensors.
Checkpoint Trainer::Impl::facts() const {
  Checkpoint checkpoint;
  checkpoint.state = state;
  checkpoint.workload = config.workload;
  checkpoint.network = task.sizes(config);
  checkpoint.config_yaml = options.config_yaml;
  checkpoint.dataset_hash = dataset.hash();
  checkpoint.optimizer = config.optimizer;
  checkpoint.commit = options.commit;
  checkpoint.global_batch = global_batch();
  checkpoint.epochs = epochs;
  return checkpoint;
}

Checkpoint Trainer::Impl::snapshot() {
  Checkpoint checkpoint = facts();
  capture(checkpoint, network, optimizer);
  return checkpoint;
}

/// What watchers have ordered meanwhile.
void Trainer::Impl::handle_commands() {
  const unsigned commands = parallel.take_commands();
  if (commands & ParallelContext::checkpoint_now) {
    observer.on_command(ParallelContext::checkpoint_now);
    save_now();
  }
  if (commands & ParallelContext::stop_after_epoch) {
    observer.on_command(ParallelContext::stop_after_epoch);
    stop_commanded = true;
  }
}

/// last.h5 of this moment, in the middle of an epoch.
void Trainer::Impl::save_now() {
  PhaseClock clock;
  TrainState own = state;
  state.seconds = seconds_before + epoch_clock.seconds();
  merge_sums(state);
  if (parallel.is_root()) {
    const Watchdog::Pause pause(options.watchdog);
    writer.save(snapshot(), false);
  }
  state = own;
  clock.add(state.phases.checkpoint);
}

/// Whether the checkpoint was written.
bool Trainer::Impl::interrupt() {
  state.seconds = seconds_before + epoch_clock.seconds();
  merge_sums(state);
  if (!parallel.is_root()) return true;
  const Watchdog::Pause pause(options.watchdog);
  writer.save(snapshot(), false);
  return writer.wait();
}

TrainResult Trainer::Impl::run() {
  epoch_clock.restart();
  seconds_before = state.seconds;
  steps_before = state.step;
  phases_before = state.phases;
  rank_report.begin(step->gradient_traffic(), network.sharding().get());
  try {
    return run_epochs();
  } catch (...) {
    writer.wait();  // so that its record comes before the run's end
    throw;
  }
}

TrainResult Trainer::Impl::run_epochs() {
  bool converged =
      !epochs.empty() && epochs.back().score_info().reaches(epochs.back().score(), config.target);
  while (!converged && (config.epochs < 0 || state.epoch <= config.epochs)) {
    const double learning_rate = schedule.rate(state.epoch);
    observer.on_epoch_start(state.epoch, steps);
    if (!train_epoch(learning_rate) || !finish_epoch(learning_rate, converged)) {
      const bool saved = interrupt();
      return {RunStatus::interrupted, signal, saved};
    }
    handle_commands();
    if (stop_commanded && !converged) {
      const bool saved = interrupt();
      return {RunStatus::interrupted, 0, saved, true};
    }
  }
  writer.wait();
  return {converged ? RunStatus::converged : RunStatus::epochs_exhausted, 0, false, false};
}

Trainer::Trainer(TrainerOptions options, const SampleReader& dataset, TrainObserver& observer,
                 ParallelContext& parallel) {
  if (dataset.training().empty())
    throw ConfigError("the dataset has no training sample; make it hold more, or validate on fewer");
  if (dataset.validation().empty())
    throw ConfigError(
        "the dataset has no validation sample, so no run on it can reach its target; validate on more");
  at::set_num_threads(options.threads);
  // Shapes never change: cuDNN measures its algorithms once, in the warm-up.
  at::globalContext().setBenchmarkCuDNN(!options.config.more_determinism);
  at::globalContext().setDeterministicAlgorithms(options.config.more_determinism, true);
  impl_ = std::make_unique<Impl>(std::move(options), dataset, observer, parallel);
}
Trainer::~Trainer() = default;

void Trainer::resume(const Checkpoint& checkpoint, const fs::path& file, std::vector<EpochRecord> epochs) {
  if (checkpoint.dataset_hash != impl_->dataset.hash())
    throw DataError(cat("'", file.string(), "' was trained on dataset ", checkpoint.dataset_hash, ", not on ",
                        impl_->dataset.hash()));
  impl_->adopt_batch(checkpoint.global_batch, file);
  if (checkpoint.state.step > impl_->steps)
    throw DataError(cat("'", file.string(), "' has done ", checkpoint.state.step,
                        " steps of an epoch that has ", impl_->steps));
  restore(checkpoint, impl_->network, impl_->optimizer, file);
  impl_->state = checkpoint.state;
  if (impl_->parallel.is_root()) impl_->writer.resume();
  // The sums of the epoch in progress are the whole job's: one rank keeps them.
  if (!impl_->parallel.is_root()) {
    impl_->state.loss_sum = impl_->state.metric_sum = 0;
    impl_->state.samples = 0;
  }
  impl_->epochs = std::move(epochs);
}

void Trainer::warm_up() { impl_->warm_up(); }
void Trainer::trace(const fs::path& folder, std::int64_t steps) { impl_->trace(folder, steps); }
TrainResult Trainer::run() { return impl_->run(); }
void Trainer::keep_final() {
  if (!impl_->parallel.is_root()) return;
  Checkpoint checkpoint = impl_->facts();
  capture(checkpoint, impl_->network);
  impl_->writer.save_final(checkpoint);
}
const std::vector<EpochRecord>& Trainer::epochs() const { return impl_->epochs; }
const std::vector<double>& Trainer::step_seconds() const { return impl_->step_seconds; }
const TrainState& Trainer::state() const { return impl_->state; }
const Network& Trainer::network() const { return impl_->network; }
Optimizer& Trainer::optimizer() { return impl_->optimizer; }
std::int64_t Trainer::steps_per_epoch() const { return impl_->steps; }
std::int64_t Trainer::validation_samples() const {
  return static_cast<std::int64_t>(impl_->validation.size());
}
std::int64_t Trainer::global_batch() const { return impl_->global_batch(); }

}  // namespace scaffold

#include "train/trainer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <cmath>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "dataset/loader.hpp"
#include "model/device.hpp"
#include "model/flops.hpp"
#include "model/loss.hpp"
#include "train/checkpoint_writer.hpp"
#include "train/class_weights.hpp"
#include "train/evaluate.hpp"
#include "train/schedule.hpp"
#include "train/volume.hpp"

namespace scaffold {
namespace {

/// Adds the time since the last call to one phase after another.
class PhaseClock {
 public:
  void add(double& phase) {
    const double now = clock_.seconds();
    phase += now - last_;
    last_ = now;
  }

 private:
  Stopwatch clock_;
  double last_ = 0;
};

}  // namespace

UNetOptions network_options(const Config& config, const at::Device& device) {
  UNetOptions options;
  options.classes = config.n_categories + 1;
  options.levels = config.problem_scale - config.unet_bottleneck_dim;
  options.groups = config.group_norm_groups;
  options.activation_checkpointing = config.activation_checkpointing;
  options.precision = resolve_precision(config.torch_amp, device);
  return options;
}

void check_training_memory(const Config& config, const at::Device& device) {
  const UNetOptions network = network_options(config, device);
  const int states = optimizer_states(optimizer_kind(config.optimizer));
  const std::int64_t edge = std::int64_t{1} << config.problem_scale;
  const double needed = training_memory(network, edge, config.local_batch_size, states).total();
  const double free = device.is_cpu() ? static_cast<double>(available_memory())
                                      : static_cast<double>(describe_device(device).memory_bytes);
  if (needed > free)
    throw ConfigError(
        cat("problem_scale ", config.problem_scale, " with local_batch_size ", config.local_batch_size,
            " needs about ", human_bytes(needed), " of memory to train, and ", human_bytes(free),
            " are free; use a smaller problem_scale", config.local_batch_size > 1 ? " or batch" : "",
            config.activation_checkpointing ? "" : ", or activation_checkpointing: 1"));
}

struct Trainer::Impl {
  Impl(TrainerOptions given, const DatasetReader& data, TrainObserver& seen)
      : options(std::move(given)),
        config(options.config),
        dataset(data),
        observer(seen),
        network(network_options(config, options.device), options.device, options.train_seed),
        optimizer(optimizer_kind(config.optimizer), network.parameter_tensors()),
        schedule{config.starting_learning_rate, config.min_learning_rate, config.T_0, config.T_mult,
                 config.disable_scheduler},
        loader(dataset, loader_options()),
        writer(options.checkpoint_folder, config.async_save, observer) {
    state.train_seed = options.train_seed;
    const auto weights = class_weights(dataset, config.ce_weight_sample_fraction, options.threads);
    ce_weights = at::tensor(weights).to(options.device);
    const auto batch = config.local_batch_size;
    steps = (static_cast<std::int64_t>(dataset.training().size()) + batch - 1) / batch;
  }

  LoaderOptions loader_options() const {
    LoaderOptions loading;
    loading.workers = static_cast<int>(config.dataloader_num_workers);
    loading.budget_bytes = static_cast<std::uint64_t>(config.loader_budget_mib) << 20;
    return loading;
  }

  std::vector<std::int32_t> order(std::int64_t epoch) const {
    return epoch_order(dataset.training(), options.train_seed, static_cast<std::uint32_t>(epoch),
                       config.local_batch_size);
  }

  StepRecord step(const Batch& batch, double learning_rate, PhaseClock& clock, TrainState& into);
  bool train_epoch(double learning_rate);
  bool finish_epoch(double learning_rate, bool& converged);
  EpochRecord make_record(double learning_rate, const Evaluation& evaluation) const;
  Checkpoint snapshot() const;
  bool interrupt();
  TrainResult run_epochs();
  TrainResult run();
  void warm_up();

  TrainerOptions options;
  const Config& config;
  const DatasetReader& dataset;
  TrainObserver& observer;
  UNet network;
  Optimizer optimizer;
  Schedule schedule;
  Loader loader;
  CheckpointWriter writer;
  at::Tensor ce_weights;
  std::int64_t steps = 0;
  TrainState state;
  std::vector<EpochRecord> epochs;
  std::vector<double> step_seconds;
  Stopwatch epoch_clock;
  double seconds_before = 0;  ///< of this epoch, in an earlier sitting
};

StepRecord Trainer::Impl::step(const Batch& batch, double learning_rate, PhaseClock& clock,
                               TrainState& into) {
  const at::Tensor logits = network.forward(batch.image);
  const Loss loss = segmentation_loss(logits, batch.mask, ce_weights);
  StepRecord record;
  record.loss = loss.total.item<double>();
  if (!std::isfinite(record.loss))
    throw NumericalError(cat("the loss is ", record.loss, " at epoch ", into.epoch, ", step ", into.step + 1,
                             "; try a smaller starting_learning_rate, or torch_amp: 0"));
  clock.add(into.phases.forward);

  network.zero_grad();
  loss.total.backward();
  synchronize(options.device);
  clock.add(into.phases.backward);

  record.gradient_norm = clip_gradients(network.parameter_tensors(), 1.0);
  if (!std::isfinite(record.gradient_norm))
    throw NumericalError(cat("a gradient is not finite at epoch ", into.epoch, ", step ", into.step + 1,
                             " (loss ", record.loss,
                             "); try a smaller starting_learning_rate, or torch_amp: 0"));
  optimizer.step(learning_rate);
  clock.add(into.phases.optimizer);

  const auto n = static_cast<double>(batch.size());
  into.loss_sum += record.loss * n;
  into.dice_sum += loss.soft_dice.slice(1, 1).mean().item<double>() * n;
  into.gradient_norm_sum += record.gradient_norm;
  into.samples += batch.size();
  ++into.step;
  ++into.total_steps;
  record.epoch = into.epoch;
  record.step = into.step;
  record.steps_per_epoch = steps;
  record.samples = batch.size();
  record.learning_rate = learning_rate;
  return record;
}

/// False when a signal stopped it, after whole steps.
bool Trainer::Impl::train_epoch(double learning_rate) {
  auto samples = order(state.epoch);
  samples.erase(samples.begin(), samples.begin() + state.step * config.local_batch_size);
  loader.start(std::move(samples));
  while (state.step < steps) {
    if (signals::pending()) return false;
    const Stopwatch step_clock;
    PhaseClock clock;
    const Batch batch = next_batch(loader, config.local_batch_size, options.device);
    clock.add(state.phases.data_wait);
    StepRecord record = step(batch, learning_rate, clock, state);
    record.seconds = step_clock.seconds();
    step_seconds.push_back(record.seconds);
    observer.on_step(record);
  }
  return true;
}

EpochRecord Trainer::Impl::make_record(double learning_rate, const Evaluation& evaluation) const {
  EpochRecord record;
  record.epoch = state.epoch;
  record.epoch_loss = state.loss_sum;
  record.overall_loss = state.loss_sum / static_cast<double>(state.samples);
  record.val_loss_epoch = evaluation.loss_sum;
  record.val_loss_avg = evaluation.loss_mean();
  record.train_dice = state.dice_sum / static_cast<double>(state.samples);
  record.val_dice = evaluation.dice;
  record.optimizer_steps = state.step;
  record.total_optimizer_steps = state.total_steps;
  record.learning_rate = learning_rate;
  record.dice_per_class = evaluation.class_dice;
  record.gradient_norm = state.gradient_norm_sum / static_cast<double>(state.step);
  record.peak_memory_bytes = peak_memory(options.device);
  return record;
}

/// Validation, record, checkpoint. False when a signal stopped the validation.
bool Trainer::Impl::finish_epoch(double learning_rate, bool& converged) {
  const double training_seconds = seconds_before + epoch_clock.seconds();
  PhaseClock clock;
  Evaluation evaluation;
  try {
    evaluation = evaluate(network, loader, dataset.validation(), ce_weights, [&](std::int64_t done) {
      observer.on_validation(state.epoch, done, static_cast<std::int64_t>(dataset.validation().size()));
    });
  } catch (const Interrupted&) {
    return false;
  }
  clock.add(state.phases.validation);
  if (!std::isfinite(evaluation.loss_sum))
    throw NumericalError(cat("the validation loss is not finite after epoch ", state.epoch));

  epochs.push_back(make_record(learning_rate, evaluation));
  EpochRecord& record = epochs.back();
  record.samples_per_second = static_cast<double>(state.samples) / training_seconds;
  if (record.val_dice > state.best_dice) {
    state.best_dice = record.val_dice;
    state.best_epoch = record.epoch;
  }
  converged = record.val_dice >= config.target_dice;
  const bool last = converged || (config.epochs > 0 && state.epoch >= config.epochs);

  TrainState next;
  next.epoch = state.epoch + 1;
  next.total_steps = state.total_steps;
  next.train_seed = state.train_seed;
  next.restarts = state.restarts;
  next.best_dice = state.best_dice;
  next.best_epoch = state.best_epoch;
  next.best_saved_dice = state.best_saved_dice;
  PhaseSeconds phases = state.phases;
  state = next;
  record.epoch_duration = seconds_before + epoch_clock.seconds();
  if (config.checkpoint_interval > 0 && (last || record.epoch % config.checkpoint_interval == 0)) {
    // best.h5 is the best of the epochs that were saved.
    const bool best_saved = record.val_dice > state.best_saved_dice;
    if (best_saved) state.best_saved_dice = record.val_dice;
    writer.save(snapshot(), best_saved);
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
  observer.on_epoch(record);
  return true;
}

Checkpoint Trainer::Impl::snapshot() const {
  Checkpoint checkpoint;
  checkpoint.state = state;
  checkpoint.problem_scale = config.problem_scale;
  checkpoint.config_yaml = options.config_yaml;
  checkpoint.dataset_hash = dataset.index().hash;
  checkpoint.optimizer = config.optimizer;
  checkpoint.commit = options.commit;
  checkpoint.epochs = epochs;
  capture(checkpoint, network, optimizer);
  return checkpoint;
}

/// Whether the checkpoint was written.
bool Trainer::Impl::interrupt() {
  state.seconds = seconds_before + epoch_clock.seconds();
  writer.save(snapshot(), false);
  return writer.wait();
}

TrainResult Trainer::Impl::run() {
  epoch_clock.restart();
  seconds_before = state.seconds;
  try {
    return run_epochs();
  } catch (...) {
    writer.wait();  // so that its record comes before the run's end
    throw;
  }
}

TrainResult Trainer::Impl::run_epochs() {
  bool converged = !epochs.empty() && epochs.back().val_dice >= config.target_dice;
  while (!converged && (config.epochs < 0 || state.epoch <= config.epochs)) {
    const double learning_rate = schedule.rate(state.epoch);
    observer.on_epoch_start(state.epoch, steps);
    if (!train_epoch(learning_rate) || !finish_epoch(learning_rate, converged)) {
      const bool saved = interrupt();
      return {RunStatus::interrupted, signals::pending(), saved};
    }
  }
  writer.wait();
  return {converged ? RunStatus::converged : RunStatus::epochs_exhausted};
}

void Trainer::Impl::warm_up() {
  const std::int64_t batches = std::min(config.warmup_batches, steps);
  if (batches == 0) return;
  const Stopwatch clock;
  Checkpoint before;
  capture(before, network, optimizer);
  before.state = state;
  loader.start(order(state.epoch));
  TrainState scratch = state;
  PhaseClock phases;
  for (std::int64_t done = 0; done < batches && !signals::pending(); ++done) {
    step(next_batch(loader, config.local_batch_size, options.device), schedule.rate(state.epoch), phases,
         scratch);
    observer.on_warmup(done + 1, batches, clock.seconds());
  }
  try {
    evaluate(network, loader, dataset.validation(), ce_weights);
  } catch (const Interrupted&) {  // run() sees the signal
  }
  restore(before, network, optimizer, "warm-up");
  network.zero_grad();
}

Trainer::Trainer(TrainerOptions options, const DatasetReader& dataset, TrainObserver& observer) {
  if (dataset.training().empty())
    throw ConfigError("the dataset has no training volume; lower val_split or raise n_categories");
  if (dataset.validation().empty())
    throw ConfigError(
        "the dataset has no validation volume, so no run on it can reach target_dice; raise val_split");
  at::set_num_threads(options.threads);
  at::globalContext().setDeterministicAlgorithms(options.config.more_determinism, true);
  impl_ = std::make_unique<Impl>(std::move(options), dataset, observer);
}
Trainer::~Trainer() = default;

void Trainer::resume(const Checkpoint& checkpoint, const fs::path& file, std::vector<EpochRecord> epochs) {
  if (checkpoint.dataset_hash != impl_->dataset.index().hash)
    throw DataError(cat("'", file.string(), "' was trained on dataset ", checkpoint.dataset_hash, ", not on ",
                        impl_->dataset.index().hash));
  if (checkpoint.state.step > impl_->steps)
    throw DataError(cat("'", file.string(), "' has done ", checkpoint.state.step,
                        " steps of an epoch that has ", impl_->steps));
  restore(checkpoint, impl_->network, impl_->optimizer, file);
  impl_->state = checkpoint.state;
  impl_->epochs = std::move(epochs);
}

void Trainer::warm_up() { impl_->warm_up(); }
TrainResult Trainer::run() { return impl_->run(); }
const std::vector<EpochRecord>& Trainer::epochs() const { return impl_->epochs; }
const std::vector<double>& Trainer::step_seconds() const { return impl_->step_seconds; }
const TrainState& Trainer::state() const { return impl_->state; }
const UNet& Trainer::network() const { return impl_->network; }
Optimizer& Trainer::optimizer() { return impl_->optimizer; }
std::int64_t Trainer::steps_per_epoch() const { return impl_->steps; }

}  // namespace scaffold

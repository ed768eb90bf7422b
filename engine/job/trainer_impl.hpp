// What a Trainer holds, for the sources that implement it.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "core/clock.hpp"
#include "job/checkpoint_writer.hpp"
#include "job/evaluate.hpp"
#include "job/prefetcher.hpp"
#include "job/rank_report.hpp"
#include "job/snapshot_collector.hpp"
#include "job/step.hpp"
#include "job/trainer.hpp"
#include "nn/schedule.hpp"
#include "workload/task.hpp"

namespace scaffold {

struct Trainer::Impl {
  Impl(TrainerOptions given, const SampleReader& data, TrainObserver& seen, ParallelContext& ranks)
      : options(std::move(given)),
        config(options.config),
        dataset(data),
        observer(seen),
        parallel(ranks),
        task(task_of(config)),
        own_network(task.network(config, options.device, options.train_seed)),
        network(*own_network),
        own_optimizer(make_optimizer(config.optimizer, network.parameter_tensors(), config.fused)),
        optimizer(*own_optimizer),
        schedule{config.starting_learning_rate, config.min_learning_rate, config.T_0, config.T_mult,
                 config.disable_scheduler},
        feed(dataset, options.device,
             PrefetcherOptions::of(loader_options(config, dataset, parallel.grid()),
                                   task.expansion(dataset, options.device), options.device)),
        writer(options.checkpoint_folder, config.async_save, observer) {
    state.train_seed = options.train_seed;
    network.set_sharding(parallel.sharding());
    objective = task.objective(config, dataset, options.device, options.threads, parallel.control());
    score = task.score(config, *objective);
    set_accumulation(config.grad_accumulation_steps);
  }

  void set_accumulation(std::int64_t parts);
  void adopt_batch(std::int64_t recorded, const fs::path& file);
  std::int64_t own_batch() const { return config.local_batch_size * accumulation; }
  std::int64_t global_batch() const { return own_batch() * parallel.grid().replicas(); }
  std::vector<std::int32_t> own_order(std::int64_t epoch, std::int64_t from_step) const;

  StepRecord run_step(double learning_rate, TrainState& into);
  bool train_epoch(double learning_rate);
  bool finish_epoch(double learning_rate, bool& converged);
  EpochRecord make_record(double learning_rate, const Evaluation& evaluation) const;
  void merge_sums(TrainState& sums);
  Checkpoint facts() const;
  Checkpoint snapshot();
  bool interrupt();
  void handle_commands();
  void save_now();
  TrainResult run_epochs();
  TrainResult run();
  void undone(const std::function<void()>& body);
  void some_steps(std::int64_t count, const std::function<void(std::int64_t)>& done);
  void warm_up();
  void trace(const fs::path& folder, std::int64_t count);

  TrainerOptions options;
  const Config& config;
  const SampleReader& dataset;
  TrainObserver& observer;
  ParallelContext& parallel;
  const Task& task;
  std::unique_ptr<Network> own_network;
  Network& network;
  std::unique_ptr<Optimizer> own_optimizer;
  Optimizer& optimizer;
  Schedule schedule;
  BatchScaling scaling;
  Prefetcher feed;
  CheckpointWriter writer;
  std::unique_ptr<Objective> objective;
  std::unique_ptr<Score> score;
  std::unique_ptr<TrainingStep> step;
  std::vector<int> validation;
  std::int64_t steps = 0, accumulation = 1;
  TrainState state;  ///< its sums are this replica's alone, but for rank 0's share from an earlier session
  std::vector<EpochRecord> epochs;
  std::vector<double> step_seconds;
  Stopwatch epoch_clock;
  double seconds_before = 0;      ///< of this epoch, in an earlier session
  std::int64_t steps_before = 0;  ///< likewise
  PhaseSeconds phases_before;     ///< likewise
  RankReport rank_report;
  int signal = 0;               ///< that the ranks have agreed to stop for
  bool stop_commanded = false;  ///< after this epoch
};

}  // namespace scaffold

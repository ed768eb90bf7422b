// One optimizer step on this rank's share of the global batch.
#pragma once
#include <functional>
#include <memory>

#include "core/clock.hpp"
#include "job/captured_step.hpp"
#include "job/prefetcher.hpp"
#include "nn/network.hpp"
#include "nn/optimizer.hpp"
#include "parallel/gradient_reducer.hpp"
#include "parallel/parallel_context.hpp"
#include "run/records.hpp"
#include "workload/objective.hpp"

namespace scaffold {

/// Adds the time since the last call to one phase after another.
class PhaseClock {
 public:
  void add(double& phase) {
    const double now = clock_.seconds();
    phase += now - last_;
    last_ = now;
  }

  /// The time since the last call belongs to no phase.
  void skip() { last_ = clock_.seconds(); }

 private:
  Stopwatch clock_;
  double last_ = 0;
};

struct StepOptions {
  std::int64_t local_batch = 1;   ///< samples of one forward pass
  std::int64_t accumulation = 1;  ///< forward passes of a step
  GradientReducerOptions reducing;
};

struct StepOutcome {
  double loss = 0, metric = 0;  ///< mean over this replica's samples
  double gradient_norm = 0;     ///< of the whole job's gradient, before clipping
  std::int64_t samples = 0;     ///< of this replica
  int signal = 0;               ///< that some rank has received, or 0
};

class TrainingStep {
 public:
  TrainingStep(Network& network, Optimizer& optimizer, ParallelContext& parallel, const Objective& objective,
               const StepOptions& options);

  /// Takes local_batch · accumulation samples from the feed. `where` completes the message of a
  /// NumericalError, which every rank throws when any has a loss that is not finite. Collective.
  StepOutcome run(Prefetcher& feed, double learning_rate, PhaseSeconds& phases, const std::string& where);
  /// The same on batches from anywhere, `accumulation` of them.
  StepOutcome run(const std::function<Batch()>& next, double learning_rate, PhaseSeconds& phases,
                  const std::string& where);
  /// The state of a GPU's graph (job/captured_step.hpp).
  CapturedStep::State graph_state() const {
    return captured_ ? captured_->state() : CapturedStep::State::none;
  }

  /// See GradientReducer::note_flights.
  void note_flights(std::vector<TracedInterval>* into) {
    if (reducer_) reducer_->note_flights(into);
  }
  /// Since the beginning; zeros in a job of one rank.
  GradientTraffic gradient_traffic() const { return reducer_ ? reducer_->traffic() : GradientTraffic{}; }

 private:
  StepOutcome run_captured(const Batch& batch, double learning_rate, PhaseSeconds& phases,
                           const std::string& where);

  Network& network_;
  Optimizer& optimizer_;
  ParallelContext& parallel_;
  const Objective& objective_;
  StepOptions options_;
  std::unique_ptr<GradientReducer> reducer_;
  std::unique_ptr<CapturedStep> captured_;  ///< on a GPU that works alone
};

}  // namespace scaffold

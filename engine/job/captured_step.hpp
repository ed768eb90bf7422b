// A training step that nothing waits in until its three numbers are read: forward, loss, backward, clipping
// and Adam. On a GPU it is recorded as a graph after a few steps and replayed from then on.
#pragma once
#include <array>
#include <memory>

#include "device/device_graph.hpp"
#include "nn/network.hpp"
#include "nn/optimizer.hpp"
#include "workload/objective.hpp"

namespace scaffold {

class CapturedStep {
 public:
  /// Adam, one batch a step, one rank. `graph` may be null: then every step is launched anew. All must
  /// outlive it.
  CapturedStep(Network& network, Optimizer& optimizer, const Objective& objective,
               std::unique_ptr<DeviceGraph> graph);

  struct Numbers {
    double loss = 0, metric = 0;  ///< mean over the batch
    double gradient_norm = 0;     ///< before clipping to 1; not finite: nothing was updated
  };
  Numbers run(const Batch& batch, double learning_rate);

  enum class State { none, warming, captured, refused };
  State state() const { return state_; }  ///< of the graph

 private:
  void body();
  void launch();
  void take(const Batch& batch);

  static constexpr int warm_up_steps = 3;
  Network& network_;
  Optimizer& optimizer_;
  const Objective& objective_;
  std::unique_ptr<DeviceGraph> graph_;
  State state_;
  int steps_ = 0;  ///< since the shape is what it is
  Batch batch_;
  at::Tensor learning_rate_, numbers_;
};

}  // namespace scaffold

// A training step that nothing waits in until its three numbers are read: forward, loss, backward, clipping
// and Adam. On a GPU it is recorded as a graph after a few steps and replayed from then on.
#pragma once
#include <array>
#include <memory>

#include "device/device_graph.hpp"
#include "fractal_unet/network/unet.hpp"
#include "fractal_unet/network/volume.hpp"
#include "nn/optimizer.hpp"

namespace scaffold {

class CapturedStep {
 public:
  /// Adam, one batch a step, one rank. `graph` may be null: then every step is launched anew. All must
  /// outlive it.
  CapturedStep(UNet& network, Optimizer& optimizer, const at::Tensor& class_weights,
               std::unique_ptr<DeviceGraph> graph);

  struct Numbers {
    double loss = 0, soft_dice = 0;  ///< mean over the batch
    double gradient_norm = 0;        ///< before clipping to 1; not finite: nothing was updated
  };
  Numbers run(const Batch& batch, double learning_rate);

  enum class State { none, warming, captured, refused };
  State state() const { return state_; }  ///< of the graph

 private:
  void body();
  void launch();
  void take(const Batch& batch);

  static constexpr int warm_up_steps = 3;
  UNet& network_;
  Optimizer& optimizer_;
  at::Tensor class_weights_;
  std::unique_ptr<DeviceGraph> graph_;
  State state_;
  int steps_ = 0;  ///< since the shape is what it is
  at::Tensor image_, mask_, learning_rate_, numbers_;
};

}  // namespace scaffold

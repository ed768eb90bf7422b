// A GPU's work recorded once and started again with one call.
#pragma once
#include <c10/core/Device.h>

#include <functional>
#include <memory>
#include <string>

namespace scaffold {

class DeviceGraph {
 public:
  virtual ~DeviceGraph() = default;
  /// Runs body on the graph's own stream, after what is queued on the current one and before what comes next.
  virtual void warm_up(const std::function<void()>& body) = 0;
  /// Records what body queues without running it; body must not wait for the device, and its tensors stay
  /// where they are. False with the reason when it cannot be recorded.
  virtual bool capture(const std::function<void()>& body, std::string& error) = 0;
  /// Queues the recorded work on the current stream.
  virtual void replay() = 0;
};

/// Null on a CPU.
std::unique_ptr<DeviceGraph> make_device_graph(const at::Device& device);

}  // namespace scaffold

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>

#include <exception>

#include "cuda/tables.hpp"
#include "device/device_graph.hpp"

namespace scaffold::gpu {
namespace {

class Graph : public DeviceGraph {
 public:
  explicit Graph(int device)
      : device_(static_cast<c10::DeviceIndex>(device)),
        stream_(c10::cuda::getStreamFromPool(/*isHighPriority=*/false, device_)) {}

  void warm_up(const std::function<void()>& body) override {
    const auto now = c10::cuda::getCurrentCUDAStream(device_);
    now.synchronize();
    {
      const c10::cuda::CUDAStreamGuard guard(stream_);
      body();
    }
    stream_.synchronize();
  }

  bool capture(const std::function<void()>& body, std::string& error) override {
    c10::cuda::getCurrentCUDAStream(device_).synchronize();
    const c10::cuda::CUDAStreamGuard guard(stream_);
    try {
      // Loader threads go on allocating meanwhile: only this thread's calls are watched.
      graph_.capture_begin({0, 0}, cudaStreamCaptureModeThreadLocal);
      body();
      graph_.capture_end();
      return true;
    } catch (const std::exception& e) {
      error = e.what();
    }
    try {
      graph_.capture_end();
    } catch (const std::exception&) {  // it had not begun, or ended where it failed
    }
    cudaGetLastError();  // or the next check would take this error for its own
    return false;
  }

  void replay() override { graph_.replay(); }

 private:
  c10::DeviceIndex device_;
  c10::cuda::CUDAStream stream_;
  at::cuda::CUDAGraph graph_;
};

}  // namespace

DeviceGraph* make_graph(int device) { return new Graph(device); }

}  // namespace scaffold::gpu

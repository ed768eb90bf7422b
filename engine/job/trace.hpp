// A few steps under Torch's own profiler (Kineto), as a file for chrome://tracing and
// https://ui.perfetto.dev.
#pragma once
#include <c10/core/Device.h>

#include <cstdint>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "device/trace_mark.hpp"

namespace scaffold {

/// Records every operator, with shapes and FLOPs, and every TraceMark of this thread (and of those that run
/// backward passes for it) from construction on; on a GPU also its kernels, and each mark as an NVTX range,
/// for Nsight. One at a time.
class Trace {
 public:
  explicit Trace(const at::Device& device);
  ~Trace();  ///< what was not saved is dropped
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  /// Ends the recording and writes it: whole or not at all. `beside` become rows of their own. SystemError
  /// naming the file when it cannot be written.
  void save(const fs::path& file, const std::vector<TracedInterval>& beside = {});

 private:
  void stop_nvtx();
  bool recording_ = false;
  std::uint64_t nvtx_ = 0;  ///< handle of the callback; 0: none
};

/// <folder>/trace-rank<r>.json
fs::path trace_file(const fs::path& folder, int rank);

}  // namespace scaffold

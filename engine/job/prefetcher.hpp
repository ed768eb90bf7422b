// Batches for a device. On a GPU the next one is copied, on a stream of its own and from pinned memory, while
// the last is computed with; what a device can make of other fields by itself does not cross.
#pragma once
#include <c10/core/Stream.h>

#include <memory>
#include <optional>

#include "data/loader.hpp"
#include "workload/task.hpp"

namespace scaffold {

struct PrefetcherOptions {
  LoaderOptions loading;
  bool prefetch = false;      ///< copy one batch ahead
  DeviceExpansion expansion;  ///< of the task
  /// What a device wants: a GPU copies ahead, from pinned memory.
  static PrefetcherOptions of(const LoaderOptions& loading, DeviceExpansion expansion,
                              const at::Device& device);
};

class Prefetcher {
 public:
  /// The dataset must outlive it.
  Prefetcher(const SampleReader& dataset, const at::Device& device, const PrefetcherOptions& options);
  ~Prefetcher();

  /// As Loader::start: what was under way is dropped.
  void start(std::vector<std::int32_t> samples);
  /// The next `size` samples (fewer at the end, none: an empty batch) on the device, ready for work that is
  /// queued on its current stream. `size` stays the same until the next start().
  Batch next(std::int64_t size);

 private:
  struct InFlight;
  std::unique_ptr<InFlight> launch(std::int64_t size);
  Batch next_batch(std::int64_t size);

  at::Device device_;
  bool prefetch_;
  DeviceExpansion expansion_;
  const std::vector<FieldInfo>& fields_;
  Loader loader_;
  std::optional<c10::Stream> copies_;
  std::unique_ptr<InFlight> coming_, current_;
};

}  // namespace scaffold

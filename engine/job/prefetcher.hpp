// Batches for a device. On a GPU the next one is copied, on a stream of its own and from pinned memory, while
// the last is computed with; a compact volume crosses as its mask and becomes an image there.
#pragma once
#include <c10/core/Stream.h>

#include <memory>
#include <optional>

#include "data/loader.hpp"
#include "fractal_unet/network/volume.hpp"

namespace scaffold {

struct PrefetcherOptions {
  LoaderOptions loading;
  bool prefetch = false;      ///< copy one batch prefetch
  bool colors_there = false;  ///< read masks alone and expand them on the device
  /// What a device wants: a GPU both, colors_there for compact datasets alone; and pinned memory.
  static PrefetcherOptions of(const LoaderOptions& loading, const DatasetReader& dataset,
                              const at::Device& device);
};

class Prefetcher {
 public:
  /// The dataset must outlive it.
  Prefetcher(const DatasetReader& dataset, const at::Device& device, const PrefetcherOptions& options);
  ~Prefetcher();

  /// As Loader::start: what was under way is dropped.
  void start(std::vector<std::int32_t> volumes);
  /// The next `size` samples (fewer at the end, none: an empty image) on the device, ready for work that is
  /// queued on its current stream. `size` stays the same until the next start().
  Batch next(std::int64_t size);

 private:
  struct InFlight;
  std::unique_ptr<InFlight> launch(std::int64_t size);

  at::Device device_;
  bool prefetch_, colors_there_;
  Loader loader_;
  at::Tensor palette_;  ///< [classes, 3] on the device
  std::optional<c10::Stream> copies_;
  std::unique_ptr<InFlight> coming_, current_;
};

}  // namespace scaffold

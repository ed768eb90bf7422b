#include "job/prefetcher.hpp"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace scaffold {
namespace {

at::Tensor palette_of(const DatasetReader& dataset, const at::Device& device) {
  const Palette& palette = dataset.index().palette;
  at::Tensor colors = at::empty({static_cast<std::int64_t>(palette.size()), 3}, at::kFloat);
  for (std::size_t k = 0; k < palette.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c) colors.data_ptr<float>()[3 * k + c] = palette[k][c];
  return colors.to(device);
}

std::shared_ptr<void> pinned(std::uint64_t bytes) {
  const at::Tensor memory =
      at::empty({static_cast<std::int64_t>(bytes)}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
  return {memory.data_ptr(), [memory](void*) {}};
}

LoaderOptions loading(const PrefetcherOptions& options) {
  LoaderOptions loading = options.loading;
  loading.masks_only = options.colors_there;
  return loading;
}

}  // namespace

/// A batch on its way, with what it is copied from.
struct Prefetcher::InFlight {
  Batch batch;
  std::vector<Sample> samples;
  std::optional<c10::Event> arrival;

  ~InFlight() {
    if (arrival) arrival->synchronize();  // only then may the samples' memory be filled again
  }
};

PrefetcherOptions PrefetcherOptions::of(const LoaderOptions& loading, const DatasetReader& dataset,
                                        const at::Device& device) {
  PrefetcherOptions options{loading, !device.is_cpu(), !device.is_cpu() && dataset.index().spec.compact()};
  if (!device.is_cpu()) options.loading.allocate = pinned;
  return options;
}

Prefetcher::Prefetcher(const DatasetReader& dataset, const at::Device& device,
                       const PrefetcherOptions& options)
    : device_(device),
      prefetch_(options.prefetch),
      colors_there_(options.colors_there),
      loader_(dataset, loading(options)) {
  if (colors_there_) palette_ = palette_of(dataset, device);
  if (!device.is_cpu())
    copies_ =
        c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device, /*isHighPriority=*/false);
}
Prefetcher::~Prefetcher() = default;

void Prefetcher::start(std::vector<std::int32_t> volumes) {
  coming_.reset();
  loader_.start(std::move(volumes));
}

std::unique_ptr<Prefetcher::InFlight> Prefetcher::launch(std::int64_t size) {
  auto flight = std::make_unique<InFlight>();
  while (static_cast<std::int64_t>(flight->samples.size()) < size) {
    auto sample = loader_.next();
    if (!sample) break;
    flight->samples.push_back(std::move(*sample));
  }
  if (flight->samples.empty()) return flight;
  const c10::OptionalStreamGuard guard(copies_);
  const auto& [d, h, w] = flight->samples[0].size();
  const auto n = static_cast<std::int64_t>(flight->samples.size());
  const at::TensorOptions there = at::TensorOptions().device(device_);
  at::Tensor mask = at::empty({n, d, h, w}, there.dtype(at::kByte)), image;
  if (!colors_there_) image = at::empty({n, 3, d, h, w}, there.dtype(at::kFloat));
  for (std::int64_t i = 0; i < n; ++i) {
    const Sample& sample = flight->samples[static_cast<std::size_t>(i)];
    mask[i].copy_(at::from_blob(sample.mask(), {d, h, w}, at::kByte), /*non_blocking=*/true);
    if (!colors_there_)
      image[i].copy_(at::from_blob(sample.image(), {3, d, h, w}, at::kFloat), /*non_blocking=*/true);
  }
  if (colors_there_) image = colors_of(mask, palette_);
  flight->batch = {image, mask};
  if (copies_) {
    flight->arrival.emplace(device_.type());
    flight->arrival->record(*copies_);
  }
  return flight;
}

Batch Prefetcher::next(std::int64_t size) {
  if (!prefetch_) return next_batch(loader_, size, device_, palette_);
  current_ = coming_ ? std::move(coming_) : launch(size);
  coming_ = launch(size);
  if (copies_ && current_->arrival) {
    const c10::Stream now = c10::impl::VirtualGuardImpl(device_.type()).getStream(device_);
    current_->arrival->block(now);
    // Freed, its memory waits for what this stream does with it.
    for (std::size_t i = 0; i < current_->batch.fields(); ++i) current_->batch[i].record_stream(now);
  }
  return current_->batch;
}

}  // namespace scaffold

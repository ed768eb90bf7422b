#include "job/prefetcher.hpp"

#include <ATen/ATen.h>
#include <c10/core/Event.h>
#include <c10/core/StreamGuard.h>
#include <c10/core/impl/VirtualGuardImpl.h>

namespace scaffold {
namespace {

at::ScalarType scalar_type(DataType type) {
  switch (type) {
    case DataType::float32:
      return at::kFloat;
    case DataType::float64:
      return at::kDouble;
    case DataType::uint8:
      return at::kByte;
    case DataType::int32:
      return at::kInt;
    case DataType::int64:
      return at::kLong;
    case DataType::bfloat16:
      break;
  }
  return at::kBFloat16;
}

/// A field of one sample, over the sample's memory; undefined where it was not read.
at::Tensor tensor_of(const Sample& sample, const FieldInfo& field, std::size_t number) {
  if (!sample.data(number)) return {};
  return at::from_blob(sample.data(number), field.dims(sample.size()), scalar_type(field.type));
}

/// The same with an axis for the batch, and the sample's memory kept as long.
at::Tensor batch_of_one(const std::shared_ptr<Sample>& sample, const FieldInfo& field, std::size_t number) {
  if (!sample->data(number)) return {};
  auto dims = field.dims(sample->size());
  dims.insert(dims.begin(), 1);
  return at::from_blob(
      sample->data(number), dims, [sample](void*) {}, scalar_type(field.type));
}

std::shared_ptr<void> pinned(std::uint64_t bytes) {
  const at::Tensor memory =
      at::empty({static_cast<std::int64_t>(bytes)}, at::TensorOptions().dtype(at::kByte).pinned_memory(true));
  return {memory.data_ptr(), [memory](void*) {}};
}

LoaderOptions loading(const PrefetcherOptions& options) {
  LoaderOptions loading = options.loading;
  loading.fields = options.expansion.fields;
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

PrefetcherOptions PrefetcherOptions::of(const LoaderOptions& loading, DeviceExpansion expansion,
                                        const at::Device& device) {
  PrefetcherOptions options{loading, !device.is_cpu(), std::move(expansion)};
  if (!device.is_cpu()) options.loading.allocate = pinned;
  return options;
}

Prefetcher::Prefetcher(const SampleReader& dataset, const at::Device& device,
                       const PrefetcherOptions& options)
    : device_(device),
      prefetch_(options.prefetch),
      expansion_(options.expansion),
      fields_(dataset.fields()),
      loader_(dataset, loading(options)) {
  if (!device.is_cpu())
    copies_ =
        c10::impl::VirtualGuardImpl(device.type()).getStreamFromGlobalPool(device, /*isHighPriority=*/false);
}
Prefetcher::~Prefetcher() = default;

void Prefetcher::start(std::vector<std::int32_t> samples) {
  coming_.reset();
  loader_.start(std::move(samples));
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
  const auto n = static_cast<std::int64_t>(flight->samples.size());
  std::vector<at::Tensor> fields;
  for (std::size_t f = 0; f < fields_.size(); ++f) {
    at::Tensor field;
    for (std::int64_t i = 0; i < n; ++i) {
      const at::Tensor one = tensor_of(flight->samples[static_cast<std::size_t>(i)], fields_[f], f);
      if (!one.defined()) break;
      if (!field.defined()) {
        auto dims = one.sizes().vec();
        dims.insert(dims.begin(), n);
        field = at::empty(dims, one.options().device(device_));
      }
      field[i].copy_(one, /*non_blocking=*/true);
    }
    fields.push_back(std::move(field));
  }
  flight->batch = Batch(std::move(fields));
  if (expansion_.complete) expansion_.complete(flight->batch);
  if (copies_) {
    flight->arrival.emplace(device_.type());
    flight->arrival->record(*copies_);
  }
  return flight;
}

/// Not ahead: copies only what it must.
Batch Prefetcher::next_batch(std::int64_t size) {
  std::vector<std::shared_ptr<Sample>> samples;
  while (static_cast<std::int64_t>(samples.size()) < size) {
    auto sample = loader_.next();
    if (!sample) break;
    samples.push_back(std::make_shared<Sample>(std::move(*sample)));
  }
  if (samples.empty()) return {};
  std::vector<at::Tensor> fields;
  for (std::size_t f = 0; f < fields_.size(); ++f) {
    std::vector<at::Tensor> parts;
    parts.reserve(samples.size());
    for (const auto& sample : samples) parts.push_back(batch_of_one(sample, fields_[f], f));
    if (!parts[0].defined())
      fields.emplace_back();
    else
      fields.push_back((parts.size() == 1 ? parts[0] : at::cat(parts)).to(device_));
  }
  Batch batch(std::move(fields));
  if (expansion_.complete) expansion_.complete(batch);
  return batch;
}

Batch Prefetcher::next(std::int64_t size) {
  if (!prefetch_) return next_batch(size);
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

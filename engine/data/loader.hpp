// Prefetching threads that deliver samples in a given order.
//
//   Loader loader(reader, {.workers = 2});
//   loader.start({4, 0, 2});
//   while (const auto sample = loader.next()) use(sample->number(), sample->as<float>(0));
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "data/sample_reader.hpp"

namespace scaffold {

namespace detail {
struct SampleBuffer;
struct SamplePool;
struct LoaderState;
}  // namespace detail

/// One box of one sample in 64-byte aligned memory, which goes back to the loader's pool on destruction.
/// May outlive the loader.
class Sample {
 public:
  Sample(Sample&&) noexcept;
  Sample& operator=(Sample&&) noexcept;
  ~Sample();
  int number() const { return number_; }
  const Extent3& size() const { return size_; }  ///< d, h, w of the box
  /// Of a field, contiguous; null where it was not asked for.
  void* data(std::size_t field) const;
  template <class Element>
  Element* as(std::size_t field) const {
    return static_cast<Element*>(data(field));
  }

 private:
  friend class Loader;
  Sample(int number, const Extent3& size, std::unique_ptr<detail::SampleBuffer> buffer,
         std::shared_ptr<detail::SamplePool> pool);
  int number_;
  Extent3 size_;
  std::unique_ptr<detail::SampleBuffer> buffer_;
  std::shared_ptr<detail::SamplePool> pool_;
};

struct LoaderOptions {
  std::optional<Block> box = std::nullopt;              ///< of each sample; nothing: all of it
  int workers = 1;                                      ///< threads; 0: next() reads by itself
  std::uint64_t budget_bytes = std::uint64_t{1} << 30;  ///< bounds the samples read ahead, at least 2 of them
  std::vector<bool> fields = {};                        ///< which are read, by number; empty: all
  /// Memory of samples, 64-byte aligned, whose last owner frees it; any thread calls it. Nothing: the heap.
  std::function<std::shared_ptr<void>(std::uint64_t bytes)> allocate = nullptr;
};

/// start(order), then next() until nothing comes; then start() again for the next epoch. Workers read with no
/// lock held. Samples handed out belong to the caller and do not count against the budget, so holding many
/// cannot deadlock.
class Loader {
 public:
  Loader(const SampleReader& reader, const LoaderOptions& options);
  ~Loader();
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  /// Begins reading these samples in this order; what an earlier start() had left is dropped.
  void start(std::vector<std::int32_t> samples);
  /// The next sample, or nothing at the end. An error in a worker is thrown here, in the sample's place.
  std::optional<Sample> next();
  /// Samples that may be read ahead.
  std::int64_t capacity() const;

 private:
  std::unique_ptr<detail::LoaderState> state_;
};

/// The training samples of one epoch in a random order, Stream(train_seed, epoch_order, epoch); filled up to
/// a multiple of global_batch by repeating the order from its start (as often as it takes when there are
/// fewer than a batch).
std::vector<std::int32_t> epoch_order(const std::vector<int>& training, std::uint64_t train_seed,
                                      std::uint32_t epoch, std::int64_t global_batch);

}  // namespace scaffold

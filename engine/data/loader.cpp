#include "data/loader.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <new>
#include <system_error>
#include <thread>

#include "core/error.hpp"
#include "core/philox.hpp"
#include "core/text.hpp"

namespace scaffold {

namespace detail {

constexpr std::size_t huge_page = std::size_t{2} << 20;

using Memory = std::shared_ptr<void>;

// Large ones ask for huge pages, which cost less to touch first and fewer address translations ever after.
Memory from_heap(std::uint64_t bytes) {
  const bool large = bytes > huge_page;
  if (large) bytes = (bytes + huge_page - 1) / huge_page * huge_page;
  const auto alignment = std::align_val_t{large ? huge_page : 64};
  void* data = ::operator new(bytes, alignment);
  if (large) ::madvise(data, bytes, MADV_HUGEPAGE);
  return {data, [alignment](void* p) { ::operator delete(p, alignment); }};
}

// One allocation; each field begins at a multiple of 64 bytes.
struct SampleBuffer {
  SampleBuffer(Memory given, const std::vector<std::optional<std::uint64_t>>& offsets)
      : memory(std::move(given)) {
    for (const auto& offset : offsets)
      fields.push_back(offset ? static_cast<std::byte*>(memory.get()) + *offset : nullptr);
  }
  Memory memory;
  std::vector<void*> fields;
};

struct SamplePool {
  std::vector<std::optional<std::uint64_t>> offsets;  // of the fields; nothing: is not read
  std::uint64_t bytes = 0;
  std::size_t keep = 2;  // free buffers worth keeping
  std::function<Memory(std::uint64_t)> allocate;
  std::mutex mutex;
  std::vector<std::unique_ptr<SampleBuffer>> free;

  std::unique_ptr<SampleBuffer> acquire() {
    {
      const std::lock_guard lock(mutex);
      if (!free.empty()) {
        auto buffer = std::move(free.back());
        free.pop_back();
        return buffer;
      }
    }
    try {
      return std::make_unique<SampleBuffer>(allocate(bytes), offsets);
    } catch (const std::bad_alloc&) {
      throw SystemError(cat("cannot allocate ", human_bytes(static_cast<double>(bytes)),
                            " for a training sample; use fewer workers, smaller samples or more shards"));
    }
  }
  void release(std::unique_ptr<SampleBuffer> buffer) noexcept {
    const std::lock_guard lock(mutex);
    if (free.size() < keep) free.push_back(std::move(buffer));  // within the reserved capacity: cannot throw
  }
};

struct LoaderState {
  const SampleReader& reader;
  LoaderOptions options;
  Extent3 size;
  std::int64_t capacity;
  std::shared_ptr<SamplePool> pool = std::make_shared<SamplePool>();

  struct Slot {
    bool ready = false;
    std::unique_ptr<SampleBuffer> buffer;
    std::exception_ptr failure;
  };
  std::mutex mutex;
  std::condition_variable work, arrived;
  std::vector<std::int32_t> order;
  std::vector<Slot> slots;  // position p is in slot p mod capacity
  std::int64_t next_read = 0, delivered = 0;
  std::uint64_t generation = 0;  // of start()
  bool stopping = false;
  std::vector<std::jthread> workers;

  LoaderState(const SampleReader& r, const LoaderOptions& o);
  ~LoaderState();
  void lay_out();
  std::unique_ptr<SampleBuffer> read(std::int32_t sample) const;
  void run();
};

LoaderState::LoaderState(const SampleReader& r, const LoaderOptions& o) : reader(r), options(o) {
  if (options.workers < 0) throw Error("loader: a negative number of workers");
  if (!options.box) options.box = whole(reader);
  size = options.box->size;
  pool->allocate = options.allocate ? options.allocate : from_heap;
  lay_out();
  capacity = static_cast<std::int64_t>(
      std::clamp<std::uint64_t>(options.budget_bytes / std::max<std::uint64_t>(pool->bytes, 1), 2, 4096));
  pool->keep = static_cast<std::size_t>(capacity) + 2;
  pool->free.reserve(pool->keep);
  slots.resize(static_cast<std::size_t>(capacity));
  const auto threads = std::min<std::int64_t>(options.workers, capacity);
  workers.reserve(static_cast<std::size_t>(threads));  // a throw with threads running would join them forever
  try {
    for (std::int64_t t = 0; t < threads; ++t) workers.emplace_back([this] { run(); });
  } catch (const std::system_error& error) {
    if (workers.empty()) throw SystemError(cat("cannot start a loader thread: ", error.what()));
  }
}

void LoaderState::lay_out() {
  const auto& fields = reader.fields();
  for (std::size_t f = 0; f < fields.size(); ++f) {
    const bool wanted = options.fields.empty() || options.fields.at(f);
    pool->offsets.push_back(wanted ? std::optional(pool->bytes) : std::nullopt);
    if (wanted) pool->bytes += (fields[f].bytes(size) + 63) / 64 * 64;
  }
}

LoaderState::~LoaderState() {
  {
    const std::lock_guard lock(mutex);
    stopping = true;
  }
  work.notify_all();
  workers.clear();  // joins
}

std::unique_ptr<SampleBuffer> LoaderState::read(std::int32_t sample) const {
  auto buffer = pool->acquire();
  reader.read(sample, *options.box, buffer->fields);
  return buffer;
}

void LoaderState::run() {
  std::unique_lock lock(mutex);
  for (;;) {
    work.wait(lock, [this] {
      const auto end = std::min<std::int64_t>(static_cast<std::int64_t>(order.size()), delivered + capacity);
      return stopping || next_read < end;
    });
    if (stopping) return;
    const std::int64_t position = next_read++;
    const std::int32_t sample = order[static_cast<std::size_t>(position)];
    const std::uint64_t mine = generation;
    lock.unlock();
    Slot result;
    try {
      result.buffer = read(sample);
    } catch (...) {
      result.failure = std::current_exception();
    }
    result.ready = true;
    lock.lock();
    if (mine == generation)
      slots[static_cast<std::size_t>(position % capacity)] = std::move(result);
    else if (result.buffer)
      pool->release(std::move(result.buffer));
    arrived.notify_all();
  }
}

}  // namespace detail

Sample::Sample(int number, const Extent3& size, std::unique_ptr<detail::SampleBuffer> buffer,
               std::shared_ptr<detail::SamplePool> pool)
    : number_(number), size_(size), buffer_(std::move(buffer)), pool_(std::move(pool)) {}
Sample::Sample(Sample&&) noexcept = default;
Sample& Sample::operator=(Sample&& other) noexcept {
  std::swap(number_, other.number_);
  std::swap(size_, other.size_);
  std::swap(buffer_, other.buffer_);
  std::swap(pool_, other.pool_);
  return *this;
}
Sample::~Sample() {
  if (buffer_) pool_->release(std::move(buffer_));
}
void* Sample::data(std::size_t field) const { return buffer_->fields.at(field); }

Loader::Loader(const SampleReader& reader, const LoaderOptions& options)
    : state_(std::make_unique<detail::LoaderState>(reader, options)) {}
Loader::~Loader() = default;
std::int64_t Loader::capacity() const { return state_->capacity; }

void Loader::start(std::vector<std::int32_t> samples) {
  auto& s = *state_;
  {
    const std::lock_guard lock(s.mutex);
    ++s.generation;
    for (auto& slot : s.slots) {
      if (slot.buffer) s.pool->release(std::move(slot.buffer));
      slot = {};
    }
    s.order = std::move(samples);
    s.next_read = s.delivered = 0;
  }
  s.work.notify_all();
}

std::optional<Sample> Loader::next() {
  auto& s = *state_;
  std::unique_lock lock(s.mutex);
  if (s.delivered >= static_cast<std::int64_t>(s.order.size())) return std::nullopt;
  const std::int64_t position = s.delivered;
  const std::int32_t sample = s.order[static_cast<std::size_t>(position)];
  if (s.workers.empty()) {
    ++s.delivered;
    lock.unlock();
    return Sample(sample, s.size, s.read(sample), s.pool);
  }
  auto& slot = s.slots[static_cast<std::size_t>(position % s.capacity)];
  s.arrived.wait(lock, [&] { return slot.ready; });
  auto taken = std::move(slot);
  slot = {};
  ++s.delivered;
  lock.unlock();
  s.work.notify_one();
  if (taken.failure) std::rethrow_exception(taken.failure);
  return Sample(sample, s.size, std::move(taken.buffer), s.pool);
}

std::vector<std::int32_t> epoch_order(const std::vector<int>& training, std::uint64_t train_seed,
                                      std::uint32_t epoch, std::int64_t global_batch) {
  std::vector<std::int32_t> order(training.begin(), training.end());
  Stream stream(train_seed, Purpose::epoch_order, epoch);
  shuffle(order, stream);
  if (order.empty() || global_batch < 1) return order;
  const std::size_t distinct = order.size();
  while (order.size() % static_cast<std::size_t>(global_batch) != 0)
    order.push_back(order[order.size() % distinct]);
  return order;
}

}  // namespace scaffold

// Memory that goes round: against a model of it, and by what stands in it.
#include <rapidcheck.h>

#include <map>
#include <random>
#include <thread>

#include "catch.hpp"
#include "core/page_pool.hpp"

using scaffold::PagePool;

namespace {

constexpr std::size_t granule = PagePool::granule, step = 4096;

/// A value in every page, which no other block's has.
void mark(void* data, std::size_t bytes, std::uint64_t value) {
  for (std::size_t at = 0; at < bytes; at += step)
    *reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(data) + at) = value + at;
}

bool marked(const void* data, std::size_t bytes, std::uint64_t value) {
  for (std::size_t at = 0; at < bytes; at += step)
    if (*reinterpret_cast<const std::uint64_t*>(static_cast<const std::byte*>(data) + at) != value + at)
      return false;
  return true;
}

struct Held {
  std::size_t bytes;
  std::uint64_t value;
};

}  // namespace

TEST_CASE(
    "what is taken holds what its owner wrote, and the system gives no more than was ever in use at once") {
  CHECK(rc::check([] {
    PagePool pool;
    std::map<void*, Held> held;
    std::uint64_t in_use = 0, most = 0, value = 1;
    const auto give_back = [&](std::map<void*, Held>::iterator one) {
      RC_ASSERT(marked(one->first, one->second.bytes, one->second.value));
      in_use -= (one->second.bytes + granule - 1) / granule * granule;
      RC_ASSERT(pool.release(one->first));
      held.erase(one);
    };
    for (int turn = *rc::gen::inRange(1, 40); turn > 0; --turn) {
      if (!held.empty() && *rc::gen::inRange(0, 5) < 2) {
        give_back(std::next(held.begin(), *rc::gen::inRange<std::ptrdiff_t>(0, std::ssize(held))));
      } else {
        const auto bytes = *rc::gen::inRange<std::size_t>(1, 7 * granule);
        void* data = pool.acquire(bytes);
        RC_ASSERT(reinterpret_cast<std::uintptr_t>(data) % granule == 0u);
        mark(data, bytes, value << 40);
        RC_ASSERT(held.emplace(data, Held{bytes, value++ << 40}).second);
        in_use += (bytes + granule - 1) / granule * granule;
        most = std::max(most, in_use);
      }
      const auto counts = pool.counts();
      RC_ASSERT(counts.in_use == in_use);
      RC_ASSERT(counts.fresh == most);
      RC_ASSERT(counts.kept == most - in_use);
    }
    while (!held.empty()) give_back(held.begin());
  }));
}

TEST_CASE(
    "pages that were given back come back, for one large block from several small ones and the reverse") {
  PagePool pool;
  std::vector<void*> small;
  for (int i = 0; i < 4; ++i) small.push_back(pool.acquire(2 * granule));
  for (void* data : small) mark(data, 2 * granule, 7);
  for (void* data : small) CHECK(pool.release(data));
  void* large = pool.acquire(8 * granule);
  CHECK(pool.counts().fresh == 8 * granule);
  // The same pages: a fresh one would hold zeros.
  for (std::size_t at = 0; at < 8 * granule; at += step)
    REQUIRE(*reinterpret_cast<std::uint64_t*>(static_cast<std::byte*>(large) + at) >= 7);
  mark(large, 8 * granule, 9);
  CHECK(pool.release(large));
  void* odd = pool.acquire(3 * granule);
  CHECK(marked(odd, step, *static_cast<std::uint64_t*>(odd)));
  CHECK(pool.counts().fresh == 8 * granule);
  CHECK(pool.release(odd));
}

TEST_CASE("a size that was just given back is the same memory again") {
  PagePool pool;
  void* first = pool.acquire(5 * granule);
  CHECK(pool.release(first));
  CHECK(pool.acquire(5 * granule) == first);
}

TEST_CASE("the pool refuses what is not its own, and gives back to the system what it keeps") {
  PagePool pool;
  int own = 0;
  CHECK_FALSE(pool.release(&own));
  CHECK_FALSE(pool.release(nullptr));
  void* data = pool.acquire(granule);
  CHECK(pool.release(data));
  CHECK_FALSE(pool.release(data));
  CHECK(pool.counts().kept == granule);
  pool.trim();
  CHECK(pool.counts().kept == 0);
}

TEST_CASE("more than there are addresses for is std::bad_alloc, and the pool goes on") {
  PagePool pool;
  CHECK_THROWS_AS(pool.acquire(std::size_t{1} << 60), std::bad_alloc);
  CHECK_THROWS_AS(pool.acquire(SIZE_MAX), std::bad_alloc);
  void* data = pool.acquire(granule);
  mark(data, granule, 3);
  CHECK(pool.release(data));
}

TEST_CASE("threads share a pool") {
  PagePool pool;
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t t = 1; t <= 4; ++t)
      threads.emplace_back([&, t] {
        std::mt19937_64 random(t);
        std::map<void*, Held> held;
        for (std::uint64_t turn = 0; turn < 300; ++turn) {
          if (held.size() > 3) {
            const auto one = std::next(held.begin(), static_cast<std::ptrdiff_t>(random() % held.size()));
            if (!marked(one->first, one->second.bytes, one->second.value)) ++wrong;
            if (!pool.release(one->first)) ++wrong;
            held.erase(one);
          }
          const std::size_t bytes = (1 + random() % 5) * granule;
          void* data = pool.acquire(bytes);
          const std::uint64_t value = (t << 60) + (turn << 40);
          mark(data, bytes, value);
          held.emplace(data, Held{bytes, value});
        }
        for (const auto& [data, one] : held) {
          if (!marked(data, one.bytes, one.value)) ++wrong;
          if (!pool.release(data)) ++wrong;
        }
      });
  }
  CHECK(wrong == 0);
  CHECK(pool.counts().in_use == 0);
}

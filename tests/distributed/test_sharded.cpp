// Properties of sharded layers and of the whole network, with ranks as threads.
#include <ATen/ATen.h>

#include <rapidcheck.h>
#include <mutex>

#include "catch.hpp"
#include "comm/progress_thread.hpp"
#include "core/error.hpp"
#include "sharded_checks.hpp"
#include "thread_team.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

/// The largest difference over all ranks.
template <class Check, class Case>
double largest(Check&& check, const Case& c) {
  double worst = 0;
  std::mutex mutex;
  run_team(static_cast<int>(c.shards[0] * c.shards[1] * c.shards[2]), [&](Communicator& comm) {
    const double found = check(comm, c).largest();
    const std::lock_guard lock(mutex);
    worst = std::max(worst, found);
  });
  return worst;
}

/// At most 8 shards, any mix of axes, odd counts too.
Extent3 any_shards() {
  return *rc::gen::suchThat(
      rc::gen::construct<Extent3>(rc::gen::inRange<std::int64_t>(1, 5), rc::gen::inRange<std::int64_t>(1, 5),
                                  rc::gen::inRange<std::int64_t>(1, 5)),
      [](const Extent3& s) { return s[0] * s[1] * s[2] <= 8; });
}

Extent3 extents(std::int64_t from, std::int64_t to, std::int64_t multiple = 1) {
  Extent3 e{};
  for (auto& extent : e) extent = *rc::gen::inRange<std::int64_t>(from, to) * multiple;
  return e;
}

LayerCase any_layer() {
  LayerCase c;
  c.shards = any_shards();
  c.local = extents(1, 6);
  c.batch = *rc::gen::inRange<std::int64_t>(1, 3);
  c.groups = *rc::gen::inRange<std::int64_t>(1, 4);
  c.in = c.groups * *rc::gen::inRange<std::int64_t>(1, 4);
  c.out = *rc::gen::inRange<std::int64_t>(1, 5);
  c.channels_last = *rc::gen::arbitrary<bool>();
  c.seed = *rc::gen::inRange<std::uint64_t>(1, 1 << 20);
  return c;
}

}  // namespace

TEST_CASE("sharded convolution equals the whole one in outputs and gradients") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    RC_LOG() << describe(c);
    RC_ASSERT(largest(check_convolution, c) < 1e-9);
    c.type = at::kFloat;
    RC_ASSERT(largest(check_convolution, c) < 1e-5);
  }));
}

TEST_CASE("sharded convolution by the fused kernels equals the whole one") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.local = extents(2, 6);
    // Wide enough for them, or not.
    c.in = *rc::gen::element<std::int64_t>(8, 32, 64);
    c.out = *rc::gen::element<std::int64_t>(8, 32);
    c.fused = true;
    c.overlap = *rc::gen::arbitrary<bool>();
    c.type = at::kFloat;
    if (c.overlap) c.local = extents(4, 7);
    RC_LOG() << describe(c);
    RC_ASSERT(largest(check_convolution, c) < 1e-5);
  }));
}

TEST_CASE("sharded convolution is as exact when halos fly while the interior is computed") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.local = extents(4, 8);
    c.overlap = true;
    RC_LOG() << describe(c);
    RC_ASSERT(largest(check_convolution, c) < 1e-9);
  }));
}

TEST_CASE("sharded group norm has the statistics of the whole volume") {
  CHECK(rc::check([] {
    LayerCase c = any_layer();
    c.local = extents(3, 6);
    RC_LOG() << describe(c);
    RC_ASSERT(largest(check_group_norm, c) < 1e-9);
    c.type = at::kFloat;
    c.in = std::max<std::int64_t>(
        c.in, 4 * c.groups);  // a sum over few voxels of one channel may cancel to nothing
    RC_ASSERT(largest(check_group_norm, c) < 1e-5);
  }));
}

TEST_CASE("a sharded network and its loss equal the whole in outputs and gradients") {
  CHECK(rc::check("any grid", [] {
    NetworkCase c;
    c.shards = any_shards();
    c.levels = *rc::gen::inRange<std::int64_t>(1, 3);
    c.local = extents(1, 3, std::int64_t{1} << c.levels);
    c.batch = *rc::gen::inRange<std::int64_t>(1, 3);
    c.groups = *rc::gen::element<std::int64_t>(1, 2, 4);
    c.width = 4;
    c.activation_checkpointing = *rc::gen::arbitrary<bool>();
    c.progress_thread = *rc::gen::arbitrary<bool>();
    c.process_group = *rc::gen::arbitrary<bool>();
    c.seed = *rc::gen::inRange<std::uint64_t>(1, 1 << 20);
    RC_LOG() << describe(c);
    RC_ASSERT(largest(check_network, c) < 1e-9);
  }));
}

TEST_CASE("largest differences by number format", "[.figures]") {
  for (const auto& [name, type, precision] : {std::tuple("float64", at::kDouble, Precision::float32),
                                              {"float32", at::kFloat, Precision::float32},
                                              {"bfloat16 autocast", at::kFloat, Precision::bfloat16}}) {
    Differences most;
    for (const Extent3& shards : {Extent3{2, 1, 1}, {1, 2, 2}, {2, 2, 2}, {1, 4, 1}, {3, 1, 2}}) {
      NetworkCase c;
      c.shards = shards;
      c.local = {8, 8, 8};
      c.type = type;
      c.precision = precision;
      std::mutex mutex;
      run_team(static_cast<int>(shards[0] * shards[1] * shards[2]), [&](Communicator& comm) {
        const Differences found = check_network(comm, c);
        const std::lock_guard lock(mutex);
        most.output = std::max(most.output, found.output);
        most.grad_input = std::max(most.grad_input, found.grad_input);
        most.grad_weight = std::max(most.grad_weight, found.grad_weight);
      });
    }
    WARN(name << ": outputs " << most.output << ", input gradient " << most.grad_input
              << ", weight gradients " << most.grad_weight);
  }
}

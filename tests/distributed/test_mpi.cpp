// What MPI's communicator promises, sharded layers over MPI, and the reducer.
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <torch/csrc/autograd/autograd.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "catch.hpp"
#include "comm/progress_thread.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "job/rank_report.hpp"
#include "mpi_world_of_test.hpp"
#include "parallel/c10d_backend.hpp"
#include "parallel/gradient_reducer.hpp"
#include "sharded_checks.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

/// All ways to cut a volume into `ranks` shards.
std::vector<Extent3> cuts(int ranks) {
  std::vector<Extent3> all;
  for (int d = 1; d <= ranks; ++d)
    for (int h = 1; h <= ranks; ++h)
      for (int w = 1; w <= ranks; ++w)
        if (d * h * w == ranks) all.push_back({d, h, w});
  if (ranks == 8)
    return {{8, 1, 1}, {1, 2, 4}, {2, 2, 2}};  // eight processes on a small machine take their time
  return all;
}

void expect_below(double found, double bound, const std::string& what) {
  INFO(what << ": " << found);
  CHECK(found < bound);
}

}  // namespace

TEST_CASE("sums, broadcasts, gathers and messages arrive") {
  Communicator& comm = test_world().all();
  const int rank = comm.rank(), size = comm.size();
  std::vector<double> values(1000);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(i) + rank;
  sum(comm, std::span(values));
  for (std::size_t i = 0; i < values.size(); ++i)
    REQUIRE(values[i] == static_cast<double>(i) * size + size * (size - 1) / 2.0);

  const auto texts = all_gather(comm, std::string(static_cast<std::size_t>(rank), 'x'));
  for (std::size_t r = 0; r < texts.size(); ++r) CHECK(texts[r].size() == r);
  CHECK(broadcast(comm, rank == size - 1 ? "last" : "", size - 1) == "last");

  // A ring, over a communicator of its own.
  const auto ring = comm.split(0, -rank);  // reversed
  CHECK(ring->rank() == size - 1 - rank);
  if (size > 1) {
    const int next = (ring->rank() + 1) % size, before = (ring->rank() + size - 1) % size;
    std::vector<int> out(100000, ring->rank()), in(100000, -1);
    std::vector<RequestPtr> requests;
    requests.push_back(
        ring->start_receive(in.data(), static_cast<std::int64_t>(in.size() * sizeof(int)), before, 3));
    requests.push_back(
        ring->start_send(out.data(), static_cast<std::int64_t>(out.size() * sizeof(int)), next, 3));
    wait_all(requests);
    CHECK(in == std::vector<int>(in.size(), before));
  }
}

TEST_CASE("bfloat16 sums round to nearest") {
  Communicator& comm = test_world().all();
  at::Tensor values = at::randn({4097}, at::make_generator<at::CPUGeneratorImpl>(comm.rank() + 1), at::kFloat)
                          .to(at::kBFloat16);
  at::Tensor exact = values.to(at::kDouble).contiguous();
  wait(*comm.start_sum(exact.data_ptr(), exact.numel(), DataType::float64));
  wait(*comm.start_sum(values.data_ptr(), values.numel(), DataType::bfloat16));
  // Each of size − 1 additions rounds by at most half a unit of the largest partial sum's last place.
  const at::Tensor error = (values.to(at::kDouble) - exact).abs();
  CHECK(error.max().item<double>() <= (comm.size() - 1) * std::ldexp(1.0, -8) * 16);
  if (comm.size() == 2) CHECK(at::equal(values, exact.to(at::kBFloat16)));
}

TEST_CASE("together: the first failing rank's error is everybody's") {
  Communicator& comm = test_world().all();
  const int guilty = comm.size() - 1;
  CHECK_THROWS_WITH(collective_try(comm,
                                   [&] {
                                     if (comm.rank() == guilty) throw DataError("gone");
                                   }),
                    "gone");
  collective_try(comm, [] {});
}

TEST_CASE("the ranks of this machine share a communicator") {
  World& world = test_world();
  const auto machine = world.all().split_by_machine();
  CHECK(machine->size() == world.local_size());
  CHECK(machine->rank() == world.local_rank());
  CHECK(machine->size() == world.size());  // the tests run on one
  CHECK(machine->rank() == world.rank());
}

TEST_CASE("operations that nobody waits for keep their buffers, and receives are called back") {
  Communicator& comm = test_world().all();
  if (comm.size() == 1) return;
  const auto own = comm.split(0, comm.rank()), messages = comm.split(0, comm.rank());
  const std::size_t count = 1 << 18;  // too many for a message that is sent unasked
  auto values = std::make_shared<std::vector<double>>(count, comm.rank() + 1.0);
  const std::weak_ptr<void> seen = values;
  const auto start = [&] {
    auto request = own->start_sum(values->data(), static_cast<std::int64_t>(count), DataType::float64);
    request->keep(values);
    return request;
  };
  if (comm.rank() > 0) {
    start().reset();  // rank 0 has not begun, so this is not over
    values.reset();
    CHECK_FALSE(seen.expired());
    std::int64_t left = 1;
    wait(*messages->start_send(&left, sizeof left, 0, 0));
  } else {
    for (int r = 1; r < comm.size(); ++r) {
      std::int64_t left = 0;
      wait(*messages->start_receive(&left, sizeof left, r, 0));
      CHECK(left == 1);
    }
    const auto request = start();
    wait(*request);
    CHECK(values->front() == comm.size() * (comm.size() + 1) / 2.0);
    CHECK(values->back() == values->front());
  }
  barrier(comm);
  // What is called back takes no message from whoever asks later.
  if (comm.rank() == 0) {
    auto first = std::make_shared<int>(-1);
    auto request = messages->start_receive(first.get(), sizeof(int), 1, 7);
    request->keep(first);
    request.reset();
    CHECK(first.use_count() == 1);
    barrier(comm);
    int second = -1;
    wait(*messages->start_receive(&second, sizeof second, 1, 7));
    CHECK(second == 77);
    CHECK(*first == -1);
  } else {
    barrier(comm);
    const int sent = 77;
    if (comm.rank() == 1) wait(*messages->start_send(&sent, sizeof sent, 0, 7));
  }
}

TEST_CASE("sharded layers and network over MPI equal the whole") {
  Communicator& comm = test_world().all();
  double network64 = 0, network32 = 0;
  for (const Extent3& shards : cuts(comm.size())) {
    LayerCase layer;
    layer.shards = shards;
    layer.local = {3, 4, 2};
    layer.in = layer.out = 4;
    layer.groups = 2;
    expect_below(check_convolution(comm, layer).largest(), 1e-9, describe(layer));
    expect_below(check_group_norm(comm, layer).largest(), 1e-9, describe(layer));
    layer.type = at::kFloat;
    expect_below(check_convolution(comm, layer).largest(), 1e-5, describe(layer));
    expect_below(check_group_norm(comm, layer).largest(), 1e-5, describe(layer));

    NetworkCase network;
    network.shards = shards;
    network.activation_checkpointing = shards[0] > 1;
    const double found = check_network(comm, network).largest();
    expect_below(found, 1e-9, describe(network));
    network64 = std::max(network64, found);
    network.type = at::kFloat;
    network32 = std::max(network32, check_network(comm, network).largest());
  }
  // Float32 networks: rounding of a whole network's gradients, measured and bounded generously.
  CHECK(network32 < 1e-3);
  if (comm.rank() == 0)
    std::cout << "largest relative difference of the network: " << network64 << " (float64), " << network32
              << " (float32)\n";
}

TEST_CASE("large halos are as exact, with and without the progress thread") {
  Communicator& comm = test_world().all();
  LayerCase layer;
  layer.shards = cuts(comm.size()).back();
  layer.local = {16, 64, 64};
  layer.in = 16;
  layer.out = 2;
  layer.channels_last = true;
  expect_below(check_convolution(comm, layer).largest(), 1e-9, describe(layer));
}

TEST_CASE("the reducer averages over replicas, in float32 exactly and in bfloat16 within its rounding") {
  Communicator& world = test_world().all();
  if (world.size() == 1) return;
  const auto comm = world.split(0, world.rank());
  for (const bool bfloat16 : {false, true})
    for (const bool overlap : {true, false}) {
      ProgressThread progress;
      std::vector<at::Tensor> parameters, parts;
      for (int i = 0; i < 7; ++i)
        parameters.push_back(at::zeros({1000 * (i + 1), 3}, at::kFloat).set_requires_grad(true));
      GradientReducerOptions options;
      options.replicas = world.size();
      options.bucket_bytes = 40000;
      options.bfloat16 = bfloat16;
      options.overlap = overlap;
      GradientReducer reducer(parameters, make_process_group(*comm, progress), options);
      for (int step = 0; step < 3; ++step) {
        // The gradient of Σ p·c is c, another on each rank; the mean is known without any communication.
        const auto coefficients = [&](int rank, int i) {
          return at::randn(parameters[i].sizes(),
                           at::make_generator<at::CPUGeneratorImpl>(100 * step + 10 * i + rank), at::kFloat);
        };
        for (auto& parameter : parameters) parameter.mutable_grad().reset();
        const int rounds = step == 2 ? 2 : 1;  // the last step accumulates two
        for (int round = 0; round < rounds; ++round) {
          at::Tensor loss = at::zeros({}, at::kFloat);
          for (int i = 0; i < 7; ++i) loss = loss + (parameters[i] * coefficients(world.rank(), i)).sum();
          if (round == rounds - 1) reducer.prepare();
          round == rounds - 1 ? reducer.backward(loss) : loss.backward();
        }
        for (int i = 0; i < 7; ++i) {
          at::Tensor mean = at::zeros(parameters[i].sizes(), at::kDouble);
          for (int r = 0; r < world.size(); ++r)
            mean += coefficients(r, i).to(at::kDouble) * rounds / world.size();
          const double bound = bfloat16 ? 0.05 : 1e-5;
          expect_below((parameters[i].grad().to(at::kDouble) - mean).abs().max().item<double>(), bound,
                       "gradient");
        }
      }
      const std::int64_t elements = 28000 * 3;
      CHECK(reducer.traffic().bytes == 3 * elements * (bfloat16 ? 2 : 4));
    }
}

TEST_CASE("gradients in bfloat16 take no more threads than those in float32") {
  Communicator& world = test_world().all();
  if (world.size() == 1) return;
  const auto comm = world.split(0, world.rank());
  const int before = at::get_num_threads();
  at::set_num_threads(3);
  std::array<std::ptrdiff_t, 2> threads{};
  for (const bool bfloat16 : {false, true}) {
    ProgressThread progress;
    // Enough elements for a copy in parallel.
    const std::vector<at::Tensor> parameters{at::zeros({1 << 18}, at::kFloat).set_requires_grad(true)};
    GradientReducerOptions options;
    options.replicas = world.size();
    options.bfloat16 = bfloat16;
    GradientReducer reducer(parameters, make_process_group(*comm, progress), options);
    reducer.prepare();
    reducer.backward((parameters[0] * at::ones({1 << 18}, at::kFloat)).sum());
    const fs::directory_iterator tasks("/proc/self/task");
    threads[bfloat16] = std::distance(begin(tasks), end(tasks));
  }
  at::set_num_threads(before);
  CHECK(threads[1] == threads[0]);
}

TEST_CASE("the slowest rank is named, without the time it waited for others") {
  World& world = test_world();
  if (world.size() == 1) {
    ParallelContext alone;
    CHECK_FALSE(RankReport().finish(alone, {}, nullptr, {}, 1, 0));
    return;
  }
  ParallelContext parallel(world.all(), {1, 1, 1});
  RankReport report;
  GradientTraffic before, traffic;
  before.exposed_seconds = 100;  // of warm-up
  before.bytes = 5;
  report.begin(before, nullptr);
  // All ranks take as long as the slowest, the last one but one; the others wait the rest of the time in the
  // all-reduce.
  const int slow = std::max(world.size() - 2, 0), rank = world.rank();
  const double computing = rank == slow ? 8 : 2 + 0.1 * rank;
  traffic.exposed_seconds = 100 + (8 - computing);
  traffic.total_seconds = traffic.exposed_seconds;
  traffic.bytes = 1005;
  PhaseSeconds phases;
  phases.forward = 3;
  phases.backward = 4;
  phases.optimizer = 1;
  phases.validation = 50;
  report.end_training(traffic, nullptr);
  const auto record = report.finish(parallel, traffic, nullptr, phases, 4, 1000 + rank);
  REQUIRE(record);
  CHECK(record->slowest_rank == slow);
  CHECK(record->slowest_host == describe_machine().host);
  CHECK(record->step_max == Approx(2));
  CHECK(record->step_min == Approx((slow == 0 ? 2.1 : 2.0) / 4));
  CHECK(record->allreduce_bytes == 1000);
  double share = 0;
  for (int r = 0; r < world.size(); ++r) share += r == slow ? 0 : (8 - (2 + 0.1 * r)) / 8 / world.size();
  CHECK(record->communication_share == Approx(share));
}

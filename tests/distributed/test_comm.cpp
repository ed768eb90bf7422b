// Grid arithmetic, and what every communicator promises, with ranks as threads.
#include <rapidcheck.h>
#include <mutex>
#include <set>
#include <typeinfo>

#include "bench/comm.hpp"
#include "catch.hpp"
#include "comm/affinity.hpp"
#include "comm/alarm.hpp"
#include "comm/probe.hpp"
#include "comm/process_grid.hpp"
#include "comm/progress_thread.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "fractal_unet/rules.hpp"
#include "thread_team.hpp"

using namespace scaffold;
using namespace scaffold::testing;

TEST_CASE("every rank has one place in the grid, and neighbors see each other") {
  CHECK(rc::check([] {
    const Extent3 shards{*rc::gen::inRange<std::int64_t>(1, 5), *rc::gen::inRange<std::int64_t>(1, 5),
                         *rc::gen::inRange<std::int64_t>(1, 5)};
    const int count = static_cast<int>(shards[0] * shards[1] * shards[2]);
    const int world = count * *rc::gen::inRange(1, 4);
    std::set<std::tuple<int, std::int64_t, std::int64_t, std::int64_t>> places;
    for (int rank = 0; rank < world; ++rank) {
      const ProcessGrid grid(world, rank, shards);
      const Extent3 at = grid.coordinates();
      places.insert({grid.replica(), at[0], at[1], at[2]});
      RC_ASSERT(grid.replica() == rank / count);
      for (const auto& neighbor : grid.neighbors()) {
        const ProcessGrid other(world, grid.replica() * count + neighbor.shard, shards);
        for (int axis = 0; axis < 3; ++axis)
          RC_ASSERT(other.coordinates()[axis] == at[axis] + neighbor.offset[axis]);
        int back = 0;
        for (const auto& seen : other.neighbors())
          back += seen.shard == grid.shard() && seen.offset[0] == -neighbor.offset[0] &&
                  seen.offset[1] == -neighbor.offset[1] && seen.offset[2] == -neighbor.offset[2];
        RC_ASSERT(back == 1);
      }
    }
    RC_ASSERT(static_cast<int>(places.size()) == world);
  }));
}

TEST_CASE("shards are the blocks of the layout on disk") {
  const ShardLayout layout({16, 16, 16}, {2, 4, 1}, {3, 2, 4});
  for (int rank = 0; rank < 8; ++rank) {
    const ProcessGrid grid(8, rank, layout.shards());
    const Block block = layout.block(grid.shard());
    for (int axis = 0; axis < 3; ++axis)
      CHECK(block.begin[axis] == grid.coordinates()[axis] * 16 / layout.shards()[axis]);
  }
}

TEST_CASE("a world that is no multiple of the shards is told what would be") {
  CHECK_THROWS_WITH(ProcessGrid(6, 0, {2, 2, 1}), Catch::Contains("4 shards do not divide 6 processes") &&
                                                      Catch::Contains("multiple of 4") &&
                                                      Catch::Contains("1, 2 shards"));
  CHECK_THROWS_AS(ProcessGrid(1, 0, {2, 1, 1}), ConfigError);
}

TEST_CASE("shards that cannot be pooled are refused with the level and what fits") {
  CHECK_NOTHROW(check_shards_fit(64, {8, 8, 8}, 3));
  CHECK_NOTHROW(check_shards_fit(32, {1, 1, 8}, 2));
  CHECK_THROWS_WITH(check_shards_fit(32, {1, 16, 1}, 2), Catch::Contains("16 shards along H") &&
                                                             Catch::Contains("level 1") &&
                                                             Catch::Contains("at most 8"));
  CHECK_THROWS_WITH(check_shards_fit(16, {32, 1, 1}, 1), Catch::Contains("level 0"));
}

TEST_CASE("ranks on machines of one host name do not share each other's cores") {
  const int all = available_threads();
  std::mutex mutex;
  std::multiset<int> claimed;
  run_team(2,
           [&](Communicator& comm) {
             const int cores = claim_cores(comm);
             const std::lock_guard lock(mutex);
             claimed.insert(cores);
           },
           {0, 1});
  CHECK(claimed == std::multiset<int>{all, all});
}

TEST_CASE("together: the others' error is of the same class and exit code") {
  const auto thrown = [](const std::function<void()>& raise, auto&& is) {
    int same = 0;
    std::mutex mutex;
    run_team(3, [&](Communicator& comm) {
      try {
        collective_try(comm, [&] {
          if (comm.rank() == 1) raise();
        });
      } catch (const std::exception& error) {
        const std::lock_guard lock(mutex);
        same += is(error) && std::string(error.what()) == "a message of several words";
      }
    });
    return same;
  };
  const auto of = [&]<class E>(E error) {
    return thrown([&] { throw error; },
                  [&](const std::exception& e) {
                    const auto* found = dynamic_cast<const E*>(&e);
                    return found && typeid(*found) == typeid(E) && found->code() == error.code();
                  });
  };
  const std::string message = "a message of several words";
  CHECK(of(ConfigError(message)) == 3);
  CHECK(of(DataError(message)) == 3);
  CHECK(of(NumericalError(message)) == 3);
  CHECK(of(CommError(message)) == 3);
  CHECK(of(SystemError(message)) == 3);
  CHECK(of(Error(message, ExitCode::target)) == 3);
  // Of a foreign class: internal, with its message.
  CHECK(thrown([&] { throw std::runtime_error(message); },
               [](const std::exception& e) {
                 const auto* error = dynamic_cast<const Error*>(&e);
                 return !error || error->code() == ExitCode::internal;
               }) == 3);
}

TEST_CASE("together: what one rank throws all throw, with its class and message") {
  for (int guilty : {0, 2}) {
    std::mutex mutex;
    std::multiset<std::string> messages;
    run_team(3, [&](Communicator& comm) {
      try {
        collective_try(comm, [&] {
          if (comm.rank() == guilty) throw DataError("file 'x' is missing");
        });
      } catch (const Error& error) {
        const std::lock_guard lock(mutex);
        messages.insert(std::to_string(static_cast<int>(error.code())) + error.what());
      }
      collective_try(comm, [] {});  // and all are still in step
    });
    CHECK(messages.count("3file 'x' is missing") == 3);
  }
}

TEST_CASE("texts of any length are gathered in order") {
  run_team(4, [](Communicator& comm) {
    const auto texts =
        all_gather(comm, std::string(static_cast<std::size_t>(comm.rank() * 5), 'a' + comm.rank()));
    for (std::size_t r = 0; r < 4; ++r)
      if (texts[r] != std::string(r * 5, static_cast<char>('a' + r))) throw std::runtime_error("wrong text");
    if (broadcast(comm, comm.rank() == 2 ? "from two" : "", 2) != "from two")
      throw std::runtime_error("broadcast");
  });
}

TEST_CASE("the progress thread finishes what it is given and hands errors on") {
  struct Counts : Request {
    explicit Counts(int polls, bool fails) : polls_(polls), fails_(fails) {}
    bool done() override {
      if (polls_-- > 0) return false;
      if (fails_) throw CommError("line is cut");
      return true;
    }
    int polls_;
    bool fails_;
  };
  ProgressThread thread;
  std::vector<std::shared_ptr<ProgressThread::Watched>> watched;
  std::atomic<int> finished{0};
  for (int i = 0; i < 20; ++i) {
    std::vector<RequestPtr> requests;
    for (int j = 0; j < 3; ++j) requests.push_back(std::make_unique<Counts>(i * j, i == 7 && j == 2));
    watched.push_back(
        thread.watch(std::move(requests), [&](std::exception_ptr error) { finished += error ? 100 : 1; }));
  }
  for (std::size_t i = 0; i < watched.size(); ++i) {
    if (i == 7)
      CHECK_THROWS_AS(watched[i]->wait(), CommError);
    else
      watched[i]->wait();
  }
  CHECK(finished == 119);
}

TEST_CASE("every rank is told the same speeds") {
  for (const int ranks : {1, 2, 3}) {
    std::mutex mutex;
    std::set<std::tuple<double, double, double>> told;
    run_team(ranks, [&](Communicator& comm) {
      const CommSpeed speed = probe_communication(comm, 4096, 1024, 0.01);
      const std::lock_guard lock(mutex);
      told.insert({speed.latency_seconds, speed.sum_bytes_per_second, speed.exchange_bytes_per_second});
    });
    REQUIRE(told.size() == 1);
    const auto [latency, sum, exchange] = *told.begin();
    CHECK((latency > 0 && sum > 0 && exchange > 0) == (ranks > 1));
  }
}

TEST_CASE(
    "ranks that measure each other do the same number of rounds, and one alone is told to bring others") {
  std::mutex mutex;
  std::set<std::vector<int>> rounds;
  run_team(3, [&](Communicator& comm) {
    const bench::Report report = bench_communication(comm, 0.01);
    std::vector<int> own;
    for (const auto& comparison : report.comparisons) {
      own.push_back(comparison.rounds);
      for (const auto& one : comparison.alternatives) CHECK(one.seconds.median > 0);
    }
    const std::lock_guard lock(mutex);
    rounds.insert(own);
  });
  REQUIRE(rounds.size() == 1);
  CHECK(rounds.begin()->size() == 7);
  CHECK_THROWS_AS(bench_communication(*single_process(), 0.01), ConfigError);
}

TEST_CASE("of ranks that fail one is heard, by rank 0's voice; where all is well nobody is") {
  for (const std::set<int>& failing : {std::set<int>{}, std::set<int>{2}, std::set<int>{1, 3},
                                       std::set<int>{0, 1}, std::set<int>{0, 1, 2, 3}}) {
    std::mutex mutex;
    std::vector<std::tuple<int, int, std::string>> heard;
    run_team(4, [&](Communicator& comm) {
      Alarm alarm(comm.split(0, comm.rank()), [&](int rank, int code, const std::string& why) {
        const std::lock_guard lock(mutex);
        heard.emplace_back(rank, code, why);
      });
      const int rank = comm.rank();
      if (failing.count(rank) && rank == 0) alarm.claim();
      if (failing.count(rank)) alarm.raise(10 + rank, "because " + std::to_string(rank), 0);
      if (!failing.count(rank) || rank == 0) alarm.close();
    });
    if (failing.empty()) {
      CHECK(heard.empty());
      continue;
    }
    REQUIRE(heard.size() == 1);
    const auto [rank, code, why] = heard[0];
    CHECK(failing.count(rank) == 1);
    CHECK(code == 10 + rank);
    CHECK(why == "because " + std::to_string(rank));
  }
}

TEST_CASE("a reason longer than a message is cut, and who is not answered gets control back") {
  run_team(2, [](Communicator& comm) {
    std::string heard;
    Alarm alarm(comm.split(0, comm.rank()), [&](int, int, const std::string& why) { heard = why; });
    if (comm.rank() == 1)
      alarm.raise(1, std::string(5000, 'x'), 0);
    else
      alarm.close();
    if (comm.rank() == 0) CHECK(heard == std::string(1015, 'x'));
  });
}

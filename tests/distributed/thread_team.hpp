// Ranks as threads of one process: a second implementation of the communicator, small enough to be read, on
// which properties are tested without a launcher.
#pragma once
#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <map>
#include <mutex>
#include <thread>
#include <tuple>

#include "comm/communicator.hpp"

namespace scaffold::testing {

/// What the threads of a team share. Collectives are matched by their order of arrival at each rank.
struct TeamState {
  struct Collective {
    int arrived = 0, left = 0;
    std::vector<const void*> data;
    std::vector<char> result;
    bool complete = false;
  };
  std::mutex mutex;
  std::map<std::pair<std::vector<int>, std::uint64_t>, Collective> collectives;  ///< (members, number)
  std::map<std::tuple<std::vector<int>, int, int, int>, std::deque<std::vector<char>>>
      mail;                              ///< from, to, tag
  std::map<std::vector<int>, int> made;  ///< communicators made of the same members
  std::vector<int> machines;             ///< number of each rank's machine; empty: they share one
};

class ThreadCommunicator : public Communicator {
 public:
  ThreadCommunicator(TeamState& state, std::vector<int> members, int rank, int copy)
      : state_(state), members_(std::move(members)), rank_(rank) {
    key_ = members_;
    key_.push_back(-1 - copy);
  }
  int rank() const override { return rank_; }
  int size() const override { return static_cast<int>(members_.size()); }

  std::unique_ptr<Communicator> split(int color, int key) override {
    const std::array<int, 2> mine{color, key};
    std::vector<std::array<int, 2>> all(members_.size());
    wait(*start_all_gather(mine.data(), sizeof mine, all.data()));
    std::vector<std::pair<int, int>> chosen;  // key, rank here
    for (int r = 0; r < size(); ++r)
      if (all[r][0] == color) chosen.push_back({all[r][1], r});
    std::sort(chosen.begin(), chosen.end());
    std::vector<int> members;
    int rank = 0;
    for (const auto& [order, r] : chosen) {
      if (r == rank_) rank = static_cast<int>(members.size());
      members.push_back(members_[r]);
    }
    return std::make_unique<ThreadCommunicator>(state_, members, rank,
                                                1000 * (splits_++ + 1) + static_cast<int>(-key_.back()));
  }

  std::unique_ptr<Communicator> split_by_machine() override {
    const auto job_rank = static_cast<std::size_t>(members_[static_cast<std::size_t>(rank_)]);
    return split(state_.machines.empty() ? 0 : state_.machines[job_rank], rank_);
  }

  RequestPtr start_sum(void* data, std::int64_t count, DataType type) override {
    const auto bytes = static_cast<std::size_t>(count) * size_of(type);
    return collect(data, bytes, data, bytes, [=](TeamState::Collective& c) {
      c.result.assign(bytes, 0);
      for (const void* part : c.data) add(c.result.data(), part, count, type);
    });
  }
  RequestPtr start_broadcast(void* data, std::int64_t bytes, int root) override {
    const auto size = static_cast<std::size_t>(bytes);
    return collect(data, size, data, size, [=](TeamState::Collective& c) {
      c.result.assign(static_cast<const char*>(c.data[root]), static_cast<const char*>(c.data[root]) + bytes);
    });
  }
  RequestPtr start_all_gather(const void* data, std::int64_t bytes, void* into) override {
    const auto size = static_cast<std::size_t>(bytes);
    return collect(data, size, into, size * members_.size(), [=](TeamState::Collective& c) {
      for (const void* part : c.data)
        c.result.insert(c.result.end(), static_cast<const char*>(part),
                        static_cast<const char*>(part) + bytes);
    });
  }
  RequestPtr start_send(const void* data, std::int64_t bytes, int to, int tag) override {
    const std::lock_guard lock(state_.mutex);
    const char* first = static_cast<const char*>(data);
    state_.mail[{key_, rank_, to, tag}].emplace_back(first, first + bytes);
    return std::make_unique<Poll>([] { return true; });
  }
  RequestPtr start_receive(void* data, std::int64_t bytes, int from, int tag) override {
    return std::make_unique<Poll>([=, this] {
      const std::lock_guard lock(state_.mutex);
      auto& box = state_.mail[{key_, from, rank_, tag}];
      if (box.empty()) return false;
      if (static_cast<std::int64_t>(box.front().size()) != bytes)
        throw std::runtime_error("message of another size");
      std::memcpy(data, box.front().data(), box.front().size());
      box.pop_front();
      return true;
    });
  }

 private:
  struct Poll : Request {
    explicit Poll(std::function<bool()> poll) : poll_(std::move(poll)) {}
    bool done() override { return done_ = done_ || poll_(); }
    std::function<bool()> poll_;
    bool done_ = false;
  };

  static void add(char* into, const void* part, std::int64_t count, DataType type) {
    const auto run = [&]<class T>(T) {
      for (std::int64_t i = 0; i < count; ++i) {
        T a, b;
        std::memcpy(&a, into + i * sizeof(T), sizeof(T));
        std::memcpy(&b, static_cast<const char*>(part) + i * sizeof(T), sizeof(T));
        a += b;
        std::memcpy(into + i * sizeof(T), &a, sizeof(T));
      }
    };
    if (type == DataType::float32) run(float{});
    if (type == DataType::float64) run(double{});
    if (type == DataType::int64) run(std::int64_t{});
    if (type == DataType::bfloat16) throw std::runtime_error("bfloat16 sums are tested under MPI");
  }

  RequestPtr collect(const void* data, std::size_t bytes, void* into, std::size_t into_bytes,
                     std::function<void(TeamState::Collective&)> combine) {
    const auto id = std::make_pair(key_, number_++);
    {
      const std::lock_guard lock(state_.mutex);
      auto& c = state_.collectives[id];
      if (c.data.empty()) c.data.resize(members_.size());
      c.data[rank_] = data;
      if (++c.arrived == size()) {
        combine(c);
        c.complete = true;
      }
    }
    (void)bytes;
    return std::make_unique<Poll>([=, this] {
      const std::lock_guard lock(state_.mutex);
      auto& c = state_.collectives[id];
      if (!c.complete) return false;
      if (into_bytes > 0) std::memcpy(into, c.result.data(), into_bytes);
      if (++c.left == size()) state_.collectives.erase(id);
      return true;
    });
  }

  TeamState& state_;
  std::vector<int> members_, key_;
  int rank_, splits_ = 0;
  std::uint64_t number_ = 0;
};

/// Runs body(communicator) on `ranks` threads; rethrows the first error. `machines`: as in TeamState.
inline void run_team(int ranks, const std::function<void(Communicator&)>& body,
                     const std::vector<int>& machines = {}) {
  TeamState state;
  state.machines = machines;
  std::vector<int> members;
  for (int r = 0; r < ranks; ++r) members.push_back(r);
  std::vector<std::exception_ptr> errors(ranks);
  std::vector<std::thread> threads;
  for (int r = 0; r < ranks; ++r)
    threads.emplace_back([&, r] {
      try {
        ThreadCommunicator comm(state, members, r, 0);
        body(comm);
      } catch (...) {
        errors[r] = std::current_exception();
      }
    });
  for (auto& thread : threads) thread.join();
  for (const auto& error : errors)
    if (error) std::rethrow_exception(error);
}

}  // namespace scaffold::testing

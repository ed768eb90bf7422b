#include "comm/probe.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/clock.hpp"

namespace scaffold {
namespace {

/// The slowest rank's seconds, on every rank.
double slowest(Communicator& comm, double seconds) {
  std::vector<double> all(static_cast<std::size_t>(comm.size()));
  wait(*comm.start_all_gather(&seconds, sizeof seconds, all.data()));
  return *std::max_element(all.begin(), all.end());
}

template <class Body>
double timed(Communicator& comm, Body&& body) {
  barrier(comm);
  const Stopwatch clock;
  body();
  return slowest(comm, clock.seconds());
}

/// Median seconds of `body`, in as many rounds as fit `budget` (3 to 100, the same number on every rank).
template <class Body>
double median(Communicator& comm, double budget, Body&& body) {
  body();  // connections are made at the first message
  const double first = timed(comm, body);
  const int rounds = static_cast<int>(std::clamp(budget / std::max(first, 1e-9), 3.0, 100.0));
  std::vector<double> times{first};
  for (int i = 1; i < rounds; ++i) times.push_back(timed(comm, body));
  std::nth_element(times.begin(), times.begin() + rounds / 2, times.end());
  return times[static_cast<std::size_t>(rounds / 2)];
}

}  // namespace

CommSpeed probe_communication(Communicator& comm, std::int64_t sum_bytes, std::int64_t exchange_bytes,
                              double seconds) {
  CommSpeed speed;
  if (comm.size() == 1) return speed;
  double one = 0;
  speed.latency_seconds = median(comm, seconds / 3, [&] { sum(comm, {&one, 1}); });

  std::vector<float> values(static_cast<std::size_t>(sum_bytes) / sizeof(float));
  const double summing = median(comm, seconds / 3, [&] {
    wait(*comm.start_sum(values.data(), static_cast<std::int64_t>(values.size()), DataType::float32));
  });
  speed.sum_bytes_per_second = static_cast<double>(sum_bytes) / summing;

  const int after = (comm.rank() + 1) % comm.size(), before = (comm.rank() + comm.size() - 1) % comm.size();
  const auto n = static_cast<std::size_t>(exchange_bytes);
  std::vector<char> forth(n), back(n), from_before(n), from_after(n);
  const double exchanging = median(comm, seconds / 3, [&] {
    std::array<RequestPtr, 4> requests{comm.start_receive(from_before.data(), exchange_bytes, before, 0),
                                       comm.start_receive(from_after.data(), exchange_bytes, after, 1),
                                       comm.start_send(forth.data(), exchange_bytes, after, 0),
                                       comm.start_send(back.data(), exchange_bytes, before, 1)};
    wait_all(requests);
  });
  speed.exchange_bytes_per_second = 2 * static_cast<double>(exchange_bytes) / exchanging;
  return speed;
}

}  // namespace scaffold

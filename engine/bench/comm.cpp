#include "bench/comm.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// As many rounds on every rank as rank 0 thinks fit.
bench::Limits in_step(Communicator& comm, const std::vector<bench::Alternative>& bodies, double seconds) {
  for (const auto& one : bodies) one.body();  // connections are made at the first message
  barrier(comm);
  const Stopwatch clock;
  for (const auto& one : bodies) one.body();
  auto rounds = static_cast<std::int64_t>(std::clamp(seconds / std::max(clock.seconds(), 1e-9), 5.0, 1000.0));
  broadcast(comm, &rounds, sizeof rounds, 0);
  bench::Limits limits;
  limits.least = limits.most = static_cast<int>(rounds);
  return limits;
}

bench::Alternative memcpy_of(std::vector<char>& from, std::vector<char>& into) {
  return {"memcpy of as much", [&from, &into] { std::memcpy(into.data(), from.data(), from.size()); }};
}

bench::Comparison sums(Communicator& comm, std::int64_t bytes, double seconds) {
  std::vector<float> values(static_cast<std::size_t>(bytes) / sizeof(float));
  std::vector<char> from(static_cast<std::size_t>(bytes), 1), into(from.size(), 2);
  bench::Work work;
  work.bytes = static_cast<double>(bytes);
  const std::vector<bench::Alternative> bodies{
      memcpy_of(from, into),
      {"all-reduce", [&] {
         wait(*comm.start_sum(values.data(), static_cast<std::int64_t>(values.size()), DataType::float32));
       }}};
  return bench::compare(cat("sum over all ranks, ", human_bytes(work.bytes)), work, bodies,
                        in_step(comm, bodies, seconds));
}

bench::Comparison exchanges(Communicator& comm, std::int64_t bytes, double seconds) {
  const int after = (comm.rank() + 1) % comm.size(), before = (comm.rank() + comm.size() - 1) % comm.size();
  const auto n = static_cast<std::size_t>(bytes);
  std::vector<char> forth(n), back(n), from_before(n), from_after(n), from(2 * n, 1), into(2 * n, 2);
  bench::Work work;
  work.bytes = 2 * static_cast<double>(bytes);
  const std::vector<bench::Alternative> bodies{
      memcpy_of(from, into), {"exchange", [&] {
                                std::array<RequestPtr, 4> requests{
                                    comm.start_receive(from_before.data(), bytes, before, 0),
                                    comm.start_receive(from_after.data(), bytes, after, 1),
                                    comm.start_send(forth.data(), bytes, after, 0),
                                    comm.start_send(back.data(), bytes, before, 1)};
                                wait_all(requests);
                              }}};
  return bench::compare(
      cat("halos of ", human_bytes(static_cast<double>(bytes)), " to each of two neighbors"), work, bodies,
      in_step(comm, bodies, seconds));
}

}  // namespace

bench::Report bench_communication(Communicator& comm, double seconds) {
  if (comm.size() == 1)
    throw ConfigError(
        "bench comm measures between ranks: start it like a job, mpirun -np 2 scaffold bench comm");
  bench::Report report;
  report.part = "comm";
  report.facts = {{"ranks", cat(comm.size())}};
  double one = 0;
  const std::vector<bench::Alternative> latency{{"all-reduce", [&] { sum(comm, {&one, 1}); }}};
  report.comparisons.push_back(
      bench::compare("latency: sum of one float64", {}, latency, in_step(comm, latency, seconds)));
  for (const std::int64_t bytes : {256 << 10, 4 << 20, 25 << 20})
    report.comparisons.push_back(sums(comm, bytes, seconds));
  for (const std::int64_t bytes : {64 << 10, 1 << 20, 4 << 20})
    report.comparisons.push_back(exchanges(comm, bytes, seconds));
  return report;
}

}  // namespace scaffold

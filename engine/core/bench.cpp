#include "core/bench.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

namespace scaffold::bench {
namespace {

/// The value at a share of a sorted sample, between neighbours where it falls between them.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

/// Element by element: scale · above / below.
Spread ratio_of(const std::vector<double>& above, const std::vector<double>& below, double scale = 1) {
  std::vector<double> ratios(above.size());
  std::transform(above.begin(), above.end(), below.begin(), ratios.begin(),
                 [scale](double a, double b) { return scale * a / b; });
  return spread_of(std::move(ratios));
}

double now(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

double seconds_of(const std::function<void()>& body, clockid_t clock) {
  const double start = now(clock);
  body();
  return std::max(now(clock) - start, 1e-9);  // a body that does nothing still divides
}

}  // namespace

Spread spread_of(std::vector<double> sample) {
  if (sample.empty()) return {};
  std::sort(sample.begin(), sample.end());
  return {quantile(sample, 0.5), quantile(sample, 0.25), quantile(sample, 0.75)};
}

Comparison compared(const std::string& name, const Work& work, const std::vector<Timed>& alternatives) {
  Comparison result{name, work, 0, {}, {}, {}};
  if (alternatives.empty() || alternatives[0].seconds.empty())
    throw Error(cat("bench: nothing was measured for ", name));
  result.rounds = static_cast<int>(alternatives[0].seconds.size());
  for (const Timed& one : alternatives) {
    if (one.seconds.size() != alternatives[0].seconds.size())
      throw Error(cat("bench: ", name, ": the alternatives differ in rounds"));
    result.alternatives.push_back(
        {one.name, spread_of(one.seconds), ratio_of(alternatives[0].seconds, one.seconds), {}, {}});
  }
  return result;
}

Comparison compare(const std::string& name, const Work& work, const std::vector<Alternative>& alternatives,
                   const Limits& limits, const Roofs& roofs) {
  std::vector<Timed> times;
  for (const Alternative& one : alternatives) times.push_back({one.name, {}});
  std::vector<double> copies, matmuls;
  const Roof copy = work.bytes > 0 ? roofs.copy : Roof(), matmul = work.flops > 0 ? roofs.matmul : Roof();
  for (int round = 0; round < limits.warm_up; ++round)
    for (const Alternative& one : alternatives) {
      signals::check();
      one.body();
    }
  const clockid_t measure = limits.processor_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  const Stopwatch clock;
  const int most = std::max(limits.most, limits.least);
  for (int round = 0; round < most && (round < limits.least || clock.seconds() < limits.seconds); ++round) {
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      signals::check();
      times[i].seconds.push_back(seconds_of(alternatives[i].body, measure));
    }
    if (copy) copies.push_back(copy());
    if (matmul) matmuls.push_back(matmul());
  }
  Comparison result = compared(name, work, times);
  result.copy = spread_of(copies);
  result.matmul = spread_of(matmuls);
  const std::vector<double> ones(times[0].seconds.size(), 1);
  const auto share = [&](double amount, const std::vector<double>& seconds, const std::vector<double>& roof) {
    std::vector<double> product(seconds.size());
    std::transform(seconds.begin(), seconds.end(), roof.begin(), product.begin(), std::multiplies<>());
    return ratio_of(ones, product, amount);
  };
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (copy) result.alternatives[i].of_copy = share(work.bytes, times[i].seconds, copies);
    if (matmul) result.alternatives[i].of_matmul = share(work.flops, times[i].seconds, matmuls);
  }
  return result;
}

CopyRoof::CopyRoof(int threads, std::uint64_t bytes)
    : threads_(std::max(threads, 1)), from_(bytes, 1), into_(bytes, 2) {}

double CopyRoof::operator()() const {
  const auto parts = static_cast<std::uint64_t>(threads_);
  const std::uint64_t part = from_.size() / parts;
  const Stopwatch clock;
  parallel_for(parts, threads_,
               [&](std::uint64_t t) { std::memcpy(into_.data() + t * part, from_.data() + t * part, part); });
  return 2 * static_cast<double>(part * parts) / clock.seconds();
}

}  // namespace scaffold::bench

#include "bench/harness.hpp"

#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"

namespace scaffold::bench {
namespace {

/// The value at a share of a sorted sample, between neighbors where it falls between them.
double quantile(const std::vector<double>& sorted, double share) {
  const double at = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(at);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return std::lerp(sorted[below], sorted[above], at - static_cast<double>(below));
}

/// Element by element: above / below.
Spread ratio_of(const std::vector<double>& above, const std::vector<double>& below) {
  std::vector<double> ratios(above.size());
  std::transform(above.begin(), above.end(), below.begin(), ratios.begin(),
                 [](double a, double b) { return a / b; });
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

Comparison compared(const std::string& name, const Work& work, const std::vector<Timed>& alternatives,
                    const RoofSamples& roofs) {
  if (alternatives.empty() || alternatives[0].seconds.empty())
    throw Error(cat("bench: nothing was measured for ", name));
  const std::vector<double>& first = alternatives[0].seconds;
  const auto same_rounds = [&](const std::vector<double>& sample) {
    if (sample.size() != first.size()) throw Error(cat("bench: ", name, ": not as many of each"));
  };
  Comparison result{
      name, work, static_cast<int>(first.size()), {}, spread_of(roofs.copy), spread_of(roofs.matmul)};
  const auto share = [&](double amount, const std::vector<double>& seconds, const std::vector<double>& roof) {
    if (amount <= 0 || roof.empty()) return Spread{};
    same_rounds(roof);
    std::vector<double> rates(seconds.size());
    std::transform(seconds.begin(), seconds.end(), rates.begin(), [amount](double s) { return amount / s; });
    return ratio_of(rates, roof);
  };
  for (const Timed& one : alternatives) {
    same_rounds(one.seconds);
    result.alternatives.push_back({one.name, spread_of(one.seconds), ratio_of(first, one.seconds),
                                   share(work.bytes, one.seconds, roofs.copy),
                                   share(work.flops, one.seconds, roofs.matmul)});
  }
  return result;
}

Comparison compare(const std::string& name, const Work& work, const std::vector<Alternative>& alternatives,
                   const Limits& limits, const Roofs& roofs) {
  std::vector<Timed> times;
  times.reserve(alternatives.size());
  for (const Alternative& one : alternatives) times.push_back({one.name, {}});
  for (int round = 0; round < limits.warm_up; ++round)
    for (const Alternative& one : alternatives) {
      signals::check();
      if (one.before) one.before();
      one.body();
    }
  RoofSamples samples;
  const clockid_t measure = limits.processor_time ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
  const int most = std::max(limits.most, limits.least);
  const Stopwatch clock;
  for (int round = 0; round < most && (round < limits.least || clock.seconds() < limits.seconds); ++round) {
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      signals::check();
      if (alternatives[i].before) alternatives[i].before();
      times[i].seconds.push_back(seconds_of(alternatives[i].body, measure));
    }
    if (roofs.copy && work.bytes > 0) samples.copy.push_back(roofs.copy());
    if (roofs.matmul && work.flops > 0) samples.matmul.push_back(roofs.matmul());
  }
  return compared(name, work, times, samples);
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

// What the parts of `scaffold bench` share; one file a part (bench_….cpp).
#pragma once
#include "bench/harness.hpp"

namespace scaffold {

struct BenchArguments {
  double seconds = 2;  ///< of a comparison
  int threads = 0;     ///< 0: all that this process may use
  bool json = false;

  int thread_count() const;
  bench::Limits limits() const;
};

/// Prints a report as its arguments ask. Returns the exit code.
int print(const bench::Report& report, const BenchArguments& arguments);

}  // namespace scaffold

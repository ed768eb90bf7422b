#!/usr/bin/env bash
# LibTorch 2.11.0: inside c10::ParallelGuard(true) ATen still starts teams of threads.
#
# c10/util/ParallelGuard.h: a "thread local guard that tracks whether code is being executed in at::parallel_for"; and a
# loop within such a loop runs on the calling thread alone. Guess: whoever holds the guard, say a callback on a thread of
# its own beside the training, has its operators run on that one thread.
# Seen: with the guard held at::in_parallel_region() is still false, at::parallel_for runs on 4 threads of 4, and fill_
# starts 3 threads. ATen's OpenMP backend asks OpenMP whether it is in a parallel region, not the guard: within a region
# of OpenMP's, or after omp_set_num_threads(1), the same loop runs on 1. That number is the calling thread's own, so
# scaffold's callbacks set it and set it back.
# Needs g++ with OpenMP; python3 of 3.10 to 3.14 with venv, PyPI, x86_64 and 2 GB in the temporary folder, or TORCH_DIR: the
# folder torch of an installed torch 2.11.0. Exit code 0: as described.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
torch=${TORCH_DIR:-}
if [ -z "$torch" ]; then
  python3 -m venv "$folder/venv"
  # The wheel's libtorch_cpu.so is linked to the two others, which need no GPU.
  "$folder/venv/bin/pip" install -q --disable-pip-version-check --no-cache-dir --no-deps \
      torch==2.11.0 nvidia-cuda-runtime==13.0.96 nvidia-cuda-cupti==13.0.85
  torch=$(echo "$folder"/venv/lib/python3*/site-packages/torch)
fi
grep "^__version__ = '2.11.0" "$torch/version.py"
cat > "$folder/check.cpp" <<'CPP'
#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/util/ParallelGuard.h>
#include <omp.h>

#include <cstdio>
#include <filesystem>
#include <iterator>
#include <mutex>
#include <set>
#include <thread>

/// Of this process.
long threads() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
}

/// How many threads run the pieces of a loop of 1000 steps.
long team() {
  std::mutex lock;
  std::set<std::thread::id> seen;
  at::parallel_for(0, 1000, 1, [&](int64_t, int64_t) {
    const std::lock_guard<std::mutex> one(lock);
    seen.insert(std::this_thread::get_id());
  });
  return static_cast<long>(seen.size());
}

int main() {
  at::set_num_threads(4);
  const at::Tensor x = at::empty({1 << 20});
  const long at_first = threads();  // this one and others of LibTorch's
  long after_operator, guarded, nested = 0, single;
  bool guard_is_on, in_region;
  {
    const c10::ParallelGuard guard(true);
    guard_is_on = c10::ParallelGuard::is_enabled();
    in_region = at::in_parallel_region();
    x.fill_(1);
    after_operator = threads();
    guarded = team();
  }
#pragma omp parallel num_threads(2)
  {
#pragma omp master
    nested = team();
  }
  omp_set_num_threads(1);
  single = team();
  std::printf("with the guard: is_enabled %d, in_parallel_region %d, threads of at::parallel_for: %ld, started by fill_: %ld\n",
              guard_is_on, in_region, guarded, after_operator - at_first);
  std::printf("without: in a region of OpenMP's: %ld, after omp_set_num_threads(1): %ld\n", nested, single);
  const bool as_described =
      guard_is_on && !in_region && guarded == 4 && after_operator - at_first == 3 && nested == 1 && single == 1;
  if (!as_described) std::puts("not as described");
  return as_described ? 0 : 1;
}
CPP
g++ -std=c++20 -fopenmp "-I$torch/include" "$folder/check.cpp" -o "$folder/check" \
    "-L$torch/lib" -ltorch_cpu -lc10 "-Wl,-rpath,$torch/lib"
"$folder/check"

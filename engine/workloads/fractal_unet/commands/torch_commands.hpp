// Commands of this workload that need LibTorch: as headless/torch_commands.hpp says, the program without it
// has definitions that throw (front.cpp), the other one those of run_….cpp.
#pragma once
#include <cstdint>
#include <string>

#include "bench/command.hpp"

namespace scaffold {

struct PredictArguments {
  std::string checkpoint, dataset, out, device = "auto";
  std::int64_t volume = 0;
  bool logits = false;
  int torch_amp = 1, num_threads = 0;
};

struct BenchKernelsArguments : BenchArguments {
  std::string only, roofline, device = "cpu";
  std::int64_t edge = 32, width = 64;
  int levels = 1;
};

struct BenchStepArguments : BenchArguments {
  int scale = 5, batch = 1, amp = 1;
  bool checkpointing = false;
  std::string device = "cpu";
};

struct BenchMonitorArguments : BenchArguments {
  int scale = 5, watchers = 2, amp = 0;
  int volume_scale = 5;  ///< of the kept volumes
  int memory_scale = 7;  ///< of those whose memory is measured
};

/// Each returns the exit code and throws on errors.
int run_predict(const PredictArguments& arguments);
int run_bench_kernels(const BenchKernelsArguments& arguments);
int run_bench_step(const BenchStepArguments& arguments);
int run_bench_monitor(const BenchMonitorArguments& arguments);

}  // namespace scaffold

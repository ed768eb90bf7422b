// Commands that need LibTorch, whose static objects alone take a quarter of a second to set up. The front
// program `scaffold` parses the command line without it and becomes libexec/scaffold-torch for these
// (front.cpp); there they do their work (run_….cpp).
#pragma once
#include <cstdint>
#include <string>

#include "config/arguments.hpp"
#include "headless/bench/arguments.hpp"
#include "headless/common.hpp"

namespace scaffold {

struct CampaignArguments : ConfigArguments {
  int runs = 0;        ///< 0: not given
  std::string seeds;   ///< "1,2,3"; empty: not given
  std::string resume;  ///< a campaign's folder
};

struct VerifyArguments {
  std::string path, dataset, device = "auto";
  int num_threads = 0;
};

struct PredictArguments {
  std::string checkpoint, dataset, out, device = "auto";
  std::int64_t volume = 0;
  bool logits = false;
  int torch_amp = 1, num_threads = 0;
};

struct PlanArguments : ConfigArguments {
  std::string machine;
  int ranks = 0;
  bool json = false;
};

struct DoctorArguments : ConfigArguments {
  std::int64_t probe_mib = 256;
};

struct BenchKernelsArguments : BenchArguments {
  std::string only, roofline, device = "cpu";
  std::int64_t edge = 32, width = 64;
  int levels = 1;
};

struct BenchIoArguments : BenchArguments {
  std::string folder;
  int scale = 5;
};

struct BenchStepArguments : BenchArguments {
  int scale = 5, batch = 1, amp = 1;
  bool checkpointing = false;
  std::string device = "cpu";
};

/// Each returns the exit code and throws on errors.
int run_benchmark(const BenchmarkArguments& arguments);
int run_campaign(const CampaignArguments& arguments);
int run_verify(const VerifyArguments& arguments);
int run_generate_dataset(const ConfigArguments& arguments);
int run_predict(const PredictArguments& arguments);
int run_plan(const PlanArguments& arguments);
int run_doctor(const DoctorArguments& arguments);
int run_bench_kernels(const BenchKernelsArguments& arguments);
int run_bench_step(const BenchStepArguments& arguments);
struct BenchMonitorArguments : BenchArguments {
  int scale = 5, watchers = 2, amp = 0;
  int volume_scale = 5;  ///< of the kept volumes
  int memory_scale = 7;  ///< of those whose memory is measured
};
int run_bench_monitor(const BenchMonitorArguments& arguments);
int run_bench_io(const BenchIoArguments& arguments);
/// Name and version of everything that a result depends on, a line each.
std::string version_text();

/// What the front program's definitions of these throw: main() then starts the program that has them.
struct NeedsTorch {};

/// The workloads of the program: in both the same, with their tasks where LibTorch is.
void register_program_workloads();

}  // namespace scaffold

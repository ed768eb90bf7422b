// Commands that need LibTorch, whose static objects alone take a quarter of a second to set up. The front
// program `scaffold` parses the command line without it and becomes libexec/scaffold-torch for these
// (front.cpp); there they do their work (run_….cpp).
#pragma once
#include <cstdint>
#include <string>

#include "bench/command.hpp"
#include "config/arguments.hpp"
#include "config/command.hpp"

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

struct PlanArguments : ConfigArguments {
  std::string machine;
  int ranks = 0;
  bool json = false;
};

struct DoctorArguments : ConfigArguments {
  std::int64_t probe_mib = 256;
};

struct BenchIoArguments : BenchArguments {
  std::string folder;
  int scale = 5;
};

/// Each returns the exit code and throws on errors.
int run_benchmark(const BenchmarkArguments& arguments);
int run_campaign(const CampaignArguments& arguments);
int run_verify(const VerifyArguments& arguments);
int run_generate_dataset(const ConfigArguments& arguments);
int run_plan(const PlanArguments& arguments);
int run_doctor(const DoctorArguments& arguments);
int run_bench_io(const BenchIoArguments& arguments);
/// Name and version of everything that a result depends on, a line each.
std::string version_text();

/// The workloads of the program: in both the same, with their tasks where LibTorch is.
void register_program_workloads();

}  // namespace scaffold

// The front program has no LibTorch: these commands are for libexec/scaffold-torch.
#include "config/arguments.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {

int run_benchmark(const BenchmarkArguments&) { throw NeedsTorch(); }
int run_campaign(const CampaignArguments&) { throw NeedsTorch(); }
int run_verify(const VerifyArguments&) { throw NeedsTorch(); }
int run_generate_dataset(const ConfigArguments&) { throw NeedsTorch(); }
int run_predict(const PredictArguments&) { throw NeedsTorch(); }
int run_plan(const PlanArguments&) { throw NeedsTorch(); }
int run_doctor(const DoctorArguments&) { throw NeedsTorch(); }
int run_bench_kernels(const BenchKernelsArguments&) { throw NeedsTorch(); }
int run_bench_step(const BenchStepArguments&) { throw NeedsTorch(); }
int run_bench_monitor(const BenchMonitorArguments&) { throw NeedsTorch(); }
int run_bench_io(const BenchIoArguments&) { throw NeedsTorch(); }
std::string version_text() { throw NeedsTorch(); }

}  // namespace scaffold

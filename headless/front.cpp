// The front program has no LibTorch: these commands are for libexec/scaffold-torch.
#include <algorithm>

#include "comm/launcher.hpp"
#include "config/arguments.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "headless/torch_commands.hpp"

namespace scaffold {
namespace {

/// What is wrong with a configuration is said before LibTorch is started, which takes longer than all else.
/// Of several ranks one is to say it, so there it waits until they are together; and a pipe can be read but
/// once.
void check_config(const ConfigArguments& arguments) {
  const auto is_file = [](const fs::path& path) { return fs::is_regular_file(path); };
  if (detect_launch().world > 1 || !std::all_of(arguments.files.begin(), arguments.files.end(), is_file))
    return;
  const log::Silence silence;  // what merging has to tell the program that goes on tells
  merge_config(arguments.files, arguments.overrides);
}

/// The same, before LibTorch is asked for.
[[noreturn]] void with_torch(const ConfigArguments& arguments) {
  check_config(arguments);
  throw NeedsTorch();
}

}  // namespace

int run_benchmark(const BenchmarkArguments& arguments) {
  if (arguments.restart || !arguments.run_dir.empty())
    throw NeedsTorch();  // the run has a configuration of its own
  with_torch(arguments);
}
int run_campaign(const CampaignArguments& arguments) {
  if (!arguments.resume.empty()) throw NeedsTorch();
  with_torch(arguments);
}
int run_verify(const VerifyArguments&) { throw NeedsTorch(); }
int run_generate_dataset(const ConfigArguments& arguments) { with_torch(arguments); }
int run_plan(const PlanArguments& arguments) { with_torch(arguments); }
int run_doctor(const DoctorArguments&) {
  throw NeedsTorch();
}  // tells of the configuration among other things
int run_bench_io(const BenchIoArguments&) { throw NeedsTorch(); }
std::string version_text() { throw NeedsTorch(); }

}  // namespace scaffold

#include <ATen/Parallel.h>

#include "config/config.hpp"
#include "core/disk_probe.hpp"
#include "core/scratch_folder.hpp"
#include "core/text.hpp"
#include "headless/torch_commands.hpp"
#include "job/checkpoint.hpp"
#include "workload/task.hpp"

namespace scaffold {
namespace {

Checkpoint fresh_checkpoint(int scale) {
  const std::string key = default_workload().size_key();
  const Config config = config_from_yaml_text(cat(key, ": ", scale), "--scale");
  const Task& task = task_of(config);
  const auto network = task.network(config, at::kCPU, 1);
  const auto optimizer = make_optimizer("ADAM", network->parameter_tensors());
  Checkpoint checkpoint;
  checkpoint.network = task.sizes(config);
  checkpoint.optimizer = "ADAM";
  capture(checkpoint, *network, *optimizer);
  return checkpoint;
}

}  // namespace

int run_bench_io(const BenchIoArguments& arguments) {
  at::set_num_threads(arguments.thread_count());
  const ScratchFolder scratch(arguments.folder);
  const Checkpoint checkpoint = fresh_checkpoint(arguments.scale);
  const fs::path file = scratch.path() / "checkpoint.h5", bare = scratch.path() / "bare";
  bench::Work work;
  work.bytes = static_cast<double>(write_checkpoint(file, checkpoint));
  const auto bytes = static_cast<std::uint64_t>(work.bytes);
  bench::Report report;
  report.part = "io";
  report.threads = arguments.thread_count();
  report.facts = {{"folder", cat(arguments.folder, " (", file_system_type(arguments.folder), ")")},
                  {"checkpoint", cat("scale ", arguments.scale, ", ", human_bytes(work.bytes))}};
  report.comparisons.push_back(bench::compare("writing, until it is on the disk", work,
                                              {{"bare write", [&] { write_probe(bare, bytes); }},
                                               {"checkpoint", [&] { write_checkpoint(file, checkpoint); }}},
                                              arguments.limits()));
  report.comparisons.push_back(bench::compare(
      "reading from the page cache", work,
      {{"bare read", [&] { read_probe(bare, bytes); }}, {"checkpoint", [&] { read_checkpoint(file); }}},
      arguments.limits()));
  return print(report, arguments);
}

}  // namespace scaffold

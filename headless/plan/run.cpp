// scaffold plan: prints what plan/plan.hpp counts and estimates.
#include <iostream>
#include <nlohmann/json.hpp>
#include <set>

#include "config/command.hpp"
#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "headless/torch_commands.hpp"
#include "job/run_checks.hpp"
#include "plan/plan.hpp"
#include "run/official.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

namespace fs = std::filesystem;

/// The description itself, or the ready one of that name: beside the build, or from the folder one works in.
fs::path machine_file(const std::string& given) {
  std::error_code error;
  if (!given.empty() && fs::exists(given, error)) return given;
  const fs::path source = program_path().parent_path().parent_path().parent_path().parent_path();
  std::set<std::string> names;
  for (const fs::path& folder : {fs::path("configs/machines"), source / "configs" / "machines"}) {
    if (!given.empty() && fs::exists(folder / (given + ".yml"), error)) return folder / (given + ".yml");
    for (const auto& entry : fs::directory_iterator(folder, error))
      if (entry.path().extension() == ".yml") names.insert(entry.path().stem().string());
  }
  std::string ready;
  for (const auto& name : names) ready += (ready.empty() ? "; ready ones are " : ", ") + name;
  throw ConfigError(cat(given.empty() ? "--machine says for which machine: a file, or a name"
                                      : cat("--machine: '", given, "' is no file, nor a name"),
                        " in configs/machines", ready));
}

/// human_seconds with milliseconds and microseconds for what is short.
std::string seconds(double s) {
  if (s >= 1) return human_seconds(s);
  return s >= 1e-3 ? cat(fixed(1e3 * s, 1), " ms") : cat(fixed(1e6 * s, 1), " us");
}

std::string show(const Extent3& v) { return cat(v[0], " x ", v[1], " x ", v[2]); }

void line(const std::string& label, const std::string& value, const std::string& note = "") {
  std::cout << "  " << label << std::string(label.size() < 26 ? 26 - label.size() : 1, ' ') << value
            << (note.empty() ? "" : "  " + note) << "\n";
}

void print_memory(const JobPlan& p, const Machine& machine) {
  std::cout << "memory of a rank\n";
  line("parameters", human_bytes(p.memory.parameters),
       cat(human_count(static_cast<double>(p.parameters)), ", float32, not sharded"));
  line("gradients", human_bytes(p.memory.gradients));
  line("optimizer", human_bytes(p.memory.optimizer));
  line("activations", human_bytes(p.memory.activations), "kept for the backward pass");
  line("workspace", human_bytes(p.memory.workspace), "gradients of the largest layers in flight");
  if (p.halos > 0) line("padding for halos", human_bytes(p.halos));
  if (p.buckets > 0) line("gradient buckets", human_bytes(p.buckets));
  line("samples read ahead", human_bytes(p.samples));
  if (p.libraries > 0) line("libraries", human_bytes(p.libraries), "LibTorch and oneDNN at work");
  if (p.snapshot > 0)
    line("copy for warm-up", human_bytes(p.snapshot), "parameters and optimizer, restored after it");
  line("together", human_bytes(p.memory_total),
       cat(fits(p, machine) ? "of " : "DOES NOT FIT 90 % of ", human_bytes(machine.memory)));
}

void print_time(const JobPlan& p) {
  std::cout << "a step of a rank\n";
  line("FLOPs", human_count(p.flops_step));
  line("halos", human_bytes(p.halo_bytes));
  line("all-reduce", human_bytes(p.allreduce_bytes), "of gradients");
  line("input", human_bytes(p.input_bytes));
  line("arithmetic", seconds(p.arithmetic));
  line("memory bandwidth", seconds(p.memory_bound));
  if (p.halo > 0) line("halo exchange", seconds(p.halo));
  if (p.small_sums > 0) line("group-norm statistics", seconds(p.small_sums));
  if (p.allreduce > 0)
    line("gradient all-reduce", seconds(p.allreduce),
         cat("of which not hidden: ", seconds(p.allreduce_exposed)));
  if (p.input_exposed > 0) line("waiting for data", seconds(p.input_exposed));
  line("step", seconds(p.step), cat("bottleneck: ", p.bottleneck));
  line("epoch", seconds(p.epoch),
       cat(p.steps, " steps of ", p.global_batch, p.global_batch == 1 ? " sample, " : " samples, ",
           p.validation, " validation samples"));
}

void print_fitting(const Config& config, const JobPlan& p, const Machine& machine) {
  const auto fitting = smallest_fitting_shards(config, machine);
  if (fitting.empty()) {
    std::cout
        << "no way to cut a sample fits this machine's memory: parameters, gradients and optimizer alone are "
        << human_bytes(p.memory.parameters + p.memory.gradients + p.memory.optimizer)
        << " on every rank, since they are not sharded";
    for (const auto& [smaller, what] : task_of(config).smaller(config))
      if (const auto cuts = smallest_fitting_shards(smaller, machine, 1); !cuts.empty()) {
        std::cout << ".\nWith " << what << " " << show(cuts[0]) << " shards would do";
        break;
      }
    std::cout << "\n";
    return;
  }
  std::cout << "smallest replicas that fit\n";
  for (const Extent3& shards : fitting) {
    Config cut = config;
    cut.dc_num_shards = shards;
    cut.dc_shard_dims = {2, 3, 4};
    const int ranks = static_cast<int>(shards[0] * shards[1] * shards[2]);
    const JobPlan plan = plan_job(cut, ranks, machine);
    line(cat(ranks, ranks == 1 ? " rank" : " ranks"), show(shards) + " shards",
         cat(human_bytes(plan.memory_total), " a rank, a step in ", seconds(plan.step)));
  }
}

/// What the rules of official results have to say.
void print_rules(const Config& config, const JobPlan& p) {
  const Task& task = task_of(config);
  for (const auto& note : task.notes(config)) std::cout << "note: " << note << "\n";
  const auto batch = batch_note(*workload_of(config).dataset(config), p.global_batch, p.grid.replicas());
  if (batch) std::cout << "note: " << *batch << "\n";
  std::string reasons;
  for (const auto& reason : unofficial_reasons(config)) reasons += cat(reasons.empty() ? "" : "; ", reason);
  std::cout << "rules: "
            << (reasons.empty() && batch
                    ? std::string("a run of this configuration is refused, for its batch (above)")
                : reasons.empty() ? cat("a run of this configuration ", official_meaning)
                                  : cat("not official: ", reasons))
            << "\n";
}

void print_json(const JobPlan& p, const Machine& machine, const std::vector<std::string>& reasons) {
  const nlohmann::ordered_json json{{"machine", machine.name},
                                    {"ranks", p.grid.world()},
                                    {"replicas", p.grid.replicas()},
                                    {"shards", p.grid.shards()},
                                    {"block", p.block},
                                    {"parameters", p.parameters},
                                    {"memory_bytes",
                                     {{"parameters", p.memory.parameters},
                                      {"gradients", p.memory.gradients},
                                      {"optimizer", p.memory.optimizer},
                                      {"activations", p.memory.activations},
                                      {"workspace", p.memory.workspace},
                                      {"halos", p.halos},
                                      {"buckets", p.buckets},
                                      {"samples", p.samples},
                                      {"snapshot", p.snapshot},
                                      {"libraries", p.libraries},
                                      {"total", p.memory_total},
                                      {"fits", fits(p, machine)}}},
                                    {"flops_per_step", p.flops_step},
                                    {"halo_bytes_per_step", p.halo_bytes},
                                    {"allreduce_bytes_per_step", p.allreduce_bytes},
                                    {"input_bytes_per_step", p.input_bytes},
                                    {"seconds",
                                     {{"arithmetic", p.arithmetic},
                                      {"memory_bandwidth", p.memory_bound},
                                      {"halos", p.halo},
                                      {"statistics", p.small_sums},
                                      {"allreduce", p.allreduce},
                                      {"allreduce_exposed", p.allreduce_exposed},
                                      {"data_wait", p.input_exposed},
                                      {"step", p.step},
                                      {"epoch", p.epoch}}},
                                    {"bottleneck", p.bottleneck},
                                    {"steps_per_epoch", p.steps},
                                    {"global_batch", p.global_batch},
                                    {"dataset_bytes", p.dataset_bytes},
                                    {"unofficial_reasons", reasons}};
  std::cout << json.dump(2) << "\n";
}

}  // namespace

int run_plan(const PlanArguments& arguments) {
  const Config config = merge_config(arguments.files, arguments.overrides).values;
  const Machine machine = read_machine(machine_file(arguments.machine));
  const auto& n = config.dc_num_shards;
  const int ranks = arguments.ranks > 0 ? arguments.ranks : static_cast<int>(n[0] * n[1] * n[2]);
  const JobPlan p = plan_job(config, ranks, machine);
  if (arguments.json) {
    print_json(p, machine, unofficial_reasons(config));
    return 0;
  }
  std::cout << workload_of(config).problem(config) << " on " << ranks << (ranks == 1 ? " rank" : " ranks")
            << " of " << machine.name << ": " << p.grid.replicas()
            << (p.grid.replicas() == 1 ? " replica" : " replicas") << " of " << show(p.grid.shards())
            << " shards, " << show(p.block) << " voxels each\n"
            << "dataset: " << human_bytes(p.dataset_bytes) << "\n";
  print_memory(p, machine);
  print_time(p);
  print_fitting(config, p, machine);
  print_rules(config, p);
  std::cout << "Bytes and FLOPs are counted; seconds follow from the machine description, of which some "
               "rates are assumed.\n";
  return 0;
}

}  // namespace scaffold

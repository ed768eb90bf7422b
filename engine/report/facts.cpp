#include "report/facts.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <initializer_list>

#include "core/text.hpp"
#include "run/official.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

std::string count_or_unknown(double value, std::string_view unit) {
  return value > 0 && std::isfinite(value) ? cat(human_count(value), unit) : "unknown";
}

std::string bytes_or_unknown(std::uint64_t bytes) {
  return bytes > 0 ? human_bytes(static_cast<double>(bytes)) : "unknown";
}

/// "42.10 G" + "FLOP" with the prefix beside its unit: "42.10 GFLOP".
std::string flops(double value, std::string_view unit) {
  if (!(value > 0) || !std::isfinite(value)) return "unknown";
  const std::string count = human_count(value);
  return count.find(' ') == count.npos ? cat(count, ' ', unit) : cat(count, unit);
}

std::string or_unknown(const std::string& text) { return text.empty() ? "unknown" : text; }

Fact step_fact(const RunRecord& run) {
  const StepTimes times = step_times(run.step_seconds);
  if (times.count == 0) return {"Training step", "unknown", ""};
  return {"Training step", short_seconds(times.p50),
          cat("median; p90 ", short_seconds(times.p90), ", p99 ", short_seconds(times.p99))};
}

Fact epochs_fact(const RunRecord& run) {
  std::string note;
  if (!run.epochs.empty())
    note = cat(short_seconds(trained_seconds(run.epochs) / static_cast<double>(run.epochs.size())), " each");
  if (run.restarts > 0)
    note += cat(note.empty() ? "" : ", ", run.restarts, run.restarts == 1 ? " restart" : " restarts");
  return {"Epochs", cat(run.epochs.size()), note};
}

/// What the best epoch scored by the other metrics of its validation.
std::vector<Fact> other_facts(const RunRecord& run) {
  std::vector<Fact> facts;
  const EpochRecord* best = best_epoch(run.epochs);
  for (const MetricInfo& info : *run.metrics) {
    if (info.training || &info == &run.score_info()) continue;
    const double value = best ? best->metric(info.key()) : std::nan("");
    // One that joined after the run was made has no value in it.
    if (info.in_table || std::isfinite(value)) facts.push_back({info.label, info.text(value), info.note});
  }
  return facts;
}

/// Keys and values by which figures can be compared, a few a line.
std::vector<Fact> compared_facts(const std::vector<std::pair<std::string, std::string>>& keys) {
  constexpr std::size_t widest = 72;
  std::vector<Fact> facts;
  for (const auto& [key, value] : keys) {
    const std::string one = cat(key, " ", value);
    if (!facts.empty() && facts.back().value.size() + 2 + one.size() <= widest)
      facts.back().value += ", " + one;
    else
      facts.push_back({facts.empty() ? "Compared by" : "and by", one, ""});
  }
  return facts;
}

Fact score_fact(const RunRecord& run) {
  const EpochRecord* best = best_epoch(run.epochs);
  const std::string target = "target " + target_text(run.target);
  const std::string label = "Best " + run.score_info().title();
  if (!best) return {label, "unknown", target};
  return {label, run.score_info().text(best->score()), cat("epoch ", best->epoch, ", ", target)};
}

}  // namespace

std::string short_seconds(double seconds) {
  if (!std::isfinite(seconds)) return "unknown";
  if (seconds < 0.9995) return cat(compact(seconds * 1e3, 3), " ms");
  return seconds < 100 ? fixed(seconds, 2) + " s" : human_seconds(seconds);
}

std::string compact(double value, int digits) {
  if (!std::isfinite(value)) return "unknown";
  char buffer[40];
  std::snprintf(buffer, sizeof buffer, "%.*g", digits, value);
  return buffer;
}

std::string decimals(double value, int digits) {
  return std::isfinite(value) ? fixed(value, digits) : "unknown";
}

std::string target_text(double target) { return std::isfinite(target) ? shortest(target) : "unknown"; }

std::vector<Fact> result_facts(const RunRecord& run) {
  const auto rate = mean_samples_per_second(run.epochs);
  std::vector<Fact> facts{epochs_fact(run), score_fact(run)};
  const auto add = [&](std::vector<Fact> more) { facts.insert(facts.end(), more.begin(), more.end()); };
  add(other_facts(run));
  if (const MetricInfo& score = run.score_info(); !score.trivial_name.empty())
    add({{score.trivial_name, score.text(run.trivial_score), "of predicting nothing, at least"}});
  add({step_fact(run),
       {"Throughput", rate ? compact(*rate, 4) + " samples/s" : "unknown",
        cat("global batch ", run.global_batch)},
       {"Work in a step", flops(run.flops_per_step, "FLOP"), "counted: forward and backward"},
       {"Achieved rate", flops(achieved_flops_per_second(run).value_or(0), "FLOP/s"), "over the median step"},
       {"Peak memory", bytes_or_unknown(run.peak_memory_bytes),
        run.base_memory_bytes
            ? cat(human_bytes(static_cast<double>(run.base_memory_bytes)), " of it before training")
            : ""},
       {"Parameters", count_or_unknown(static_cast<double>(run.parameters), ""), ""},
       {"Staging", run.staging_seconds > 0 ? short_seconds(run.staging_seconds) : "none",
        run.staging_seconds > 0 ? "in the figure of merit" : ""},
       {"Warm-up", short_seconds(run.warmup_seconds), "not in the figure of merit"},
       {"Whole run", human_seconds(run.wall_seconds),
        cat("wall clock, this session",
            run.suspended_seconds > 0
                ? cat("; suspended for ", short_seconds(run.suspended_seconds), " of it")
                : "")}});
  return facts;
}

std::vector<Fact> rule_facts(const RunRecord& run) {
  std::vector<Fact> facts = compared_facts(comparability(run.config));
  if (workload_of(run.config).official_problem()) {
    const auto differences = differs_from_baseline(run.config);
    if (!facts.empty() && differences.empty())
      facts.push_back({"Baseline", "all of these are the baseline's", ""});
    for (const auto& difference : differences) facts.push_back({"Not the baseline's", difference, ""});
    facts.push_back({"Epoch time", epoch_time_text(run), ""});
  }
  if (const auto rules = workload_of(run.config).run_rules())
    facts.push_back({"Run rules", rules->value, rules->reason});
  facts.push_back({"Framework", framework_text(run), ""});
  return facts;
}

std::vector<Fact> kernel_facts(const RunRecord& run) {
  std::vector<Fact> facts;
  for (const auto& [layer, kernel] : run.kernels) facts.push_back({layer, or_unknown(kernel), ""});
  return facts;
}

std::string observed_text(const ObservedRecord& o) {
  if (o.monitor == "0") return "no";
  if (o.monitor == "record") return cat("no; ", o.volumes, " volumes recorded");
  if (o.watchers == 0) return "could have been, by nobody";
  return cat("by ", o.watchers, ", at most ", o.at_once, " at once; ",
             human_bytes(static_cast<double>(o.bytes_sent)), " sent");
}

std::vector<Fact> conduct_facts(const RunRecord& run) {
  return {{"Device", or_unknown(run.device), ""},
          {"Precision", or_unknown(run.precision), ""},
          {"Processes", cat(run.ranks), run.ranks == 1 ? "" : "one replica or shard each"},
          {"Threads", cat(run.threads), run.ranks == 1 ? "" : "each process"},
          {"Training seed", cat(run.train_seed), ""},
          {"Restarts", cat(run.restarts), ""},
          {"Watched", observed_text(run.observed), ""}};
}

std::vector<Fact> software_facts(const RunRecord& run) {
  std::vector<Fact> facts = {{"ScaFFold", or_unknown(run.version), run.commit}};
  for (const auto& [name, version] : run.software) facts.push_back({name, or_unknown(version), ""});
  return facts;
}

std::vector<Fact> machine_facts(const MachineDescription& machine) {
  return {{"Host", or_unknown(machine.host), ""},
          {"Processor", or_unknown(machine.cpu), ""},
          {"Cores", machine.cores > 0 ? cat(machine.cores) : "unknown", "usable by the run"},
          {"Memory", bytes_or_unknown(machine.memory_bytes), ""},
          {"System", or_unknown(machine.os), ""},
          {"Kernel", or_unknown(machine.kernel), ""}};
}

std::vector<Fact> dataset_facts(const DatasetInfo& d) {
  const double voxels = static_cast<double>(d.extents[0] * d.extents[1] * d.extents[2]);
  std::vector<Fact> facts = {
      {"Samples", cat(d.samples), cat(d.training, " training, ", d.validation, " validation")},
      {"Extents", cat(extents_text(d.extents), " voxels"), cat(human_count(voxels), " voxels a sample")}};
  if (d.classes > 0) facts.push_back({"Classes", cat(d.classes), ""});
  facts.push_back({"Format", or_unknown(d.format), bytes_or_unknown(d.bytes)});
  facts.push_back(
      {"Generation", d.generation_seconds > 0 ? human_seconds(d.generation_seconds) : "reused", ""});
  facts.push_back({"Folder", or_unknown(d.folder.string()), ""});
  facts.push_back({"Hash", or_unknown(d.hash), ""});
  return facts;
}

}  // namespace scaffold

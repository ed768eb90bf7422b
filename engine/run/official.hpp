// The rules of an official result, as LLNL's benchmark page and the reference (LBANN/ScaFFold) state them.
//
// A result is the median of at least three runs of the official problem with different seeds. This file says
// which runs may be among them, which keys a figure of merit can be compared by, and which keys are free.
// docs/report.md, "Official results", says the same for people.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "run/records.hpp"
#include "workload/workload.hpp"

namespace scaffold {

/// Converged runs, of different seeds, whose median is an official result; at least.
inline constexpr std::size_t official_runs = 3;
/// What `official` of one run means.
inline constexpr const char* official_meaning =
    "may count in an official result: the median of at least 3 runs with different seeds";

/// What the rules say of a key.
enum class KeyRule {
  free,      ///< the runner's: folders, processes, shards, precision, whatever is not named below
  compares,  ///< may be changed; figures of merit are comparable only where it is equal
  problem,   ///< may be changed, but then it is another problem than the official one
  internal   ///< may not be changed
};
/// ConfigError for an unknown key.
KeyRule key_rule(std::string_view key, const Workload& workload = default_workload());

/// Why no run of this configuration can be official, for people: what is and what it must be.
std::vector<std::string> unofficial_reasons(const Config& config);

/// How a run went, beyond its configuration.
struct RunConduct {
  RunStatus status = RunStatus::converged;
  std::int64_t restarts = 0;
  std::int64_t orders_of_watchers = 0;  ///< monitor_control: checkpoints and ends that they ordered
};
/// Why the run is not official. Empty: it may count (official_meaning).
std::vector<std::string> unofficial_reasons(const Config& config, const RunConduct& conduct);

/// The keys that the reference prints beside its figure of merit, with their values as YAML, in its order:
/// figures are comparable only where all are equal. Keys that `config` lacks are left out.
std::vector<std::pair<std::string, std::string>> comparability(const std::vector<ConfigEntry>& config);
/// Those of them that differ from the baseline, for people: "T_0 is 20, the baseline's is 10".
std::vector<std::string> differs_from_baseline(const std::vector<ConfigEntry>& config);

/// Says that a step's global batch is larger than the training or the validation samples, which the reference
/// refuses; nothing where it is not.
std::optional<std::string> batch_complaint(std::int64_t global_batch, std::int64_t training,
                                           std::int64_t validation);

}  // namespace scaffold

// A run's numbers as words: the one place where units and wording are chosen, for terminal and page alike.
#pragma once
#include <string>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

struct Fact {
  std::string label, value;
  std::string note;  ///< a few words more, may be empty
};

/// What the run achieved: epochs, score, step times, throughput, FLOP/s, memory. "unknown" where nothing is
/// known.
std::vector<Fact> result_facts(const RunRecord& run);
/// What the figure of merit is to be compared by, by the rules of official results: the keys, the epoch time,
/// the framework.
std::vector<Fact> rule_facts(const RunRecord& run);
/// Which kernel each kind of layer uses; none where it is not known.
std::vector<Fact> kernel_facts(const RunRecord& run);
/// How it was run: device, precision, processes, threads, training seed.
std::vector<Fact> conduct_facts(const RunRecord& run);
/// Our version and those of the libraries.
std::vector<Fact> software_facts(const RunRecord& run);
std::vector<Fact> machine_facts(const MachineDescription& machine);
std::vector<Fact> dataset_facts(const DatasetInfo& dataset);

/// "12.3 ms", "1.24 s"; "unknown" when not a number.
std::string short_seconds(double seconds);
/// fixed(), "unknown" when not a number.
std::string decimals(double value, int digits);
/// A target as it was given: "0.95".
std::string target_text(double target);
/// Significant digits for losses and rates: "0.4213", "1.2e-05"; "unknown" when not a
/// number.
std::string compact(double value, int digits = 4);

}  // namespace scaffold

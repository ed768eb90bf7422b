// Whether a run's or a campaign's records say what happened: each number against every other place that has
// it, what is derived against what it is derived from, all files against their digests. Without Torch: the
// dataset and the network are the command's business. What is looked at: docs/campaign.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/config.hpp"
#include "report/campaign.hpp"
#include "run/records.hpp"

namespace scaffold {

/// A value that is not what it must be.
struct Difference {
  std::string file,
      key;  ///< the file relative to what is verified; the key in it ("epochs_table.3.val_rmse")
  std::string stated, found;  ///< in that file; elsewhere or computed anew, with where
  bool operator==(const Difference&) const = default;
};

struct Verification {
  std::vector<std::pair<std::string, std::string>> fits;  ///< what was checked, and what came of it
  std::vector<Difference> differences;
  std::vector<std::pair<std::string, std::string>> not_checked;  ///< what, and for want of what

  bool verified() const { return differences.empty() && not_checked.empty(); }
  void differ(std::string file, std::string key, std::string stated, std::string found);
};

/// What a run states, for the parts of a verification that need its dataset and network.
struct RunClaims {
  std::string status, device, precision, commit;
  std::string dataset_folder, dataset_hash, dataset_format;
  std::int64_t volumes = 0, training = 0, validation = 0, classes = 0;
  Extent3 extents{};
  std::uint64_t dataset_bytes = 0;
  std::int64_t validation_samples = 0, global_batch = 0, restarts = 0;
  std::uint64_t train_seed = 0;
  int threads = 1;
  std::array<std::int64_t, 3> shards{1, 1, 1};
  std::vector<EpochRecord> epochs;  ///< as events.jsonl has them, or else the table
  Config config;                    ///< of config.yaml

  bool converged() const { return status == "converged"; }
};

/// Digests, report.json, events.jsonl, train_stats.csv and config.yaml of a run folder against each other.
/// Nothing when its report is too damaged to go on; DataError when the folder is no run's or the run has no
/// report yet. `checkpoints`: its checkpoint folder.
std::optional<RunClaims> verify_records(const std::filesystem::path& run_dir,
                                        const std::filesystem::path& checkpoints, Verification& into);

/// campaign.json and .csv of a campaign folder against its runs' reports; what it states. Nothing when
/// campaign.json is too damaged to go on; DataError when the folder is no campaign.
std::optional<Campaign> verify_campaign_records(const std::filesystem::path& folder, Verification& into);

/// XXH3-64 of every key and value, 16 hexadecimal digits: what stands for a configuration.
std::string configuration_hash(const Config& config);

/// For people: a line for each thing that was checked, differs or was not checked.
std::string verification_text(const Verification& verification);

}  // namespace scaffold

// A campaign: several whole runs of one problem with different seeds, whose median is the official figure of
// merit. From the runs' report.json to JSON, CSV, page and table; starting the runs is the command's
// business. Definitions: docs/campaign.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "config/config.hpp"
#include "core/system.hpp"
#include "run/statistics.hpp"
#include "workload/workload.hpp"

namespace scaffold {

inline constexpr std::int64_t campaign_version = 1;

/// One run: planned, under way or ended. What it says of itself is in its report.json.
struct CampaignRun {
  std::int64_t seed = 0;
  std::filesystem::path folder;    ///< absolute; empty before it has one
  std::string status = "pending";  ///< or "running", else as in report.json
  std::string message;             ///< why it ended so
  std::optional<int> exit_code;    ///< of an ended run, as `scaffold benchmark` would have had it
  std::optional<double> fom_seconds, best_score, target;
  std::int64_t epochs = 0;
  bool eligible = false;             ///< its own report says official: it may count in an official campaign
  std::vector<std::string> reasons;  ///< if not, why
  std::string commit, dataset_hash;

  bool converged() const { return fom_seconds.has_value(); }
  /// Neither yet to be made, nor under way, nor stopped on the way.
  bool ended() const { return status != "pending" && status != "running" && status != "interrupted"; }
  /// It ended by itself: at its target, at its last epoch, or by a loss that is not finite. Anything else (a
  /// signal, a full disk, a lost node) says nothing about the problem and is made anew by a resume.
  bool has_result() const;
};

struct Campaign {
  std::string started_utc, version, commit;
  bool interrupted = false;
  MachineDescription machine;          ///< where it was started
  std::string working_folder;          ///< there: what relative folders are meant from
  std::vector<ConfigEntry> config;     ///< of all runs, but for seed and base_run_dir
  std::vector<CampaignRun> runs;       ///< one a seed, in the order of running
  std::vector<CampaignRun> set_aside;  ///< that had no result and were made anew, oldest first

  /// What its runs' workload is measured by.
  const MetricInfo& score() const { return workload_of(config).metrics().front(); }
};

/// Fills in what the run's report.json says; DataError when there is none that can be read.
void read_run(CampaignRun& run);
/// Of the figures of merit of the runs that converged, in seconds.
SampleStatistics campaign_statistics(const Campaign& campaign);
/// Why the median is not official; empty: it is. (At least three converged runs of different seeds, each
/// eligible, by one program, and no run that is yet to come.)
std::vector<std::string> unofficial_reasons(const Campaign& campaign);
/// What must be known to read the figures: runs that failed or missed, how few there are; whole sentences.
std::vector<std::string> campaign_notes(const Campaign& campaign);
/// "complete", "interrupted" or "running".
std::string campaign_status(const Campaign& campaign);

std::string campaign_json(const Campaign& campaign);
std::string campaign_csv(const Campaign& campaign);
std::string campaign_html(const Campaign& campaign);
/// For the terminal.
std::string campaign_text(const Campaign& campaign);

/// campaign.csv, campaign.html, campaign.json and their digests in `folder`, each whole.
void write_campaign(const std::filesystem::path& folder, const Campaign& campaign);
/// From campaign.json; the runs' folders are those inside `folder`, wherever it was moved. DataError, naming
/// the file, for what is missing, not ours, damaged, or of a newer version.
Campaign read_campaign(const std::filesystem::path& folder);

/// "seed 3": how messages name a run.
std::string run_label(const CampaignRun& run);

}  // namespace scaffold

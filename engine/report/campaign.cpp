#include "report/campaign.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/artifact.hpp"
#include "run/json.hpp"
#include "run/official.hpp"
#include "run/report_json.hpp"

namespace scaffold {
namespace {

std::vector<const CampaignRun*> converged_runs(const Campaign& campaign) {
  std::vector<const CampaignRun*> runs;
  for (const auto& run : campaign.runs)
    if (run.converged()) runs.push_back(&run);
  return runs;
}

std::string plural(std::size_t n, std::string_view one) { return cat(n, ' ', one, n == 1 ? "" : "s"); }

/// What makes each run ineligible, once, with the seeds that it is about where it is not about all.
void add_run_reasons(const std::vector<const CampaignRun*>& runs, std::vector<std::string>& reasons) {
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::int64_t>> seeds;
  for (const auto* run : runs) {
    if (run->eligible) continue;
    auto why = run->reasons;
    if (why.empty()) why.emplace_back("its report says that it may not count");
    for (const auto& reason : why) {
      if (!seeds.contains(reason)) order.push_back(reason);
      seeds[reason].push_back(run->seed);
    }
  }
  for (const auto& reason : order) {
    std::string list;
    for (const auto seed : seeds[reason]) list += cat(list.empty() ? "" : ", ", seed);
    reasons.push_back(seeds[reason].size() == runs.size()
                          ? reason
                          : cat(reason, seeds[reason].size() == 1 ? " (seed " : " (seeds ", list, ")"));
  }
}

/// How many of the runs have ended in this way.
std::size_t count_status(const Campaign& campaign, std::string_view status) {
  return static_cast<std::size_t>(std::count_if(campaign.runs.begin(), campaign.runs.end(),
                                                [&](const auto& run) { return run.status == status; }));
}

std::size_t to_come(const Campaign& campaign) {
  return count_status(campaign, "pending") + count_status(campaign, "running");
}

template <class T>
T value(const Json& json, const char* key, const fs::path& file) {
  try {
    return json.at(key).get<T>();
  } catch (const Json::exception&) {
    throw DataError(cat("'", file.string(), "': ", key, " is missing or of another type"));
  }
}

std::optional<double> real(const Json& json, const char* key, const fs::path& file) {
  if (json.contains(key) && json.at(key).is_null()) return std::nullopt;
  return value<double>(json, key, file);
}

CampaignRun parse_run(const Json& json, const MetricInfo& score, const fs::path& folder,
                      const fs::path& file) {
  CampaignRun run;
  run.seed = value<std::int64_t>(json, "seed", file);
  const auto name = fs::path(value<std::string>(json, "folder", file)).filename();
  if (!name.empty()) run.folder = folder / name;
  run.status = value<std::string>(json, "status", file);
  run.message = value<std::string>(json, "message", file);
  if (json.contains("exit_code") && !json.at("exit_code").is_null())
    run.exit_code = value<int>(json, "exit_code", file);
  run.fom_seconds = real(json, "fom_seconds", file);
  run.best_score = real(json, score.best_key().c_str(), file);
  run.target = real(json, score.target_key().c_str(), file);
  run.epochs = value<std::int64_t>(json, "epochs", file);
  run.eligible = value<bool>(json, "eligible", file);
  run.reasons = value<std::vector<std::string>>(json, "reasons", file);
  run.commit = value<std::string>(json, "commit", file);
  run.dataset_hash = value<std::string>(json, "dataset", file);
  return run;
}

std::vector<CampaignRun> parse_runs(const Json& json, const char* key, const MetricInfo& score,
                                    const fs::path& folder, const fs::path& file) {
  std::vector<CampaignRun> runs;
  const auto list = value<Json>(json, key, file);
  if (!list.is_array()) throw DataError(cat("'", file.string(), "': ", key, " is not a list"));
  for (const auto& entry : list) runs.push_back(parse_run(entry, score, folder, file));
  return runs;
}

MachineDescription parse_machine(const Json& json, const fs::path& file) {
  MachineDescription m;
  m.host = value<std::string>(json, "host", file);
  m.cpu = value<std::string>(json, "cpu", file);
  m.cores = value<int>(json, "cores", file);
  m.memory_bytes = value<std::uint64_t>(json, "memory_bytes", file);
  m.os = value<std::string>(json, "os", file);
  m.kernel = value<std::string>(json, "kernel", file);
  return m;
}

/// In the order of declaration, which a JSON object does not keep.
std::vector<ConfigEntry> parse_config(const Json& json, const fs::path& file) {
  std::vector<ConfigEntry> config;
  std::string workload;
  if (json.contains("workload")) workload = value<std::string>(json.at("workload"), "value", file);
  for (const auto& option : options(workload))
    if (json.contains(option.name)) {
      const Json& entry = json.at(option.name);
      config.push_back(
          {option.name, value<Json>(entry, "value", file).dump(), value<std::string>(entry, "origin", file)});
    }
  return config;
}

}  // namespace

bool CampaignRun::has_result() const {
  return status == "converged" || status == "epochs_exhausted" ||
         (status == "failed" && exit_code == static_cast<int>(ExitCode::numerical));
}

void read_run(CampaignRun& run) {
  const fs::path file = run.folder / "report.json";
  const ReportSummary report = read_report(file);
  run.status = report.status;
  run.message = report.message;
  run.fom_seconds = report.converged ? report.fom_seconds : std::nullopt;
  run.best_score = report.best_score;
  run.target = report.target;
  run.epochs = report.epochs;
  run.eligible = report.official;
  run.reasons = report.reasons;
  const Json json = parse_object(read_text(file), cat("'", file.string(), "'"));
  run.commit = value<std::string>(json, "commit", file);
  run.dataset_hash = value<std::string>(value<Json>(json, "dataset", file), "hash", file);
}

SampleStatistics campaign_statistics(const Campaign& campaign) {
  std::vector<double> seconds;
  for (const auto* run : converged_runs(campaign)) seconds.push_back(*run->fom_seconds);
  return sample_statistics(std::move(seconds));
}

std::vector<std::string> unofficial_reasons(const Campaign& campaign) {
  std::vector<std::string> reasons;
  const auto runs = converged_runs(campaign);
  if (const auto n = to_come(campaign) + count_status(campaign, "interrupted"); n > 0)
    reasons.push_back(cat(n, " of ", plural(campaign.runs.size(), "run"), n == 1 ? " has" : " have",
                          " not ended: which of them count was decided before they began"));
  std::set<std::int64_t> seeds;
  std::set<std::string> commits;
  for (const auto* run : runs) {
    seeds.insert(run->seed);
    commits.insert(run->commit);
  }
  if (seeds.size() < official_runs)
    reasons.push_back(cat(seeds.empty() ? "no run" : plural(seeds.size(), "run"),
                          " converged, and a median needs at least ", official_runs, " of different seeds"));
  if (commits.size() > 1)
    reasons.push_back(cat("the runs were made by ", commits.size(), " versions of the program (commits ",
                          *commits.begin(), " to ", *commits.rbegin(), ")"));
  add_run_reasons(runs, reasons);
  return reasons;
}

std::string run_label(const CampaignRun& run) { return cat("seed ", run.seed); }

std::vector<std::string> campaign_notes(const Campaign& campaign) {
  std::vector<std::string> notes;
  const std::string of = cat(" of ", plural(campaign.runs.size(), "run"));
  if (const auto n = to_come(campaign); n > 0)
    notes.push_back(cat(n, of, n == 1 ? " is" : " are", " yet to end."));
  if (const auto n = count_status(campaign, "epochs_exhausted"); n > 0)
    notes.push_back(
        cat(n, of,
            " missed the target within its epochs and has no figure of merit: quartiles and "
            "median are of the runs that converged, so they say how long a run takes that converges, and "
            "less than how long it takes to converge."));
  if (const auto n = count_status(campaign, "interrupted"); n > 0)
    notes.push_back(cat(n, of, n == 1 ? " was" : " were",
                        " stopped before the end and has no figure of merit; --resume makes it anew."));
  for (const auto& run : campaign.runs)
    if (run.status == "failed")
      notes.push_back(cat("The run of ", run_label(run), " failed (", run.message, ") and counts nowhere",
                          run.has_result() ? ": training itself broke down, so a resume keeps it so."
                                           : "; --resume makes it anew."));
  if (!campaign.set_aside.empty())
    notes.push_back(
        cat(plural(campaign.set_aside.size(), "earlier run"),
            " without a result (killed, interrupted or failed) set aside and made anew under the same seed: "
            "a run that is continued is not official."));
  const auto s = campaign_statistics(campaign);
  if (s.count >= 2 && s.trimmed == 0)
    notes.push_back(cat("Of ", s.count,
                        " runs 20 % is less than one at either end: nothing is trimmed, and the interval "
                        "is that of the mean, wider by 1/0.6. With so few runs it says little."));
  return notes;
}

std::string campaign_status(const Campaign& campaign) {
  if (campaign.interrupted) return "interrupted";
  return to_come(campaign) > 0 ? "running" : "complete";
}

Campaign read_campaign(const fs::path& folder) {
  const fs::path file = folder / "campaign.json";
  if (!is_campaign_folder(folder))
    throw DataError(cat("'", folder.string(), "' is no campaign: it has no campaign.json; check the path"));
  const Json json = parse_object(read_regular_text(file), cat("'", file.string(), "'"));
  if (value<std::string>(json, "format", file) != "scaffold-campaign")
    throw DataError(cat("'", file.string(), "': format is not \"scaffold-campaign\""));
  if (const auto version = value<std::int64_t>(json, "campaign_version", file); version > campaign_version)
    throw DataError(cat("'", file.string(), "' has campaign_version ", version, ", this program reads up to ",
                        campaign_version, "; use a newer one"));
  Campaign campaign;
  campaign.started_utc = value<std::string>(json, "started_utc", file);
  campaign.version = value<std::string>(json, "version", file);
  campaign.commit = value<std::string>(json, "commit", file);
  campaign.interrupted = value<std::string>(json, "status", file) == "interrupted";
  campaign.machine = parse_machine(value<Json>(json, "machine", file), file);
  if (json.contains("working_folder"))
    campaign.working_folder = value<std::string>(json, "working_folder", file);
  campaign.config = parse_config(value<Json>(json, "configuration", file), file);
  campaign.runs = parse_runs(json, "runs", campaign.score(), fs::absolute(folder), file);
  campaign.set_aside = parse_runs(json, "set_aside", campaign.score(), fs::absolute(folder), file);
  return campaign;
}

}  // namespace scaffold

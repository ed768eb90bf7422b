#include <algorithm>

#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/verify.hpp"
#include "report/verify_parts.hpp"
#include "run/artifact.hpp"

namespace scaffold {
namespace {

using namespace report;

constexpr const char *campaign_file = "campaign.json", *csv_file = "campaign.csv";

/// A run as its own report tells it; what the report does not know (seed, folder, exit code) as stated.
CampaignRun run_anew(const CampaignRun& stated, std::size_t number, Verification& into) {
  CampaignRun run = stated;
  if (!run.ended())
    into.not_checked.emplace_back(run_label(run), cat("its run has not ended (", run.status, ")"));
  if (!run.ended() || run.folder.empty()) return run;
  try {
    read_run(run);
  } catch (const DataError& error) {
    // One that failed may have no report, and its campaign says as much.
    if (stated.status == "converged" || stated.status == "epochs_exhausted" || stated.converged())
      into.differ(campaign_file, cat("runs.", number, ".status"), stated.status, error.what());
  }
  return run;
}

/// The seed that a run was made with is in its own configuration.
void verify_seed(const CampaignRun& run, const std::string& key, Verification& into) {
  if (run.folder.empty()) return;
  try {
    const Config config = config_from_yaml_text(read_regular_text(run.folder / "config.yaml"), "config.yaml");
    if (config.seed != run.seed)
      into.differ(campaign_file, key, cat(run.seed),
                  cat(config.seed, " (", run.folder.filename().string(), "/config.yaml)"));
  } catch (const Error& error) {
    into.differ(cat(run.folder.filename().string(), "/config.yaml"), "contents", "a configuration",
                error.what());
  }
}

/// The rows of the table, cell by cell, against those that campaign.json's contents make.
void verify_csv(const fs::path& folder, const Campaign& anew, Verification& into) {
  std::string text;
  try {
    text = read_regular_text(folder / csv_file);
  } catch (const DataError& error) {
    return into.differ(csv_file, "contents", "a table", error.what());
  }
  const auto stated = split(text, '\n'), found = split(campaign_csv(anew), '\n');
  const auto names = split(found.front(), ',');
  for (std::size_t row = 0; row < std::max(stated.size(), found.size()); ++row) {
    const std::string s = row < stated.size() ? stated[row] : "none",
                      f = row < found.size() ? found[row] : "none";
    if (s == f) continue;
    const auto a = split(s, ','), b = split(f, ',');
    if (row == 0 || a.size() != b.size() || a.size() != names.size()) {
      into.differ(csv_file, cat("line ", row + 1), s, f);
      continue;
    }
    for (std::size_t c = 0; c < names.size(); ++c)
      if (a[c] != b[c])
        into.differ(csv_file, cat("run ", row, " ", names[c]), a[c], cat(b[c], " (the runs' reports)"));
  }
}

void flatten(const Json& json, const std::string& prefix, std::map<std::string, Json>& into) {
  const std::string dot = prefix.empty() ? "" : prefix + '.';
  if (json.is_object())
    for (const auto& [key, part] : json.items()) flatten(part, dot + key, into);
  else if (json.is_array())
    for (std::size_t i = 0; i < json.size(); ++i) flatten(json[i], cat(dot, i + 1), into);
  else
    into[prefix] = json;
}

/// campaign.json against what the runs' reports make of it.
std::size_t verify_values(const Json& stated, const Campaign& anew, Verification& into) {
  std::map<std::string, Json> a, b;
  flatten(stated, "", a);
  flatten(Json::parse(campaign_json(anew)), "", b);
  for (const auto& [key, value] : a) {
    // A folder is called as when the campaign was made, wherever it is now.
    if (key.ends_with(".folder")) continue;
    const auto found = b.find(key);
    if (found == b.end())
      into.differ(campaign_file, key, show(value), "none");
    else if (found->second != value)
      into.differ(campaign_file, key, show(value), cat(show(found->second), " (the runs' reports)"));
  }
  for (const auto& [key, value] : b)
    if (!a.contains(key)) into.differ(campaign_file, key, "none", cat(show(value), " (the runs' reports)"));
  return a.size();
}

/// The campaign's configuration is its runs', but for what sets them apart.
void verify_configuration(const Campaign& campaign, Verification& into) {
  for (const auto& run : campaign.runs) {
    if (!run.converged()) continue;
    const std::string file = cat(run.folder.filename().string(), "/report.json");
    try {
      const Json report = parse_object(read_regular_text(run.folder / "report.json"), file);
      const Json stated = Json::parse(dump(configuration_json(campaign.config)));
      for (const auto& [key, entry] : stated.items()) {
        if (key == "seed" || key == "base_run_dir") continue;
        const auto& values = report.at("configuration");
        if (!values.contains(key) || values.at(key).at("value") != entry.at("value"))
          into.differ(campaign_file, cat("configuration.", key, ".value"), show(entry.at("value")),
                      cat(values.contains(key) ? show(values.at(key).at("value")) : "none", " (", file, ")"));
      }
    } catch (const std::exception& error) {
      into.differ(file, "configuration", "one value a key", error.what());
    }
  }
}

}  // namespace

std::optional<Campaign> verify_campaign_records(const fs::path& folder, Verification& into) {
  if (!is_campaign_folder(folder)) static_cast<void>(read_campaign(folder));  // says so
  static_cast<void>(
      verify_digests(folder, {"campaign.csv", "campaign.html", "campaign.json", "campaign.yaml"}, into));
  Json stated;
  Campaign anew;
  try {
    stated = parse_object(read_regular_text(folder / campaign_file), campaign_file);
    anew = read_campaign(folder);
  } catch (const DataError& error) {
    into.differ(campaign_file, "contents", "a campaign", error.what());
    return std::nullopt;
  }
  const std::size_t before = into.differences.size();
  for (std::size_t i = 0; i < anew.runs.size(); ++i) {
    anew.runs[i] = run_anew(anew.runs[i], i + 1, into);
    verify_seed(anew.runs[i], cat("runs.", i + 1, ".seed"), into);
  }
  for (std::size_t i = 0; i < anew.set_aside.size(); ++i)
    verify_seed(anew.set_aside[i], cat("set_aside.", i + 1, ".seed"), into);
  const std::size_t compared = verify_values(stated, anew, into);
  verify_csv(folder, anew, into);
  verify_configuration(anew, into);
  if (into.differences.size() == before)
    into.fits.emplace_back("campaign", cat(compared, " values, as the runs' reports make them"));
  return anew;
}

}  // namespace scaffold

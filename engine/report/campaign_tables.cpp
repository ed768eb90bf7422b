// The campaign as JSON, CSV and terminal table.
#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "core/table.hpp"
#include "core/text.hpp"
#include "report/campaign.hpp"
#include "report/facts.hpp"
#include "run/digests.hpp"
#include "run/json.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

Ordered optional_number(const std::optional<double>& value) {
  return value ? number(*value) : Ordered(nullptr);
}

Ordered run_json(const CampaignRun& run, const MetricInfo& score) {
  return {{"folder", run.folder.string()},
          {"seed", run.seed},
          {"fom_seconds", optional_number(run.fom_seconds)},
          {"status", run.status},
          {"message", run.message},
          {"exit_code", run.exit_code ? Ordered(*run.exit_code) : Ordered(nullptr)},
          {"epochs", run.epochs},
          {score.best_key(), optional_number(run.best_score)},
          {score.target_key(), optional_number(run.target)},
          {"eligible", run.eligible},
          {"reasons", run.reasons},
          {"commit", run.commit},
          {"dataset", run.dataset_hash}};
}

Ordered runs_json(const std::vector<CampaignRun>& runs, const MetricInfo& score) {
  Ordered list = Ordered::array();
  for (const auto& run : runs) list.push_back(run_json(run, score));
  return list;
}

Ordered statistics_json(const SampleStatistics& s) {
  return {{"median", number(s.median)},
          {"q1", number(s.q1)},
          {"q3", number(s.q3)},
          {"cv", number(s.cv)},
          {"interval_low", number(s.interval_low)},
          {"interval_high", number(s.interval_high)},
          {"runs", s.count},
          {"min", number(s.min)},
          {"max", number(s.max)},
          {"mean", number(s.mean)},
          {"sd", number(s.sd)},
          {"trimmed_mean", number(s.trimmed_mean)},
          {"trimmed_each_end", s.trimmed}};
}

/// A cell that a comma, a quotation mark or a line feed does not break (RFC 4180).
std::string cell(const std::string& text) {
  if (text.find_first_of(",\"\n\r") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

std::string or_empty(const std::optional<double>& value) { return value ? shortest(*value) : ""; }

std::string seconds_text(double seconds) {
  return std::isfinite(seconds) ? fixed(seconds, 2) + " s" : "none";
}

std::string runs_text(const Campaign& campaign) {
  std::vector<std::vector<std::string>> rows{
      {"run", "seed", "figure of merit", "epochs", "best " + campaign.score().label, "status", "folder"}};
  for (std::size_t i = 0; i < campaign.runs.size(); ++i) {
    const auto& run = campaign.runs[i];
    rows.push_back({cat(i + 1), cat(run.seed), seconds_text(run.fom_seconds.value_or(std::nan(""))),
                    cat(run.epochs), run.best_score ? campaign.score().text(*run.best_score) : "-",
                    run.status, run.folder.empty() ? "-" : run.folder.filename().string()});
  }
  return text_table(rows, {"rrrrrl", 2, 3});
}

std::string statistics_text(const SampleStatistics& s) {
  const auto percent = std::isfinite(s.cv) ? fixed(100 * s.cv, 2) + " %" : "none";
  const bool interval = std::isfinite(s.interval_low);
  const std::string between =
      interval ? cat(fixed(s.interval_low, 2), " to ", fixed(s.interval_high, 2), " s") : "none";
  const std::string of = cat("of ", s.count, s.count == 1 ? " run" : " runs");
  return text_table(
      {{"Figure of merit", seconds_text(s.median), cat("median ", of)},
       {"Quartiles", std::isfinite(s.q1) ? cat(fixed(s.q1, 2), " to ", fixed(s.q3, 2), " s") : "none", ""},
       {"Coefficient of variation", percent, "standard deviation over mean"},
       {"Trimmed mean", seconds_text(s.trimmed_mean),
        cat("20 % at either end: ", s.trimmed, s.trimmed == 1 ? " run" : " runs")},
       {"Its 95 % interval", between, "Tukey-McLaughlin"}},
      {"l", 2, 3});
}

}  // namespace

std::string campaign_json(const Campaign& campaign) {
  const auto reasons = unofficial_reasons(campaign);
  const Ordered json{{"format", "scaffold-campaign"},
                     {"campaign_version", campaign_version},
                     {"official", reasons.empty()},
                     {"reasons", reasons},
                     {"status", campaign_status(campaign)},
                     {"fom_seconds", statistics_json(campaign_statistics(campaign))},
                     {"runs", runs_json(campaign.runs, campaign.score())},
                     {"set_aside", runs_json(campaign.set_aside, campaign.score())},
                     {"notes", campaign_notes(campaign)},
                     {"started_utc", campaign.started_utc},
                     {"version", campaign.version},
                     {"commit", campaign.commit},
                     {"machine", report::machine_json(campaign.machine)},
                     {"working_folder", campaign.working_folder},
                     {"configuration", report::configuration_json(campaign.config)}};
  return dump(json, 2) + '\n';
}

std::string campaign_csv(const Campaign& campaign) {
  std::string text = cat("run,seed,status,fom_seconds,epochs,", campaign.score().best_key(), ",",
                         campaign.score().target_key(), ",eligible,dataset,commit,folder\n");
  for (std::size_t i = 0; i < campaign.runs.size(); ++i) {
    const auto& run = campaign.runs[i];
    text += cat(i + 1, ',', run.seed, ',', run.status, ',', or_empty(run.fom_seconds), ',', run.epochs, ',',
                or_empty(run.best_score), ',', or_empty(run.target), ',', run.eligible ? 1 : 0, ',',
                run.dataset_hash, ',', cell(run.commit), ',', cell(run.folder.filename().string()), '\n');
  }
  return text;
}

std::string campaign_text(const Campaign& campaign) {
  const std::string rule(78, '-');
  std::string text = cat(rule, '\n', runs_text(campaign), rule, '\n',
                         statistics_text(campaign_statistics(campaign)), rule, '\n');
  for (const auto& note : campaign_notes(campaign)) text += note + '\n';
  const auto reasons = unofficial_reasons(campaign);
  if (reasons.empty()) return text + "VALID  official result: the median above\n";
  text += "INVALID  not an official result: ";
  for (std::size_t i = 0; i < reasons.size(); ++i) text += (i ? "; " : "") + reasons[i];
  return text + '\n';
}

void write_campaign(const fs::path& folder, const Campaign& campaign) {
  write_atomic(folder / "campaign.csv", campaign_csv(campaign));
  write_atomic(folder / "campaign.html", campaign_html(campaign));
  write_atomic(folder / "campaign.json", campaign_json(campaign));
  write_digests(folder, {"campaign.csv", "campaign.html", "campaign.json", "campaign.yaml"});
}

}  // namespace scaffold

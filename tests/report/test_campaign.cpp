#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "fuzz.hpp"
#include "mutate.hpp"
#include "report/campaign.hpp"
#include "report/verify.hpp"
#include "run/artifact.hpp"
#include "sample_folder.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using nlohmann::json;

namespace {

/// A campaign of so many converged runs, in a folder of its own.
struct Sample {
  explicit Sample(std::size_t runs = 3, bool official = true) {
    for (std::size_t i = 0; i < runs; ++i) {
      CampaignRun run;
      run.seed = static_cast<std::int64_t>(i + 1);
      run.folder = folder / ("benchmark_" + std::to_string(i));
      RunRecord r = sample::converged_run(run.folder, run.seed);
      if (official) r.reasons.clear();
      for (auto& epoch : r.epochs) epoch.epoch_duration += static_cast<double>(i * i);
      sample::write_run(run.folder, r);
      read_run(run);
      run.exit_code = 0;
      campaign.runs.push_back(run);
      if (i == 0) campaign.config = r.config;
    }
    campaign.started_utc = "2026-11-30T09:00:00Z";
    campaign.version = "0.1.0";
    campaign.commit = "b8da9a4";
    campaign.machine = {"node17", "AMD EPYC", "6.1.0", "Debian", 2, 1 << 30};
    write_atomic(folder / "campaign.yaml", "target_dice: 0.5\n");
  }
  json write() {
    write_campaign(folder.path(), campaign);
    return json::parse(read_text(folder / "campaign.json"));
  }
  Verification verify() const {
    Verification v;
    verify_campaign_records(folder.path(), v);
    return v;
  }
  TemporaryFolder folder;
  Campaign campaign;
};

bool says(const std::vector<std::string>& all, const std::string& part) {
  return std::any_of(all.begin(), all.end(), [&](const std::string& s) { return s.find(part) != s.npos; });
}

}  // namespace

TEST_CASE("campaign.json: the keys of the contract, and the median of the runs' own figures") {
  Sample s;
  const json found = s.write();
  CHECK(found.at("format") == "scaffold-campaign");
  CHECK(found.at("official") == true);
  CHECK(found.at("reasons").empty());
  std::vector<double> seconds;
  for (const auto& run : found.at("runs")) {
    const json report = json::parse(read_text(fs::path(run.at("folder").get<std::string>()) / "report.json"));
    CHECK(run.at("fom_seconds") == report.at("fom_seconds"));
    CHECK(run.at("status") == "converged");
    seconds.push_back(run.at("fom_seconds"));
  }
  std::sort(seconds.begin(), seconds.end());
  const json& fom = found.at("fom_seconds");
  CHECK(fom.at("median") == seconds[1]);
  CHECK(fom.at("q1") == Approx((seconds[0] + seconds[1]) / 2));
  CHECK(fom.at("q3") == Approx((seconds[1] + seconds[2]) / 2));
  for (const char* key : {"cv", "interval_low", "interval_high"}) CHECK(fom.at(key).is_number());
  const std::string table = campaign_text(s.campaign);
  CHECK(table.find("VALID  official") != table.npos);
  CHECK(campaign_html(s.campaign).find("<svg") != std::string::npos);
}

TEST_CASE("a campaign is recognized, from its folder, any of its files and the folder above, with its runs") {
  Sample s;
  s.write();
  std::vector<ArtifactRef> found = recognize(s.folder.path());
  REQUIRE(found.size() == 4);
  CHECK(found[0].thing == ArtifactKind::campaign);
  CHECK(found[0].path == s.folder.path());
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(found[i + 1].thing == ArtifactKind::run);
    CHECK(found[i + 1].path == s.campaign.runs[i].folder);
  }
  for (const char* file : {"campaign.json", "campaign.csv", "campaign.html", "campaign.yaml", "digests.json"})
    CHECK(recognize(s.folder / file).size() == 4);
  const TemporaryFolder above;
  fs::copy(s.folder.path(), above / "campaign", fs::copy_options::recursive);
  found = recognize(above.path());
  REQUIRE(found.size() == 1);
  CHECK(found[0].thing == ArtifactKind::campaign);
  fs::remove(above / "campaign" / "campaign.json");
  CHECK_THROWS_AS(recognize(above.path()), DataError);
}

TEST_CASE("what makes a campaign unofficial is named") {
  SECTION("too few runs") {
    Sample s(2);
    const json found = s.write();
    CHECK(found.at("official") == false);
    CHECK(says(found.at("reasons"), "2 runs converged, and a median needs at least 3"));
    CHECK(found.at("fom_seconds").at("median").is_number());
  }
  SECTION("one run has no spread") {
    Sample s(1);
    const json fom = s.write().at("fom_seconds");
    CHECK(fom.at("median").is_number());
    for (const char* key : {"cv", "interval_low", "interval_high"}) CHECK(fom.at(key).is_null());
  }
  SECTION("a run that is not eligible, once where it is so of all") {
    Sample s(3, false);
    const auto reasons = unofficial_reasons(s.campaign);
    CHECK(reasons == std::vector<std::string>{"problem_scale is 5, not 11"});
    s.campaign.runs[0].eligible = s.campaign.runs[1].eligible = true;
    CHECK(unofficial_reasons(s.campaign) == std::vector<std::string>{"problem_scale is 5, not 11 (seed 3)"});
  }
  SECTION("one seed thrice") {
    Sample s;
    for (auto& run : s.campaign.runs) run.seed = 7;
    CHECK(says(unofficial_reasons(s.campaign), "1 run converged"));
  }
  SECTION("a run that is yet to come: when to stop was decided in advance") {
    Sample s;
    s.campaign.runs.emplace_back().seed = 9;
    CHECK(says(unofficial_reasons(s.campaign), "1 of 4 runs has not ended"));
    CHECK(campaign_status(s.campaign) == "running");
  }
  SECTION("two programs") {
    Sample s;
    s.campaign.runs[1].commit = "abc";
    CHECK(says(unofficial_reasons(s.campaign), "2 versions"));
  }
}

TEST_CASE("runs that failed or missed leave the median and are told of") {
  Sample s;
  CampaignRun missed;
  missed.seed = 4;
  missed.status = "epochs_exhausted";
  CampaignRun failed;
  failed.seed = 5;
  failed.status = "failed";
  failed.exit_code = 5;
  failed.message = "loss is not finite";
  s.campaign.runs.push_back(missed);
  s.campaign.runs.push_back(failed);
  const auto notes = campaign_notes(s.campaign);
  CHECK(says(notes, "1 of 5 runs missed the target"));
  CHECK(says(notes, "The run of seed 5 failed (loss is not finite)"));
  CHECK(campaign_statistics(s.campaign).count == 3);
  CHECK(unofficial_reasons(s.campaign).empty());
  CHECK(missed.has_result());
  CHECK(failed.has_result());
  failed.exit_code = 1;
  CHECK_FALSE(failed.has_result());
}

TEST_CASE("a campaign reads back as it was written, wherever it was moved") {
  Sample s;
  s.campaign.set_aside.push_back(s.campaign.runs[0]);
  s.campaign.set_aside[0].status = "killed";
  const json found = s.write();
  Campaign again = read_campaign(s.folder.path());
  CHECK(json::parse(campaign_json(again)) == found);
  TemporaryFolder other;
  fs::copy(s.folder.path(), other / "moved", fs::copy_options::recursive);
  again = read_campaign(other / "moved");
  CHECK(again.runs[2].folder == other / "moved" / "benchmark_2");
}

TEST_CASE("a campaign's files fit its runs, and every number that is changed is noticed, in its file") {
  Sample s;
  s.write();
  {
    const Verification v = s.verify();
    INFO(verification_text(v));
    CHECK(v.verified());
  }
  for (const char* name : {"campaign.json", "campaign.csv"}) {
    const std::string whole = read_text(s.folder / name);
    const auto each = static_cast<std::size_t>(std::max(8 / fuzz_factor(), 1));
    for (std::size_t at = 0, digits = std::random_device()() % each; at < whole.size(); ++at) {
      if (!std::isdigit(static_cast<unsigned char>(whole[at])) || digits++ % each != 0) continue;
      std::string changed = whole;
      changed[at] = changed[at] == '9' ? '0' : static_cast<char>(changed[at] + 1);
      sample::overwrite(s.folder / name, changed);
      const Verification v = s.verify();
      INFO(name << " at byte " << at << ": " << whole.substr(at > 40 ? at - 40 : 0, 60));
      REQUIRE(std::any_of(v.differences.begin(), v.differences.end(),
                          [&](const auto& d) { return d.file == name; }));
    }
    sample::overwrite(s.folder / name, whole);
  }
  // With new digests too, where it is a figure.
  const std::string whole = read_text(s.folder / "campaign.json");
  const auto at = whole.find("\"median\": ") + 10;
  std::string changed = whole;
  changed[at] = changed[at] == '9' ? '8' : '9';
  sample::overwrite(s.folder / "campaign.json", changed);
  write_digests(s.folder.path(), {"campaign.csv", "campaign.html", "campaign.json", "campaign.yaml"});
  const Verification v = s.verify();
  REQUIRE(v.differences.size() == 1);
  CHECK(v.differences[0].key == "fom_seconds.median");
  CHECK(v.differences[0].file == "campaign.json");
}

TEST_CASE("files that are no campaign, or damaged, are refused in words") {
  TemporaryFolder folder;
  CHECK_THROWS_WITH(read_campaign(folder.path()), Catch::Contains("campaign.json"));
  Sample s;
  s.write();
  const std::string whole = read_text(s.folder / "campaign.json");
  std::mt19937_64 random(11);
  for (int round = 0; round < fuzz_rounds(100); ++round) {
    sample::overwrite(s.folder / "campaign.json", sample::mutate(whole, random));
    try {
      read_campaign(s.folder.path());
    } catch (const DataError& error) {
      CHECK(std::string(error.what()).find("campaign.json") != std::string::npos);
    }
  }
}

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "fuzz.hpp"
#include "mutate.hpp"
#include "report/write_report.hpp"
#include "run/report_json.hpp"
#include "run/summary.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using nlohmann::json;

TEST_CASE("report.json holds the result under its documented keys") {
  const auto run = sample::run(3);
  const json report = json::parse(report_json(run));
  CHECK(report.at("format") == "scaffold-report");
  CHECK(report.at("report_version") == 1);
  CHECK(report.at("converged") == true);
  CHECK(report.at("status") == "converged");
  CHECK(report.at("message") == run.message);
  CHECK(report.at("fom_seconds").get<double>() ==
        Approx(run.epochs[0].epoch_duration + run.epochs[1].epoch_duration + run.epochs[2].epoch_duration));
  CHECK(report.at("fom_inverse_seconds").get<double>() == Approx(1 / report.at("fom_seconds").get<double>()));
  CHECK(report.at("official_meaning") ==
        "may count in an official result: the median of at least 3 runs with different seeds");
  CHECK(report.at("comparability") ==
        json{{"problem_scale", 5}, {"optimizer", "ADAM"}, {"starting_learning_rate", 1e-3}});
  CHECK(report.at("differs_from_baseline") == json{"problem_scale is 5, the baseline's is 11"});
  CHECK(report.at("epoch_time").at("seconds_beyond_reference").get<double>() == Approx(3 * 0.22));
  CHECK(report.at("framework") == "LibTorch 2.5.1, PyTorch's C++ library");
  CHECK(report.at("run_rules").at("category") == "Optimized");
  CHECK(report.at("kernels") == json{{"3^3 convolution", "Winograd, fused kernels (avx2)"},
                                     {"Optimizer", "ATen _foreach operators"}});
  CHECK(report.at("background_dice") == 0.5138);
  CHECK(report.at("best_val_dice_present") == run.epochs[2].metric("val_dice_present"));
  CHECK(report.at("epochs_table")[0].at("val_dice_present") == run.epochs[0].metric("val_dice_present"));
  CHECK(report.at("epochs") == 3);
  CHECK(report.at("best_val_dice") == run.epochs[2].metric("val_dice"));
  CHECK(report.at("best_epoch") == 3);
  CHECK(report.at("target_dice") == 0.95);
  CHECK(report.at("official") == false);
  CHECK(report.at("reasons") == json{"problem_scale is 5, not 11"});
  CHECK(report.at("restarts") == 0);
  CHECK(report.at("phase_seconds").at("backward").get<double>() == Approx(37.2));
  CHECK(report.at("step_seconds").at("count") == 504);
  CHECK(report.at("step_seconds").at("p50").get<double>() == Approx(percentile(run.step_seconds, 0.5)));
  CHECK(report.at("flops_per_step") == 41.7e9);
  CHECK(report.at("flops_forward") == 13.9e9);
  CHECK(report.at("achieved_flops_per_second").get<double>() ==
        Approx(41.7e9 / percentile(run.step_seconds, 0.5)));
  CHECK(report.at("peak_memory_bytes") == 1073741824);
  CHECK(report.at("parameters") == 5402694);
  CHECK(report.at("warmup_seconds") == 9.4);
  CHECK(report.at("wall_seconds") == 71.2);
  CHECK(report.at("suspended_seconds") == 12.25);
  CHECK(report.at("machine").at("cpu") == "AMD EPYC 7R13 Processor");
  CHECK(report.at("software").at("HDF5") == "1.10.8");
  CHECK(report.at("dataset").at("validation") == 72);
  CHECK(report.at("train_seed") == 18446744073709551557u);
  CHECK(report.at("device") == "cpu");
  CHECK(report.at("precision") == "bfloat16 autocast");
  CHECK(report.at("threads") == 2);
  CHECK(report.at("ranks") == 1);
  CHECK(report.at("version") == "0.1.0");
  CHECK(report.at("commit") == "b8da9a4");
  CHECK(report.at("started_utc") == "2026-11-21T10:20:30Z");
  CHECK(report.at("run_dir") == run.run_dir);
  REQUIRE(report.at("epochs_table").size() == 3);
  CHECK(report.at("epochs_table")[1].at("overall_loss") == run.epochs[1].overall_loss);
  CHECK(report.at("epochs_table")[1].at("dice_per_class")[5] == run.epochs[1].parts()[5]);
}

TEST_CASE("staging counts in the figure of merit, in both of its forms") {
  auto run = sample::run(3);
  const double before = json::parse(report_json(run)).at("fom_seconds");
  run.staging_seconds = 12.5;
  const json report = json::parse(report_json(run));
  CHECK(report.at("fom_seconds").get<double>() == Approx(before + 12.5));
  CHECK(report.at("fom_inverse_seconds").get<double>() == Approx(1 / (before + 12.5)));
}

TEST_CASE("configuration values keep their types and origins") {
  auto run = sample::run(1);
  run.config = {
      {"i", "5", "default"},      {"f", "1e-3", "a.yml:3"},         {"l", "[1, 2, 4]", "command line"},
      {"t", "true", "default"},   {"s", "ADAM", "default"},         {"q", "\"007\"", "default"},
      {"z", "007", "default"},    {"h", ".5", "default"},           {"huge", "1e999", "default"},
      {"empty", "", "default"},   {"bad", "[1, x", "default"},      {"n", "-1", "default"},
      {"word", "nan", "default"}, {"map", "{\"a\": 1}", "default"}, {"bytes", "\xff", "default"}};
  const json c = json::parse(report_json(run)).at("configuration");
  CHECK(c["i"] == json{{"value", 5}, {"origin", "default"}});
  CHECK(c["f"] == json{{"value", 0.001}, {"origin", "a.yml:3"}});
  CHECK(c["l"]["value"] == json{1, 2, 4});
  CHECK(c["t"]["value"] == true);
  CHECK(c["s"]["value"] == "ADAM");
  CHECK(c["q"]["value"] == "007");
  CHECK(c["z"]["value"] == "007");
  CHECK(c["h"]["value"] == 0.5);
  CHECK(c["huge"]["value"] == "1e999");
  CHECK(c["empty"]["value"] == "");
  CHECK(c["bad"]["value"] == "[1, x");
  CHECK(c["n"]["value"] == -1);
  CHECK(c["word"]["value"] == "nan");
  CHECK(c["map"]["value"] == "{\"a\": 1}");
  CHECK(c["bytes"]["value"] == "\xef\xbf\xbd");
}

TEST_CASE("a run with no figure says null, and so does every number that is none") {
  auto run = sample::run(2, RunStatus::epochs_exhausted);
  run.epochs[0].metric("val_dice") = run.epochs[1].metric("val_dice") = NAN;
  run.epochs[1].phases.other = INFINITY;
  run.warmup_seconds = NAN;
  run.step_seconds.clear();
  const json report = json::parse(report_json(run));
  for (const char* key :
       {"fom_seconds", "best_val_dice", "best_epoch", "warmup_seconds", "achieved_flops_per_second"})
    CHECK(report.at(key).is_null());
  CHECK(report.at("step_seconds").at("p99").is_null());
  CHECK(report.at("phase_seconds").at("other").is_null());
  CHECK(report.at("epochs_table")[0].at("val_dice").is_null());
  CHECK(report.at("converged") == false);
}

TEST_CASE("a report is written whole, with its figures, and read back") {
  TemporaryFolder folder;
  const auto run = sample::run(3);
  write_report(folder.path(), run);
  write_report(folder.path(), run);
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder.path()))
    files.push_back(fs::relative(entry.path(), folder.path()).string());
  std::sort(files.begin(), files.end());
  CHECK(files == std::vector<std::string>{"figures", "figures/dice_by_class.svg", "figures/phases.svg",
                                          "figures/training_loss.svg", "figures/validation_dice.svg",
                                          "figures/validation_loss.svg", "report.html", "report.json"});
  const ReportSummary summary = read_report(folder / "report.json");
  CHECK(summary.version == 1);
  CHECK(summary.job_name == "benchmark");
  CHECK(summary.status == "converged");
  CHECK(summary.converged);
  CHECK_FALSE(summary.official);
  CHECK(summary.fom_seconds.value() == figure_of_merit(run).value());
  CHECK(summary.epochs == 3);
  CHECK(summary.best_epoch == 3);
  CHECK(summary.best_score.value() == run.epochs[2].metric("val_dice"));
  CHECK(summary.target.value() == 0.95);
  CHECK(summary.reasons == run.reasons);
  CHECK_THROWS_AS(write_report(folder / "report.json", run), SystemError);
}

TEST_CASE("the report of a run without epochs reads back too") {
  TemporaryFolder folder;
  write_report(folder.path(), sample::run(0, RunStatus::failed));
  const ReportSummary summary = read_report(folder / "report.json");
  CHECK(summary.status == "failed");
  CHECK_FALSE(summary.fom_seconds);
  CHECK_FALSE(summary.best_score);
  CHECK(summary.best_epoch == 0);
}

TEST_CASE("what is no report is refused, and so is a newer one") {
  TemporaryFolder folder;
  const auto refuse = [&](const std::string& text, const char* because) {
    sample::overwrite(folder / "r.json", text);
    CHECK_THROWS_AS(read_report(folder / "r.json"), DataError);
    CHECK_THROWS_WITH(read_report(folder / "r.json"), Catch::Contains("r.json") && Catch::Contains(because));
  };
  refuse("", "JSON");
  refuse("{", "JSON");
  refuse("[]", "object");
  refuse("{}", "format");
  refuse("{\"format\":\"other\"}", "format");
  refuse(std::string(1000000, '['), "nested");
  json report = json::parse(report_json(sample::run(1)));
  report["report_version"] = 2;
  refuse(report.dump(), "newer");
  for (const char* key : {"status", "epochs", "converged", "fom_seconds", "reasons", "best_val_dice"}) {
    json changed = json::parse(report_json(sample::run(1)));
    changed[key] = json::object();
    refuse(changed.dump(), key);
    changed.erase(key);
    refuse(changed.dump(), key);
  }
  CHECK_THROWS_AS(read_report(folder / "missing.json"), DataError);
}

TEST_CASE("damaged reports are read or refused, nothing else") {
  TemporaryFolder folder;
  const std::string good = report_json(sample::run(1));
  std::mt19937_64 random(5);
  int refused = 0;
  for (int i = 0; i < fuzz_rounds(2000); ++i) {
    sample::overwrite(folder / "r.json", sample::mutate(good, random));
    try {
      read_report(folder / "r.json");
    } catch (const DataError&) {
      ++refused;
    }
  }
  CHECK(refused > 200);
}

// Hand-made reports, hand-computed efficiency.
#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/scaling.hpp"
#include "report/svg_chart.hpp"
#include "run/report_json.hpp"
#include "sample_run.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using nlohmann::json;

namespace {

/// An epoch of 20 of 84 steps: 10 s of training, 1 s between, 2 s for 17 of 72 validation volumes, 0.5 s of
/// checkpoint.
RunRecord cut_run(int ranks, double training) {
  RunRecord run = sample::run(1, RunStatus::epochs_exhausted);
  EpochRecord& e = run.epochs[0];
  run.ranks = ranks;
  run.threads = 1;
  run.global_batch = 2;
  run.steps_per_epoch = 20;
  run.validation_samples = 17;
  run.step_seconds.assign(20, training / 20);
  e.optimizer_steps = 20;
  e.phases = {0.5, training - 4.5, 3, 1, 2, 0.5, 1};
  e.epoch_duration = training + 3.5;
  e.samples_per_second = 40 / training;
  run.peak_memory_bytes = e.peak_memory_bytes = 1000;
  if (ranks > 1) {
    ParallelRecord p;
    p.halo_bytes = 20e6;
    p.allreduce_bytes = 400e6;
    p.halo_seconds = 0.5;
    p.halo_wait = 0.2;
    p.statistics_wait = 0.1;
    p.allreduce_seconds = 2;
    p.allreduce_exposed = 0.1;
    p.communication_share = 0.4 / training;
    p.communication_total = 2.6 / training;
    p.peak_memory_bytes = 2000;
    e.parallel = p;
  }
  return run;
}

ScalingMeasure measured(const RunRecord& run) {
  const TemporaryFolder folder;
  write_atomic(folder / "report.json", report_json(run));
  return scaling_measure(folder / "report.json");
}

ScalingSeries series_of(ScalingMode mode, const std::vector<std::pair<int, std::vector<double>>>& trainings) {
  ScalingSeries series;
  series.mode = mode;
  series.launch = "mpirun -np {ranks}";
  series.started_utc = "2026-11-21T10:20:30Z";
  series.version = "0.1.0";
  series.machine.host = "node17";
  series.machine.cores = 8;
  for (const auto& [ranks, seconds] : trainings) {
    ScalingResult result;
    result.point.ranks = ranks;
    series.rounds = static_cast<int>(seconds.size());
    for (const double s : seconds) {
      ScalingRun run{"folder", "log.txt", "", {}};
      if (s > 0)
        run.measure = measured(cut_run(ranks, s));
      else
        run.failure = "exit code 3: no data";
      result.runs.push_back(run);
    }
    series.results.push_back(result);
  }
  return series;
}

bool any_contains(const std::vector<std::string>& texts, const std::string& part) {
  for (const auto& text : texts)
    if (text.find(part) != text.npos) return true;
  return false;
}

}  // namespace

TEST_CASE("a run's measure: per step, scaled to a whole epoch") {
  const ScalingMeasure m = measured(cut_run(2, 10));
  CHECK(m.ranks == 2);
  CHECK(m.steps == 20);
  CHECK(m.whole_steps == 84);  // 168 training volumes, two a step
  // (13.5 - 2 - 0.5) s of training and between, 84 / 20 times; validation 72 / 17 times; one checkpoint.
  CHECK(m.epoch_seconds == Approx(11 * 4.2 + 2 * 72.0 / 17 + 0.5));
  CHECK(m.step_seconds == Approx(0.5));
  CHECK(m.samples_per_second == Approx(4));
  CHECK(m.halo_bytes == Approx(1e6));
  CHECK(m.allreduce_bytes == Approx(20e6));
  CHECK(m.halo_bandwidth == Approx(40e6));
  CHECK(m.allreduce_bandwidth == Approx(200e6));  // of two ranks each sends its values once
  CHECK(m.exposed_share == Approx(0.04));
  CHECK(m.total_share == Approx(0.26));
  CHECK(m.computing == Approx(0.5 - 0.02));
  CHECK(m.peak_memory_bytes == 2000);  // the largest of all ranks
}

TEST_CASE("a run on one rank communicates nothing") {
  const ScalingMeasure m = measured(cut_run(1, 10));
  CHECK(m.halo_bytes == 0);
  CHECK(m.exposed_share == 0);
  CHECK(std::isnan(m.halo_bandwidth));
  CHECK(std::isnan(m.allreduce_bandwidth));
  CHECK(m.peak_memory_bytes == 1000);
}

TEST_CASE("strong scaling compares time per epoch") {
  // Whole epochs: 61.87..., 40.87..., 28.27... s, from 15, 10 and 7 s of training.
  const auto series = series_of(ScalingMode::strong, {{1, {15}}, {2, {10}}, {4, {7}}});
  const auto rows = scaling_rows(series);
  const double validation = 2 * 72.0 / 17 + 0.5;
  const double one = 16 * 4.2 + validation, two = 11 * 4.2 + validation, four = 8 * 4.2 + validation;
  CHECK(rows[0].speedup.median == 1);
  CHECK(rows[0].efficiency.median == 1);
  CHECK(rows[1].speedup.median == Approx(one / two));
  CHECK(rows[1].efficiency.median == Approx(one / two / 2));
  CHECK(rows[2].speedup.median == Approx(one / four));
  CHECK(rows[2].efficiency.median == Approx(one / four / 4));
  CHECK(rows[2].ideal == 4);
}

TEST_CASE("weak scaling compares training samples per second, from any first number of ranks") {
  auto series = series_of(ScalingMode::weak, {{2, {10}}, {8, {10}}});
  // Four times the batch in the same time, but for a tenth.
  series.results[1].runs[0].measure->samples_per_second = 0.9 * 4 * 4;
  const auto rows = scaling_rows(series);
  CHECK(rows[1].ideal == 4);
  CHECK(rows[1].speedup.median == Approx(3.6));
  CHECK(rows[1].efficiency.median == Approx(0.9));
}

TEST_CASE("rounds are compared with themselves, and failed runs left out") {
  // The machine slows down by half in the third round; the ratio does not notice.
  auto series = series_of(ScalingMode::weak, {{1, {10, 10, 15}}, {2, {5, 0, 7.5}}});
  const auto rows = scaling_rows(series);
  CHECK(rows[1].measured == 2);
  CHECK(rows[1].speedup.median == Approx(2));
  CHECK(rows[1].speedup.low == Approx(2));
  CHECK(rows[1].speedup.high == Approx(2));
  CHECK(rows[0].step.median == Approx(0.5));
  CHECK(rows[0].step.high == Approx(0.75));
  const auto notes = scaling_notes(series, rows);
  CHECK(any_contains(notes, "Failed: 2 ranks, round 2: exit code 3: no data (log.txt)"));
}

TEST_CASE("notes: cut epochs, shared cores, too many threads, two cores, no first point") {
  auto series = series_of(ScalingMode::strong, {{1, {10}}, {4, {5}}});
  auto notes = scaling_notes(series, scaling_rows(series));
  CHECK(any_contains(notes, "20 of 84 steps"));
  CHECK(!any_contains(notes, "cores"));
  series.machine.cores = 2;
  notes = scaling_notes(series, scaling_rows(series));
  CHECK(any_contains(notes, "this machine has 2): 4 ranks"));
  CHECK(any_contains(notes, "correctness and overhead"));
  // One rank had all eight cores, four ranks have two each.
  series.machine.cores = 8;
  series.results[0].runs[0].measure->threads = 8;
  series.results[1].runs[0].measure->threads = 2;
  notes = scaling_notes(series, scaling_rows(series));
  CHECK(any_contains(notes, "Cores did not grow with the ranks at: 4 ranks"));
  CHECK(!any_contains(notes, "oversubscribed"));
  // Two machines have them.
  series.results[1].runs[0].measure->hosts = 4;
  series.results[1].runs[0].measure->threads = 8;
  CHECK(!any_contains(scaling_notes(series, scaling_rows(series)), "Cores did not grow"));
  series = series_of(ScalingMode::strong, {{1, {0}}, {4, {5}}});
  const auto rows = scaling_rows(series);
  CHECK(std::isnan(rows[1].efficiency.median));
  CHECK(any_contains(scaling_notes(series, rows), "nothing to compare with"));
}

TEST_CASE("JSON and CSV hold the same points") {
  const auto series = series_of(ScalingMode::strong, {{1, {15, 15}}, {2, {10, 8}}, {4, {0, 0}}});
  const json table = json::parse(scaling_json(series));
  CHECK(table["format"] == "scaffold-scaling");
  REQUIRE(table["points"].size() == 3);
  const auto rows = scaling_rows(series);
  CHECK(table["points"][1]["efficiency"]["median"].get<double>() == rows[1].efficiency.median);
  CHECK(table["points"][1]["allreduce_bytes_per_step"] == 20e6);
  CHECK(table["points"][1]["runs"].size() == 2);
  CHECK(table["points"][2]["epoch_seconds"]["median"].is_null());
  CHECK(table["points"][2]["runs"][0]["failure"] == "exit code 3: no data");
  const auto lines = split(scaling_csv(series), '\n');
  REQUIRE(lines.size() == 5);  // header, three points, and nothing behind the last line feed
  const auto header = split(lines[0], ',');
  for (std::size_t i = 1; i <= 3; ++i) CHECK(split(lines[i], ',').size() == header.size());
  const auto column =
      static_cast<std::size_t>(std::find(header.begin(), header.end(), "efficiency") - header.begin());
  CHECK(std::stod(split(lines[2], ',')[column]) == rows[1].efficiency.median);
  CHECK(split(lines[3], ',')[column].empty());
}

TEST_CASE("the page is well-formed and says what must be known, whatever a failure's message holds") {
  auto series = series_of(ScalingMode::strong, {{1, {15, 14}}, {2, {10, 0}}, {2, {11, 12}}, {4, {0, 0}}});
  series.results[2].point.num_shards = {2, 1, 1};
  series.results[1].runs[1].failure = "<script>alert(1)</script>&\x1b\xff";
  series.config = {{"problem_scale", "4", "configs/smoke.yml:3"}};
  const TemporaryFolder folder;
  write_scaling(folder.path(), series);
  const std::string page = read_text(folder / "scaling.html");
  CHECK(page.find("<script") == std::string::npos);
  CHECK(page.find("Efficiency = speed-up") != std::string::npos);
  CHECK(page.find("20 of 84") != std::string::npos);
  CHECK(page.find("2 × 1 × 1 shards") != std::string::npos);
  write_atomic(folder / "check.py",
               "import sys, xml.etree.ElementTree as tree\n"
               "text = open(sys.argv[1], encoding='utf-8').read()\n"
               "tree.fromstring(text)\n"
               "assert '://' not in text.replace('http://www.w3.org/', '')\n"
               "assert '>nan<' not in text and '\"nan' not in text\n");
  CHECK(std::system(cat("python3 ", (folder / "check.py").string(), " ", (folder / "scaling.html").string())
                        .c_str()) == 0);
  CHECK(json::parse(read_text(folder / "scaling.json"))["points"].size() == 4);
  // A series that was stopped before anything ran.
  for (auto& result : series.results) result.runs.clear();
  series.interrupted = true;
  write_scaling(folder.path(), series);
  CHECK(scaling_text(series).find("interrupted") != std::string::npos);
}

TEST_CASE("what is no report of a run is refused with its name") {
  const TemporaryFolder folder;
  const auto refusal = [&](const std::string& text) {
    write_atomic(folder / "report.json", text);
    try {
      scaling_measure(folder / "report.json");
    } catch (const DataError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  CHECK(refusal("{}").find("format is missing") != std::string::npos);
  CHECK(refusal("[]").find("report.json") != std::string::npos);
  const json good = json::parse(report_json(cut_run(2, 10)));
  for (const auto& [key, value] : good.items()) {
    for (const json& bad : {json(nullptr), json("x"), json::array()}) {
      if (key != "ranks" && key != "dataset" && key != "epochs_table" && key != "step_seconds") continue;
      json broken = good;
      broken[key] = bad;
      CHECK(refusal(broken.dump()).find("report.json") != std::string::npos);
    }
  }
  RunRecord unfinished = cut_run(2, 10);
  unfinished.epochs.clear();
  CHECK(refusal(report_json(unfinished)).find("report.json") != std::string::npos);
}

TEST_CASE("a logarithmic x axis has equal steps for doublings, and ticks at the points") {
  Chart chart;
  chart.log_x = true;
  chart.series = {{"s", 0, {1, 2, 4, 8}, {1, 1, 1, 1}}};
  const std::string picture = svg(chart);
  std::vector<double> x;
  for (auto at = picture.find("<circle"); at != picture.npos; at = picture.find("<circle", at + 1))
    x.push_back(std::stod(picture.substr(picture.find("cx=\"", at) + 4)));
  REQUIRE(x.size() == 4);
  CHECK(x[2] - x[1] == Approx(x[1] - x[0]).margin(0.02));
  CHECK(x[3] - x[2] == Approx(x[1] - x[0]).margin(0.02));
  for (const char* tick : {">1<", ">2<", ">4<", ">8<"}) CHECK(picture.find(tick) != std::string::npos);
}

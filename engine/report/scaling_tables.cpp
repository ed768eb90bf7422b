// The series as JSON, CSV and terminal table.
#include <algorithm>
#include <cmath>

#include "core/files.hpp"
#include "core/table.hpp"
#include "core/text.hpp"
#include "report/facts.hpp"
#include "report/scaling.hpp"
#include "run/json.hpp"

namespace scaffold {
namespace {

Ordered spread_json(const Spread& s) {
  return {{"median", number(s.median)}, {"min", number(s.low)}, {"max", number(s.high)}};
}

Ordered runs_json(const ScalingResult& result) {
  Ordered list = Ordered::array();
  for (const auto& run : result.runs) {
    Ordered json{{"folder", run.folder},
                 {"log", run.log},
                 {"failure", run.failure.empty() ? Ordered(nullptr) : Ordered(run.failure)}};
    if (const auto& m = run.measure)
      json.update({{"epoch_seconds", number(m->epoch_seconds)},
                   {"step_seconds", number(m->step_seconds)},
                   {"samples_per_second", number(m->samples_per_second)},
                   {"communication_share", number(m->exposed_share)},
                   {"communication_total", number(m->total_share)}});
    list.push_back(std::move(json));
  }
  return list;
}

Ordered point_json(const ScalingRow& row) {
  const ScalingPoint& point = row.result->point;
  Ordered json{{"name", folder_name(point)},
               {"ranks", point.ranks},
               {"launcher", point.launched},
               {"replicas", point.replicas()},
               {"dc_num_shards", point.num_shards},
               {"local_batch_size", point.local_batch},
               {"grad_accumulation_steps", point.accumulation},
               {"global_batch", point.global_batch()},
               {"measured", row.measured}};
  if (const auto* m = row.first)
    json.update({{"shards", m->shards},
                 {"threads", m->threads},
                 {"hosts", m->hosts},
                 {"device", m->device},
                 {"precision", m->precision},
                 {"dataset", m->dataset_hash},
                 {"steps", m->steps},
                 {"whole_epoch_steps", m->whole_steps},
                 {"halo_bytes_per_step", number(m->halo_bytes)},
                 {"allreduce_bytes_per_step", number(m->allreduce_bytes)},
                 {"peak_memory_bytes", row.peak_memory_bytes},
                 {"oversubscribed", row.oversubscribed},
                 {"shares_cores", row.shares_cores}});
  json.update({{"epoch_seconds", spread_json(row.epoch)},
               {"step_seconds", spread_json(row.step)},
               {"samples_per_second", spread_json(row.samples)},
               {"ideal_speedup", number(row.ideal)},
               {"speedup", spread_json(row.speedup)},
               {"efficiency", spread_json(row.efficiency)},
               {"communication_share", spread_json(row.exposed_share)},
               {"communication_total", spread_json(row.total_share)},
               {"step_parts",
                {{"computing", number(row.computing)},
                 {"halo_wait", number(row.halo_wait)},
                 {"statistics_wait", number(row.statistics_wait)},
                 {"allreduce_exposed", number(row.allreduce_exposed)}}},
               {"halo_bandwidth", spread_json(row.halo_bandwidth)},
               {"allreduce_bandwidth", spread_json(row.allreduce_bandwidth)},
               {"runs", runs_json(*row.result)}});
  return json;
}

/// An unknown number is an empty field.
std::string field(double value) { return std::isfinite(value) ? shortest(value) : ""; }

std::string joined(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) line += (line.empty() ? "" : ",") + word;
  return line + '\n';
}

std::string csv_line(const ScalingRow& row) {
  const ScalingPoint& p = row.result->point;
  const ScalingMeasure none, &m = row.first ? *row.first : none;
  const auto known = [&](double value) { return row.first ? field(value) : std::string(); };
  const auto& s = p.num_shards;
  return joined({folder_name(p),
                 cat(p.ranks),
                 cat(p.replicas()),
                 cat(s[0], "x", s[1], "x", s[2]),
                 row.first ? cat(m.threads) : "",
                 cat(p.global_batch()),
                 row.first ? cat(m.steps) : "",
                 row.first ? cat(m.whole_steps) : "",
                 cat(row.measured),
                 field(row.epoch.median),
                 field(row.epoch.low),
                 field(row.epoch.high),
                 field(row.step.median),
                 field(row.step.low),
                 field(row.step.high),
                 field(row.samples.median),
                 field(row.speedup.median),
                 field(row.efficiency.median),
                 field(row.efficiency.low),
                 field(row.efficiency.high),
                 field(row.exposed_share.median),
                 field(row.total_share.median),
                 known(m.halo_bytes),
                 known(m.allreduce_bytes),
                 field(row.halo_bandwidth.median),
                 field(row.allreduce_bandwidth.median),
                 row.first ? cat(row.peak_memory_bytes) : "",
                 row.first ? cat(row.oversubscribed || row.shares_cores ? 1 : 0) : ""});
}

std::string percent(double share) { return std::isfinite(share) ? fixed(100 * share, 1) + " %" : "-"; }
std::string or_dash(double value, int digits) { return std::isfinite(value) ? fixed(value, digits) : "-"; }

}  // namespace

std::string scaling_json(const ScalingSeries& series) {
  const auto rows = scaling_rows(series);
  Ordered points = Ordered::array();
  for (const auto& row : rows) points.push_back(point_json(row));
  const Ordered json{{"format", "scaffold-scaling"},
                     {"scaling_version", 1},
                     {"mode", name(series.mode)},
                     {"definition", scaling_definition(series.mode)},
                     {"launch", series.launch},
                     {"rounds", series.rounds},
                     {"interrupted", series.interrupted},
                     {"started_utc", series.started_utc},
                     {"version", series.version},
                     {"commit", series.commit},
                     {"machine", report::machine_json(series.machine)},
                     {"notes", scaling_notes(series, rows)},
                     {"points", std::move(points)},
                     {"configuration", report::configuration_json(series.config)}};
  return dump(json, 2) + '\n';
}

std::string scaling_csv(const ScalingSeries& series) {
  std::string text =
      "point,ranks,replicas,shards,threads,global_batch,steps,whole_epoch_steps,measured,epoch_seconds,"
      "epoch_seconds_min,epoch_seconds_max,step_seconds,step_seconds_min,step_seconds_max,samples_per_second,"
      "speedup,efficiency,efficiency_min,efficiency_max,communication_share,communication_total,"
      "halo_bytes_per_step,allreduce_bytes_per_step,halo_bandwidth,allreduce_bandwidth,peak_memory_bytes,"
      "cores_shared\n";
  for (const auto& row : scaling_rows(series)) text += csv_line(row);
  return text;
}

std::string scaling_text(const ScalingSeries& series) {
  const auto rows = scaling_rows(series);
  std::vector<std::vector<std::string>> cells{{"point", "batch", "epoch", "step", "samples/s", "speed-up",
                                               "efficiency", "exposed", "total", "halos", "all-reduce",
                                               "memory"}};
  for (const auto& row : rows) {
    const bool known = row.first != nullptr;
    cells.push_back({point_label(row.result->point), cat(row.result->point.global_batch()),
                     known ? short_seconds(row.epoch.median) : "failed",
                     known ? short_seconds(row.step.median) : "-", or_dash(row.samples.median, 2),
                     or_dash(row.speedup.median, 2), percent(row.efficiency.median),
                     percent(row.exposed_share.median), percent(row.total_share.median),
                     known ? human_bytes(row.first->halo_bytes) : "-",
                     known ? human_bytes(row.first->allreduce_bytes) : "-",
                     known ? human_bytes(static_cast<double>(row.peak_memory_bytes)) : "-"});
  }
  std::string text = cells.size() > 1 ? text_table(cells) : "";
  text += "exposed, total: communication as a share of training; halos, all-reduce: bytes of a step\n";
  for (const auto& note : scaling_notes(series, rows)) text += note + '\n';
  return text;
}

void write_scaling(const fs::path& folder, const ScalingSeries& series) {
  write_atomic(folder / "scaling.json", scaling_json(series));
  write_atomic(folder / "scaling.csv", scaling_csv(series));
  write_atomic(folder / "scaling.html", scaling_html(series));
}

}  // namespace scaffold

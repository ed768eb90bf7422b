// The series as a page: curves, table, definitions.
#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

#include "core/text.hpp"
#include "report/html_parts.hpp"
#include "report/scaling.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

using namespace report;

using Rows = std::vector<ScalingRow>;

std::string with_spread(const Spread& s, const std::string& text, const std::string& low,
                        const std::string& high) {
  if (!std::isfinite(s.median)) return "–";
  return s.low == s.high ? text : cat(text, "<br/><small class=\"muted\">", low, " – ", high, "</small>");
}
std::string seconds_cell(const Spread& s) {
  return with_spread(s, short_seconds(s.median), short_seconds(s.low), short_seconds(s.high));
}
std::string number_cell(const Spread& s, int digits) {
  return with_spread(s, fixed(s.median, digits), fixed(s.low, digits), fixed(s.high, digits));
}
std::string percent_cell(const Spread& s) {
  return with_spread(s, fixed(100 * s.median, 1) + " %", fixed(100 * s.low, 1),
                     fixed(100 * s.high, 1) + " %");
}
std::string bandwidth_cell(const Spread& s) {
  return std::isfinite(s.median) ? human_bytes(s.median) + "/s" : "–";
}
std::string bytes_cell(double bytes) { return bytes > 0 ? human_bytes(bytes) : "–"; }

std::string mark(const ScalingRow& row) { return row.oversubscribed ? " †" : row.shares_cores ? " *" : ""; }

std::string cells_html(const ScalingRow& row, const std::vector<std::string>& cells) {
  std::string html = cat("<tr><td class=\"text\" style=\"white-space:nowrap\">",
                         point_label(row.result->point), mark(row), "</td>");
  for (const auto& cell : cells) html += cat("<td>", cell, "</td>");
  return html + "</tr>";
}

std::string table_row(const ScalingRow& row) {
  const ScalingPoint& p = row.result->point;
  const ScalingMeasure* m = row.first;
  std::vector<std::string> cells{cat(p.replicas()), m ? cat(m->threads) : "–", cat(p.global_batch())};
  if (!m)
    cells.insert(cells.end(), {"–", "failed", "–", "–", "–", "–"});
  else
    cells.insert(cells.end(),
                 {m->steps < m->whole_steps ? cat(m->steps, " of ", m->whole_steps) : cat(m->steps),
                  seconds_cell(row.epoch), seconds_cell(row.step), number_cell(row.samples, 2),
                  number_cell(row.speedup, 2), percent_cell(row.efficiency)});
  cells.push_back(cat(row.measured, " of ", row.result->runs.size()));
  return cells_html(row, cells);
}

std::string table_html(const ScalingSeries& series, const Rows& rows) {
  std::string body;
  for (const auto& row : rows) body += table_row(row);
  std::string html =
      cat("<table><thead><tr><th class=\"text\">point</th><th>replicas</th><th>threads a rank</th>"
          "<th>global batch</th><th>steps an epoch</th><th>time per epoch</th><th>median step</th>"
          "<th>samples/s</th><th>speed-up</th><th>efficiency</th><th>runs</th></tr></thead><tbody>",
          body, "</tbody></table>");
  const auto any = [&](bool ScalingRow::*flag) {
    return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return row.*flag; });
  };
  std::string legend;
  if (any(&ScalingRow::oversubscribed)) legend += "† more threads than cores. ";
  if (any(&ScalingRow::shares_cores)) legend += "* cores did not grow with the ranks. ";
  if (series.rounds > 1) legend += "Medians over the rounds; below them the lowest and the highest.";
  if (!legend.empty()) html += cat("<p class=\"muted\" style=\"margin-top:10px\">", legend, "</p>");
  return section("Points", html, "panel long");
}

std::string traffic_html(const Rows& rows) {
  std::string body;
  for (const auto& row : rows)
    if (row.first)
      body +=
          cells_html(row, {percent_cell(row.exposed_share), percent_cell(row.total_share),
                           bytes_cell(row.first->halo_bytes), bandwidth_cell(row.halo_bandwidth),
                           bytes_cell(row.first->allreduce_bytes), bandwidth_cell(row.allreduce_bandwidth),
                           human_bytes(static_cast<double>(row.peak_memory_bytes))});
  if (body.empty()) return "";
  return section(
      "Communication of a step, and memory",
      cat("<table><thead><tr><th class=\"text\">point</th><th>communication exposed</th>"
          "<th>communication total</th><th>halos sent</th><th>halo bandwidth</th><th>all-reduce</th>"
          "<th>all-reduce bandwidth</th><th>peak memory of a rank</th></tr></thead><tbody>",
          body, "</tbody></table>"),
      "panel long");
}

/// One curve for each way to cut volumes, or one in all where no number of ranks comes twice.
std::vector<ChartSeries> curves(const Rows& rows, double (*value)(const ScalingRow&)) {
  std::map<int, int> at_ranks;
  for (const auto& row : rows) ++at_ranks[row.result->point.ranks];
  const bool one = std::all_of(at_ranks.begin(), at_ranks.end(), [](const auto& n) { return n.second == 1; });
  std::vector<ChartSeries> all;
  for (const auto& row : rows) {
    const ScalingPoint& p = row.result->point;
    const auto& s = p.num_shards;
    const std::string name = one           ? "measured"
                             : !p.launched ? "no launcher"
                                           : cat(s[0], " × ", s[1], " × ", s[2], " shards");
    auto found = std::find_if(all.begin(), all.end(), [&](const ChartSeries& c) { return c.name == name; });
    if (found == all.end()) {
      const int color = static_cast<int>(all.size());
      found = all.insert(all.end(), ChartSeries{name, color < 6 ? color : color + 1, {}, {}});
    }
    found->x.push_back(p.ranks);
    found->y.push_back(value(row));
  }
  // Points may be given in any order; a curve goes from left to right.
  for (auto& curve : all) {
    std::vector<std::pair<double, double>> points;
    for (std::size_t i = 0; i < curve.x.size(); ++i) points.emplace_back(curve.x[i], curve.y[i]);
    std::sort(points.begin(), points.end());
    for (std::size_t i = 0; i < points.size(); ++i) std::tie(curve.x[i], curve.y[i]) = points[i];
  }
  return all;
}

Chart over_ranks(const char* title, const char* label, std::vector<ChartSeries> series) {
  Chart chart;
  chart.title = title;
  chart.x_label = "ranks";
  chart.y_label = label;
  chart.series = std::move(series);
  chart.log_x = true;
  return chart;
}

Chart speedup_chart(const Rows& rows) {
  Chart chart = over_ranks("Speed-up", "times the first point",
                           curves(rows, [](const ScalingRow& row) { return row.speedup.median; }));
  ChartSeries ideal{"ideal", 6, {}, {}, true};
  for (const auto& row : rows) {
    ideal.x.push_back(row.result->point.ranks);
    ideal.y.push_back(row.ideal);
  }
  std::sort(ideal.x.begin(), ideal.x.end());
  std::sort(ideal.y.begin(), ideal.y.end());
  chart.series.push_back(std::move(ideal));
  chart.log_y = true;
  return chart;
}

Chart efficiency_chart(const Rows& rows) {
  Chart chart = over_ranks("Efficiency", "%",
                           curves(rows, [](const ScalingRow& row) { return 100 * row.efficiency.median; }));
  chart.y_low = 0;
  chart.y_high = 100;
  return chart;
}

Chart memory_chart(const Rows& rows) {
  Chart chart = over_ranks("Peak memory of a rank", "GiB", curves(rows, [](const ScalingRow& row) {
                             return row.first ? static_cast<double>(row.peak_memory_bytes) / (1 << 30) : NAN;
                           }));
  chart.y_low = 0;
  return chart;
}

Chart share_chart(const Rows& rows) {
  auto series = curves(rows, [](const ScalingRow& row) { return 100 * row.exposed_share.median; });
  auto total = curves(rows, [](const ScalingRow& row) { return 100 * row.total_share.median; });
  for (auto& curve : series) curve.name = curve.name == "measured" ? "exposed" : curve.name + ", exposed";
  for (auto& curve : total) {
    curve.name = curve.name == "measured" ? "total" : curve.name + ", total";
    curve.dashed = true;
  }
  series.insert(series.end(), total.begin(), total.end());
  Chart chart = over_ranks("Communication", "% of training", std::move(series));
  chart.y_low = 0;
  return chart;
}

std::string parts_chart(const Rows& rows) {
  Chart figure;
  figure.title = "Where a step's time goes";
  figure.y_label = "seconds, mean over ranks";
  ChartBars& bars = figure.bars.emplace();
  bars.parts = {{"computing", 0, {}},
                {"waiting for halos", 1, {}},
                {"waiting for statistics", 4, {}},
                {"waiting for the all-reduce", 2, {}}};
  for (const auto& row : rows) {
    if (!row.first) continue;
    bars.x.push_back(static_cast<double>(bars.x.size()));
    bars.names.push_back(point_label(row.result->point));
    const double values[] = {row.computing, row.halo_wait, row.statistics_wait, row.allreduce_exposed};
    for (std::size_t i = 0; i < 4; ++i) bars.parts[i].values.push_back(values[i]);
  }
  return bars.x.empty() ? "" : cat("<div class=\"row\">", chart(svg(figure, {1080, 320})), "</div>");
}

std::string header_html(const ScalingSeries& series, const Rows& rows) {
  std::string problem;
  for (const auto& row : rows)
    if (row.first && problem.empty())
      problem = cat(" · samples of ", extents_text(row.first->extents), " voxels, ", row.first->device, ", ",
                    row.first->precision);
  return cat("<header><p class=\"over\">ScaFFold · ", esc(workload_of(series.config).about()), "</p><h1>",
             series.mode == ScalingMode::strong ? "Strong scaling" : "Weak scaling",
             "</h1><p class=\"muted\">started ", esc(series.started_utc), " on ", esc(series.machine.host),
             esc(problem), "</p></header>\n");
}

std::string read_first_html(const std::vector<std::string>& notes) {
  if (notes.empty()) return "";
  std::string items;
  for (const auto& note : notes) items += cat("<li>", esc(note), "</li>");
  return cat(
      "<section class=\"panel\"><div class=\"verdict invalid\"><span class=\"badge\">READ FIRST</span><ul>",
      items, "</ul></div></section>\n");
}

std::string definitions_html(const ScalingSeries& series) {
  std::string html;
  for (const std::string& text :
       {scaling_definition(series.mode),
        std::string(
            "Each round measures every point once; speed-up and efficiency compare runs of the same round."),
        std::string(
            "Time per epoch: training, validation and everything between; where epochs were cut, training is "
            "scaled by whole steps / steps and validation by its volumes."),
        std::string(
            "Communication exposed: seconds that training waits for halos, statistics and the gradient "
            "all-reduce, as a share of training, a mean over ranks. Total: of everything in flight, hidden "
            "behind computation or not, added up although it may overlap."),
        std::string(
            "Bytes: what the busiest rank sends in a step (all-reduce: the values reduced). Bandwidth: halo "
            "bytes over the exchanges' seconds in flight; all-reduce bytes × 2 (n − 1) / n over the seconds "
            "from its first bucket's start to its last one's end, computation between buckets included."),
        std::string("Peak memory: the resident set of the rank that had most, with the process's own base.")})
    html += cat("<p style=\"margin-bottom:8px\">", esc(text), "</p>");
  return section("Definitions", html);
}

std::string conduct_html(const ScalingSeries& series) {
  std::vector<Fact> facts{{"launcher", series.launch, ""}, {"rounds", cat(series.rounds), ""}};
  return cat("<div class=\"two row\">", section("Machine", facts_html(machine_facts(series.machine))),
             section("How it was run", facts_html(facts)), "</div>\n");
}

}  // namespace

std::string scaling_html(const ScalingSeries& series) {
  const Rows rows = scaling_rows(series);
  std::string html =
      page_start(cat(series.mode == ScalingMode::strong ? "Strong" : "Weak", " scaling · ScaFFold"));
  html += header_html(series, rows);
  html += read_first_html(scaling_notes(series, rows));
  html += cat("<div class=\"two row\">", chart(half_width(speedup_chart(rows))),
              chart(half_width(efficiency_chart(rows))), "</div>\n");
  html += cat("<div class=\"two row\">", chart(half_width(share_chart(rows))),
              chart(half_width(memory_chart(rows))), "</div>\n");
  html += parts_chart(rows);
  html += table_html(series, rows);
  html += traffic_html(rows);
  html += definitions_html(series);
  html += conduct_html(series);
  html += configuration_html(series.config);
  return html + page_end(series.version, series.commit, "scaling.json and scaling.csv");
}

}  // namespace scaffold

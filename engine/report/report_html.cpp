#include "report/report_html.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/facts.hpp"
#include "report/figures.hpp"
#include "report/html_parts.hpp"
#include "run/official.hpp"
#include "run/report_json.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

using namespace report;

std::string header_html(const RunRecord& run) {
  const std::string host = run.machine.host.empty() ? "" : " on " + run.machine.host;
  return cat("<header><p class=\"over\">ScaFFold · ", esc(workload_of(run.config).about()), "</p><h1>",
             esc(run.job_name), "</h1><p class=\"muted\">started ", esc(run.started_utc), esc(host),
             " · <code>", esc(run.run_dir), "</code></p></header>\n");
}

std::string merit_html(const RunRecord& run) {
  std::string html = "<div><h3>Figure of merit</h3>";
  if (const auto fom = figure_of_merit(run)) {
    html += cat("<p class=\"fom\">", decimals(*fom, 2), "<span>s</span></p>");
    html += cat("<p class=\"muted\">seconds of training until ", run.score_info().title(), " reached ",
                target_text(run.target), esc("; 1 / seconds, the reference's form: "),
                compact(inverse_figure_of_merit(run).value_or(0), 6));
    if (*fom >= 120) html += cat(" (", human_seconds(*fom), ")");
    return html + "</p></div>";
  }
  std::string why = figure_of_merit_text(run);
  why.erase(0, std::min(why.size(), why.find(": ") + 2));
  html += cat("<p class=\"fom none\">none</p><p class=\"muted\">", esc(why), "</p>");
  if (!run.message.empty()) html += cat("<p>", esc(run.message), "</p>");
  return html + "</div>";
}

std::string official_html(const RunRecord& run) {
  if (run.reasons.empty())
    return cat("<div class=\"verdict valid\"><span class=\"badge\">VALID</span> ", esc(official_meaning),
               "<p class=\"muted\">Figures of merit compare where the keys under “Compared by” are "
               "equal.</p></div>");
  std::string list;
  for (const auto& reason : run.reasons) list += cat("<li>", esc(reason), "</li>");
  return cat("<div class=\"verdict invalid\"><span class=\"badge\">INVALID</span> not an official result<ul>",
             list, "</ul></div>");
}

/// "8.13 samples/s" with its unit set smaller; values of several words stay as they are.
std::string value_html(const std::string& value) {
  const auto space = value.find(' ');
  if (space == value.npos || value.find(' ', space + 1) != value.npos) return esc(value);
  return cat(esc(value.substr(0, space)), " <em>", esc(value.substr(space + 1)), "</em>");
}

std::string cards_html(const RunRecord& run) {
  std::string html = "<div class=\"cards\">";
  for (const auto& fact : result_facts(run))
    html += cat("<div class=\"card\"><span>", esc(fact.label),
                fact.value == "unknown" ? "</span><b class=\"muted\">" : "</span><b>", value_html(fact.value),
                "</b><small>", esc(fact.note), "</small></div>");
  return html + "</div>\n";
}

std::string curves_html(const RunRecord& run) {
  std::string html =
      cat("<div class=\"row\">", chart(svg(score_figure(run), {1080, 360})), "</div><div class=\"two row\">",
          chart(half_width(training_loss_figure(run))), chart(half_width(validation_loss_figure(run))));
  for (const Figure& figure : metric_figures(run)) html += chart(half_width(figure.chart));
  return html + "</div>\n";
}

std::string swatch(int color) { return cat("<i class=\"swatch c", color % 8, "\"></i>"); }

std::string phases_html(const RunRecord& run) {
  const PhaseSeconds totals = phase_totals(run.epochs);
  const double sum = phase_sum(totals);
  if (!(sum > 0) || !std::isfinite(sum)) return "";
  std::string bar = "<div class=\"bar\">", rows;
  const auto phases = phase_list(totals);
  for (std::size_t i = 0; i < phases.size(); ++i) {
    const auto& [name, seconds] = phases[i];
    const double percent = 100 * seconds / sum;
    bar += cat("<i class=\"c", phase_color(i), "\" style=\"width:", fixed(percent, 3), "%\"></i>");
    rows += cat("<tr><td class=\"text\">", swatch(phase_color(i)), esc(name), "</td><td>", fixed(seconds, 2),
                "</td><td>", fixed(percent, 1), "</td></tr>");
  }
  const std::string table =
      cat("<table><thead><tr><th class=\"text\">phase</th><th>seconds</th><th>%</th></tr></thead><tbody>",
          rows, "<tr><td class=\"text\"><b>all epochs</b></td><td><b>", fixed(sum, 2),
          "</b></td><td><b>100.0</b></td></tr></tbody></table>");
  return cat("<div class=\"two row\">", chart(half_width(phases_figure(run), 440)),
             section("Time over all epochs", cat(bar, "</div>", table)), "</div>\n");
}

std::string meter(double share, int color) {
  return cat("<span class=\"meter\"><i class=\"c", color % 8,
             "\" style=\"width:", fixed(100 * std::clamp(share, 0.0, 1.0), 2), "%\"></i></span>");
}

std::string part_row(std::size_t part, const EpochRecord& best, const EpochRecord& last) {
  const MetricInfo& info = best.score_info();
  const double value = best.parts()[part];
  const bool counts = part >= info.first_part;
  const int color = counts ? class_color(part) : 6;  // what does not count is gray
  return cat("<tr><td class=\"text\">", swatch(color), info.part_name(part), counts ? "" : " (not scored)",
             "</td><td>", std::isfinite(value) ? meter(value, color) : "", info.text(value), "</td><td>",
             part < last.parts().size() ? info.text(last.parts()[part]) : "", "</td></tr>");
}

std::string parts_html(const RunRecord& run) {
  const EpochRecord* best = best_epoch(run.epochs);
  if (!best || best->parts().empty()) return "";
  const MetricInfo& info = best->score_info();
  const auto& last = run.epochs.back();
  std::string rows;
  for (std::size_t part = 0; part < best->parts().size(); ++part) rows += part_row(part, *best, last);
  const std::string table =
      section(cat(info.label, " by ", info.part),
              cat("<table><thead><tr><th class=\"text\">", info.part, "</th><th>best epoch (", best->epoch,
                  ")</th><th>last (", last.epoch, ")</th></tr></thead><tbody>", rows, "</tbody></table>"));
  const Chart figure = parts_figure(run);
  if (figure.series.empty()) return table;
  return cat("<div class=\"two row\">", chart(half_width(figure, 330)), table, "</div>\n");
}

std::string epoch_row(const EpochRecord& e, bool best) {
  std::vector<std::string> cells{cat(e.epoch), compact(e.overall_loss), compact(e.val_loss_avg)};
  for (const Metric* metric : e.all_metrics()) cells.push_back(metric->info->text(metric->value));
  for (const auto& cell : {decimals(e.epoch_duration, 2), compact(e.learning_rate, 3),
                           compact(e.samples_per_second), compact(e.gradient_norm, 3), cat(e.optimizer_steps),
                           human_bytes(static_cast<double>(e.peak_memory_bytes))})
    cells.push_back(cell);
  std::string row = best ? "<tr class=\"best\">" : "<tr>";
  for (const auto& cell : cells) row += cat("<td>", cell, "</td>");
  return row + "</tr>";
}

std::string metric_heads(const RunRecord& run) {
  std::string heads;
  const EpochRecord any(*run.metrics);
  for (const Metric* metric : any.all_metrics()) heads += cat("<th>", metric->info->title(), "</th>");
  return heads;
}

std::string epochs_html(const RunRecord& run) {
  if (run.epochs.empty()) return "";
  std::string rows;
  const EpochRecord* best = best_epoch(run.epochs);
  for (const auto& epoch : run.epochs) rows += epoch_row(epoch, &epoch == best);
  return section("Epochs",
                 cat("<div class=\"scroll\"><table><thead><tr><th>epoch</th><th>training loss</th>"
                     "<th>validation loss</th>",
                     metric_heads(run),
                     "<th>seconds</th>"
                     "<th>learning rate</th><th>samples/s</th><th>gradient norm</th><th>steps</th>"
                     "<th>peak memory</th></tr></thead><tbody>",
                     rows, "</tbody></table></div>"),
                 "panel long");
}

}  // namespace

std::string report_html(const RunRecord& run) {
  std::string html = page_start(run.job_name + " · ScaFFold report");
  html += header_html(run);
  html += cat("<section class=\"panel hero\">", merit_html(run), official_html(run), "</section>\n");
  html += cards_html(run);
  if (!run.epochs.empty()) html += curves_html(run);
  html += phases_html(run);
  html += parts_html(run);
  html += epochs_html(run);
  html +=
      cat("<div class=\"two row\">", section("What the figure compares with", facts_html(rule_facts(run))),
          section("Kernels", facts_html(kernel_facts(run))), "</div>\n");
  html += cat("<div class=\"two row\">", section("Dataset", facts_html(dataset_facts(run.dataset))),
              section("Machine", facts_html(machine_facts(run.machine))), "</div>\n");
  html += cat("<div class=\"two row\">", section("How it was run", facts_html(conduct_facts(run))),
              section("Software", facts_html(software_facts(run))), "</div>\n");
  html += configuration_html(run.config);
  return html + page_end(run.version, run.commit, "report.json");
}

}  // namespace scaffold

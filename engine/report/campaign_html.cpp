// The campaign as a page: figure of merit, every run, definitions.
#include <cmath>

#include "core/text.hpp"
#include "report/campaign.hpp"
#include "report/html_parts.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

using namespace report;

std::string merit_html(const SampleStatistics& s, const MetricInfo& score) {
  if (s.count == 0)
    return "<div><h3>Figure of merit</h3><p class=\"fom none\">none</p><p class=\"muted\">no run has "
           "converged</p></div>";
  return cat("<div><h3>Figure of merit</h3><p class=\"fom\">", decimals(s.median, 2),
             "<span>s</span></p><p class=\"muted\">median of ", s.count, s.count == 1 ? " run" : " runs",
             ": seconds of training until ", score.title(), " reached the target",
             s.median >= 120 ? cat(" (", human_seconds(s.median), ")") : "", "</p></div>");
}

std::string official_html(const std::vector<std::string>& reasons) {
  if (reasons.empty())
    return "<div class=\"verdict valid\"><span class=\"badge\">VALID</span> official result"
           "<p class=\"muted\">The median of at least three converged runs of different seeds.</p></div>";
  std::string list;
  for (const auto& reason : reasons) list += cat("<li>", esc(reason), "</li>");
  return cat("<div class=\"verdict invalid\"><span class=\"badge\">INVALID</span> not an official result<ul>",
             list, "</ul></div>");
}

std::string card(std::string_view label, const std::string& value, std::string_view note) {
  return cat("<div class=\"card\"><span>", label, "</span><b>", value, "</b><small>", note, "</small></div>");
}

std::string cards_html(const SampleStatistics& s) {
  const auto seconds = [](double value) {
    return std::isfinite(value) ? cat(fixed(value, 2), " <em>s</em>") : std::string("none");
  };
  const bool interval = std::isfinite(s.interval_low);
  return cat("<div class=\"cards\">", card("Lower quartile", seconds(s.q1), ""),
             card("Upper quartile", seconds(s.q3), ""),
             card("Coefficient of variation",
                  std::isfinite(s.cv) ? cat(fixed(100 * s.cv, 2), " <em>%</em>") : std::string("none"),
                  "standard deviation over mean"),
             card("Trimmed mean", seconds(s.trimmed_mean), cat(s.trimmed, " left out at either end")),
             card("Its 95 % interval",
                  interval ? cat(fixed(s.interval_low, 2), " – ", fixed(s.interval_high, 2), " <em>s</em>")
                           : std::string("none"),
                  "Tukey–McLaughlin"),
             "</div>\n");
}

std::string runs_chart(const Campaign& campaign) {
  Chart figure;
  figure.title = "Figure of merit of each run";
  figure.x_label = "seed";
  figure.y_label = "seconds";
  ChartBars& bars = figure.bars.emplace();
  bars.parts = {{"figure of merit", 0, {}}};
  for (const auto& run : campaign.runs) {
    bars.x.push_back(static_cast<double>(bars.x.size()));
    bars.names.push_back(cat(run.seed));
    bars.parts[0].values.push_back(run.fom_seconds.value_or(0));
  }
  return cat("<div class=\"row\">", chart(svg(figure, {1080, 300})), "</div>");
}

std::string row_html(std::size_t n, const CampaignRun& run, const MetricInfo& score) {
  const std::string name = run.folder.filename().string();
  return cat("<tr><td>", n, "</td><td>", run.seed, "</td><td>",
             run.fom_seconds ? fixed(*run.fom_seconds, 2) : "–", "</td><td>", run.epochs, "</td><td>",
             run.best_score ? score.text(*run.best_score) : "–", "</td><td class=\"text\">", esc(run.status),
             run.message.empty() ? "" : cat("<br/><small class=\"muted\">", esc(run.message), "</small>"),
             "</td><td class=\"text\">",
             name.empty() ? "–" : cat("<a href=\"", esc(name), "/report.html\">", esc(name), "</a>"),
             "</td></tr>");
}

std::string runs_html(const char* title, const std::vector<CampaignRun>& runs, const MetricInfo& score) {
  if (runs.empty()) return "";
  std::string rows;
  for (std::size_t i = 0; i < runs.size(); ++i) rows += row_html(i + 1, runs[i], score);
  return section(
      title,
      cat("<table><thead><tr><th>run</th><th>seed</th><th>seconds</th><th>epochs</th><th>best ", score.label,
          "</th>"
          "<th class=\"text\">status</th><th class=\"text\">folder</th></tr></thead><tbody>",
          rows, "</tbody></table>"),
      "panel long");
}

std::string notes_html(const std::vector<std::string>& notes) {
  std::string items;
  for (const auto& note : notes) items += cat("<li>", esc(note), "</li>");
  return notes.empty() ? "" : section("To read this", cat("<ul>", items, "</ul>"));
}

std::string definitions_html() {
  return section(
      "Definitions",
      "<p>Quartiles and median interpolate linearly between order statistics. Coefficient of variation: the "
      "sample standard deviation (n − 1) over the mean. Trimmed mean: without the g = ⌊0.2 n⌋ lowest and "
      "highest. "
      "Its interval (Tukey and McLaughlin, 1963): ± t s<sub>w</sub> / (0.6 √n), with the winsorized sample's "
      "standard deviation s<sub>w</sub> and Student's t of n − 2g − 1 degrees of freedom.</p>");
}

}  // namespace

std::string campaign_html(const Campaign& campaign) {
  const SampleStatistics s = campaign_statistics(campaign);
  std::string html = page_start("Campaign · ScaFFold");
  html += cat("<header><p class=\"over\">ScaFFold · ", esc(workload_of(campaign.config).about()),
              "</p><h1>Campaign of ", campaign.runs.size(), campaign.runs.size() == 1 ? " run" : " runs",
              "</h1><p class=\"muted\">started ", esc(campaign.started_utc), " on ",
              esc(campaign.machine.host), " · ", campaign_status(campaign), "</p></header>\n");
  html += cat("<section class=\"panel hero\">", merit_html(s, campaign.score()),
              official_html(unofficial_reasons(campaign)), "</section>\n");
  html += cards_html(s);
  html += runs_chart(campaign);
  html += runs_html("Runs", campaign.runs, campaign.score());
  html += runs_html("Set aside", campaign.set_aside, campaign.score());
  html += notes_html(campaign_notes(campaign));
  html += definitions_html();
  html += section("Machine", facts_html(machine_facts(campaign.machine)));
  html += configuration_html(campaign.config);
  return html + page_end(campaign.version, campaign.commit, "campaign.json and campaign.csv");
}

}  // namespace scaffold

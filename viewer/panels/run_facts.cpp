#include "panels/run_facts.hpp"

#include <imgui.h>

#include <cmath>
#include <ctime>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "monitor/run_progress.hpp"
#include "run/summary.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

struct StatusText {
  const char *status, *text, *tip;
  bool good, bad;
};

constexpr StatusText status_texts[] = {
    {"converged", "converged", "The target was reached", true, false},
    {"running", "running", "Written within the last ten minutes; followed", true, false},
    {"epochs_exhausted", "out of epochs", "Stopped without reaching the target", false, false},
    {"interrupted", "interrupted", "A signal ended it; it can be restarted", false, true},
    {"failed", "failed", "See events.jsonl and log.txt", false, true},
    {"no end", "silent", "Nothing has been written for ten minutes, and no end is recorded: killed?", false,
     true},
    {"killed", "killed", "Its process ended without notice; it can be restarted", false, true},
    {"not begun", "nothing yet", "Neither train_stats.csv nor events.jsonl is there", false, false},
    {"", "unknown end", "The log names an end that this version does not know", false, true}};

const StatusText& text_of(const std::string& status) {
  const auto* text = status_texts;
  while (*text->status && text->status != status) ++text;
  return *text;
}

void draw_status(const ShownRun& run, const Theme& theme) {
  const RunData& data = *run.data;
  const StatusText& status = text_of(run.status());
  ImGui::TextColored(vec4(status.bad ? theme.bad : status.good ? theme.good : theme.text), "%s", status.text);
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("%s%s%s", status.tip, data.report ? "\n" : "",
                      data.report ? data.report->message.c_str() : "");
  ImGui::SameLine();
  std::string count = "· " + counted(data.epochs.size(), "epoch");
  if (!data.restarts.empty()) count += " · " + counted(data.restarts.size(), "restart");
  ImGui::TextUnformatted(count.c_str());
}

/// Against the time that the scheduler leaves, where that is known.
void draw_forecast(const ShownRun& run, const Theme& theme) {
  const RunData& data = *run.data;
  const auto now = static_cast<double>(std::time(nullptr));
  const double left = static_cast<double>(data.deadline) - now;
  if (run.forecast) {
    const Forecast& f = *run.forecast;
    const double high = still_left(data, f.seconds_high, now);
    const bool late = data.deadline > 0 && !(high < left);
    const auto until = [&](double seconds) { return human_seconds(still_left(data, seconds, now)); };
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(late ? theme.bad : theme.text));
    ImGui::TextUnformatted(cat("target in ", until(f.seconds), ", ",
                               counted(static_cast<std::size_t>(std::ceil(f.epochs)), "epoch"))
                               .c_str());
    ImGui::TextUnformatted(cat("likely ", until(f.seconds_low),
                               std::isfinite(high) ? cat(" to ", human_seconds(high)) : " or more")
                               .c_str());
    ImGui::PopStyleColor();
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", "Four of five continuations of the score's curve lie in the range");
  }
  if (data.deadline > 0)
    ImGui::TextUnformatted(left > 0 ? cat("the scheduler leaves ", human_seconds(left)).c_str()
                                    : "the scheduler's time is over");
}

void draw_progress(const ShownRun& run, const Theme& theme) {
  const RunData& data = *run.data;
  if (run.status() != "running") return;
  if (const auto text = progress_text(data); !text.empty())
    ImGui::ProgressBar(static_cast<float>(progress_share(data)), {-1, 0}, text.c_str());
  draw_forecast(run, theme);
  if (const auto silent = run.stalled())
    wrapped(theme.bad, cat("stalled? no step for ", human_seconds(*silent), "; a step takes ",
                           human_seconds(median_step(data)), " (median)"));
}

void draw_report(const ReportSummary& report, const Theme& theme, bool all) {
  if (report.fom_seconds)
    ImGui::TextUnformatted(cat("figure of merit ", fixed(*report.fom_seconds, 2), " s").c_str());
  if (!all) return;
  if (!report.fom_seconds) ImGui::TextUnformatted("no figure of merit");
  std::string line = report.official ? "may count in an official result" : "not official", reasons;
  if (!report.official && !report.reasons.empty()) line += ": " + report.reasons[0];
  if (report.reasons.size() > 1) line += cat(" and ", report.reasons.size() - 1, " more");
  for (const auto& reason : report.reasons) reasons += (reasons.empty() ? "" : "\n") + reason;
  wrapped(report.official ? theme.good : theme.faint, line);
  if (!reasons.empty() && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", reasons.c_str());
}

}  // namespace

void draw_facts(const ShownRun& run, bool all, const Theme& theme) {
  const RunData& data = *run.data;
  if (run.following().loading()) {
    ImGui::TextDisabled("%s", cat("reading…  ", counted(data.epochs.size(), "epoch"), " so far").c_str());
    return;
  }
  draw_status(run, theme);
  if (const auto best = data.best())
    ImGui::TextUnformatted(cat("best ", data.score_info().label, " ", data.score_info().text(best->first),
                               " in epoch ", best->second)
                               .c_str());
  if (all) draw_progress(run, theme);
  if (data.report) draw_report(*data.report, theme, all);
  const bool awaited = run.live && data.changed == 0;  // said with the connection
  if (!awaited)
    for (const auto& problem : data.problems) wrapped(theme.bad, problem);
  ImGui::Dummy({0, 0.3f * ImGui::GetFontSize()});
}

std::optional<std::int64_t> draw_events(const RunData& data, Context& context) {
  std::optional<std::int64_t> clicked;
  const bool unfolded = ImGui::CollapsingHeader(cat("Events: ", data.notes.size(), "###events").c_str());
  context.tags.mark("events");
  if (!unfolded) return clicked;
  const Theme& theme = context.theme;
  ImGui::BeginChild("events", {0, 11 * ImGui::GetTextLineHeightWithSpacing()}, true);
  for (std::size_t i = data.notes.size(); i-- > 0;) {
    const RunNote& note = data.notes[i];
    const bool bad = note.kind == RunNote::Kind::error || note.kind == RunNote::Kind::warning;
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(bad                                ? theme.bad
                                              : note.kind == RunNote::Kind::best ? theme.good
                                                                                 : theme.text));
    ImGui::PushID(static_cast<int>(i));
    // "2026-11-22T00:17:35.426Z": the time of day is enough to read.
    const std::string time = note.time.size() >= 19 ? note.time.substr(11, 8) + " " : "";
    if (ImGui::Selectable(cat(time, note.text).c_str()) && note.epoch > 0) clicked = note.epoch;
    context.tags.mark(cat("event-", i));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s\n%s", note.time.c_str(), note.text.c_str());
    ImGui::PopID();
    ImGui::PopStyleColor();
  }
  ImGui::EndChild();
  return clicked;
}

}  // namespace scaffold::viewer

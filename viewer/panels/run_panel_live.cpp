// What of a run panel is about a run that goes on: its connection, progress, orders, events.
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <mutex>

#include "core/counted.hpp"
#include "core/text.hpp"
#include "monitor/run_progress.hpp"
#include "panels/run_panel.hpp"

namespace scaffold::viewer {

/// Told by the threads that hear the answers.
struct RunPanel::Words {
  std::mutex mutex;
  std::string text;
};

std::string RunPanel::last_words() const {
  if (!words_) return {};
  const std::lock_guard lock(words_->mutex);
  return words_->text;
}

void RunPanel::draw_live(std::size_t number) {
  Run& run = runs_[number];
  if (!run.live) {
    // Where it still goes on, the run itself tells more, and sooner.
    if (status_of(run) != "running" || !may_be_live(run.folder)) return;
    if (ImGui::Button("Attach")) attach({run.folder.string(), {}, {}});
    context_.tags.mark(cat("attach-run-", number));
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", "Follow it through its publisher: at once, with the samples in its memory");
    return;
  }
  draw_status(run);
  if (run.live->status().control) draw_control(run);
}

void RunPanel::draw_status(const Run& run) const {
  using Phase = monitor::LiveStatus::Phase;
  const auto status = run.live->status();
  const Theme& theme = context_.theme;
  const bool bad = status.phase == Phase::lost || status.phase == Phase::refused;
  ImGui::PushStyleColor(ImGuiCol_Text, vec4(status.phase == Phase::live ? theme.good
                                            : bad                       ? theme.bad
                                                                        : theme.faint));
  ImGui::TextWrapped("%s", status_text(status).c_str());
  ImGui::PopStyleColor();
  if (!status.message.empty()) ImGui::TextWrapped("%s", status.message.c_str());
}

void RunPanel::order(const Run& run, monitor::Control what) {
  if (!words_) words_ = std::make_shared<Words>();
  {
    const std::lock_guard lock(words_->mutex);
    words_->text = "ordered; waiting for an answer";
  }
  run.live->subscriber().order(what, [words = words_, wake = context_.wake](bool accepted, std::string text) {
    {
      const std::lock_guard lock(words->mutex);
      words->text = accepted ? text.empty() ? "accepted" : text : cat("not done: ", text);
    }
    wake();
  });
}

void RunPanel::draw_control(const Run& run) {
  if (ImGui::Button("Checkpoint now")) order(run, monitor::Control::checkpoint_now);
  context_.tags.mark("checkpoint-now");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s", "Written after the step that it is in");
  if (ImGui::Button("Stop after this epoch…")) ImGui::OpenPopup("stop");
  context_.tags.mark("stop-after-epoch");
  if (ImGui::BeginPopup("stop")) {
    ImGui::TextUnformatted("Stop the run after this epoch? It ends with a checkpoint, and is unofficial.");
    if (ImGui::Button("Stop it")) {
      order(run, monitor::Control::stop_after_epoch);
      ImGui::CloseCurrentPopup();
    }
    context_.tags.mark("stop-confirmed");
    ImGui::SameLine();
    if (ImGui::Button("Let it go on")) ImGui::CloseCurrentPopup();
    context_.tags.mark("stop-not");
    ImGui::EndPopup();
  }
  if (const auto words = last_words(); !words.empty()) ImGui::TextWrapped("%s", words.c_str());
}

std::string RunPanel::status_of(const Run& run) const {
  std::string status = run.data->status(std::time(nullptr));
  if (!run.live || (status != "running" && status != "no end")) return status;
  const auto live = run.live->status();
  // The copy of what an endpoint says is there before its first word.
  if (!run.follower && live.connections == 0) return "not begun";
  return live.killed ? "killed" : status;
}

std::optional<double> RunPanel::stalled(const Run& run) const {
  const RunData& data = *run.data;
  if (status_of(run) != "running") return std::nullopt;
  const auto silent = static_cast<double>(std::time(nullptr) - data.changed);
  return is_stalled(data, silent) ? std::optional(silent) : std::nullopt;
}

/// A forecast takes a while: one for each epoch is enough.
void RunPanel::look_ahead(Run& run) const {
  const RunData& data = *run.data;
  if (run.forecast_from == data.epochs.size()) return;
  run.forecast_from = data.epochs.size();
  run.forecast.reset();
  if (!data.target_dice || status_of(run) != "running") return;
  std::vector<EpochRecord> epochs;
  for (const auto& epoch : data.epochs) epochs.push_back(epoch.record);
  run.forecast = forecast_target(epochs, *data.target_dice);
}

/// Against the time that the scheduler leaves, where that is known.
void RunPanel::draw_forecast(const Run& run) const {
  const RunData& data = *run.data;
  const auto now = static_cast<double>(std::time(nullptr));
  const double left = static_cast<double>(data.deadline) - now;
  if (run.forecast) {
    const Forecast& f = *run.forecast;
    const double high = still_left(data, f.seconds_high, now);
    const bool late = data.deadline > 0 && !(high < left);
    const auto until = [&](double seconds) { return human_seconds(still_left(data, seconds, now)); };
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(late ? context_.theme.bad : context_.theme.text));
    ImGui::TextUnformatted(cat("target in ", until(f.seconds), ", ",
                               counted(static_cast<std::size_t>(std::ceil(f.epochs)), "epoch"))
                               .c_str());
    ImGui::TextUnformatted(cat("likely ", until(f.seconds_low),
                               std::isfinite(high) ? cat(" to ", human_seconds(high)) : " or more")
                               .c_str());
    ImGui::PopStyleColor();
    if (ImGui::IsItemHovered())
      ImGui::SetTooltip("%s", "Four of five continuations of the Dice curve lie in the range");
  }
  if (data.deadline > 0)
    ImGui::TextUnformatted(left > 0 ? cat("the scheduler leaves ", human_seconds(left)).c_str()
                                    : "the scheduler's time is over");
}

void RunPanel::draw_progress(const Run& run) const {
  const RunData& data = *run.data;
  if (status_of(run) != "running") return;
  if (const auto text = progress_text(data); !text.empty())
    ImGui::ProgressBar(static_cast<float>(progress_share(data)), {-1, 0}, text.c_str());
  draw_forecast(run);
  if (const auto silent = stalled(run)) {
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(context_.theme.bad));
    ImGui::TextWrapped("%s", cat("stalled? no step for ", human_seconds(*silent), "; a step takes ",
                                 human_seconds(median_step(data)), " (median)")
                                 .c_str());
    ImGui::PopStyleColor();
  }
}

/// Of the run chosen, the latest first; a click goes to the epoch.
void RunPanel::draw_events() {
  const RunData& data = *runs_[chosen_].data;
  const bool unfolded = ImGui::CollapsingHeader(cat("Events: ", data.notes.size(), "###events").c_str());
  context_.tags.mark("events");
  if (!unfolded) return;
  ImGui::BeginChild("events", {0, 11 * ImGui::GetTextLineHeightWithSpacing()}, true);
  std::optional<std::int64_t> clicked;
  for (std::size_t i = data.notes.size(); i-- > 0;) {
    const RunNote& note = data.notes[i];
    const Theme& theme = context_.theme;
    const bool bad = note.kind == RunNote::Kind::error || note.kind == RunNote::Kind::warning;
    ImGui::PushStyleColor(ImGuiCol_Text, vec4(bad                                ? theme.bad
                                              : note.kind == RunNote::Kind::best ? theme.good
                                                                                 : theme.text));
    ImGui::PushID(static_cast<int>(i));
    // "2026-11-22T00:17:35.426Z": the time of day is enough to read.
    const std::string time = note.time.size() >= 19 ? note.time.substr(11, 8) + " " : "";
    if (ImGui::Selectable(cat(time, note.text).c_str()) && note.epoch > 0) clicked = note.epoch;
    context_.tags.mark(cat("event-", i));
    if (ImGui::IsItemHovered()) ImGui::SetTooltip("%s\n%s", note.time.c_str(), note.text.c_str());
    ImGui::PopID();
    ImGui::PopStyleColor();
  }
  ImGui::EndChild();
  if (clicked) open_epoch(chosen_, *clicked);
}

}  // namespace scaffold::viewer

#include "panels/run_live.hpp"

#include <imgui.h>

#include <algorithm>
#include <mutex>

#include "core/text.hpp"
#include "ui/dialog.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

void draw_connection(const monitor::LiveStatus& status, const Theme& theme) {
  using Phase = monitor::LiveStatus::Phase;
  const bool bad = status.phase == Phase::lost || status.phase == Phase::refused;
  // Of a run that was killed its status tells, with what can be done.
  if (!status.killed)
    wrapped(status.phase == Phase::live ? theme.good : bad ? theme.bad : theme.faint, status_text(status));
  if (!status.message.empty()) ImGui::TextWrapped("%s", status.message.c_str());
}

}  // namespace

/// An order to a run, and what has come of it.
struct LiveControl::Order {
  monitor::Control what{};
  std::size_t notes = 0;  ///< that the log had when it was given
  void say(std::string words) {
    const std::lock_guard lock(mutex);
    text = std::move(words);
  }
  std::string said() {
    const std::lock_guard lock(mutex);
    return text;
  }

 private:
  std::mutex mutex;
  std::string text;  ///< told by the threads that hear the answers
};

LiveControl::LiveControl(RunList& runs, Context& context) : runs_(runs), context_(context) {}

std::string LiveControl::said() const { return last_ ? last_->said() : ""; }

void LiveControl::draw(std::size_t number) {
  const ShownRun& run = runs_[number];
  if (!run.live) return draw_attach(number);
  const auto status = run.live->status();
  draw_connection(status, context_.theme);
  follow_order(run, status);
  const bool over = status.phase == monitor::LiveStatus::Phase::ended || status.killed;
  if (status.control && !over) draw_orders(run, status.phase == monitor::LiveStatus::Phase::live);
  if (const auto order = orders_.find(run.folder.string()); order != orders_.end())
    if (const auto words = order->second->said(); !words.empty()) ImGui::TextWrapped("%s", words.c_str());
}

/// What was ordered is done when the log says so, and can be done no more when the run is gone.
void LiveControl::follow_order(const ShownRun& run, const monitor::LiveStatus& status) {
  const auto found = orders_.find(run.folder.string());
  if (found == orders_.end()) return;
  Order& order = *found->second;
  if (status.phase == monitor::LiveStatus::Phase::ended || status.killed) {
    order.say("");
    orders_.erase(found);
    return;
  }
  if (order.what != monitor::Control::checkpoint_now) return;
  const auto& notes = run.data->notes;
  const auto since = notes.begin() + static_cast<std::ptrdiff_t>(std::min(order.notes, notes.size()));
  const auto taken = std::ranges::find(since, notes.end(), RunNote::Kind::order, &RunNote::kind);
  if (std::ranges::find(taken, notes.end(), RunNote::Kind::checkpoint, &RunNote::kind) != notes.end())
    order.say("done: the checkpoint is written");
}

/// Where it still goes on, the run itself tells more, and sooner.
void LiveControl::draw_attach(std::size_t number) {
  const ShownRun& run = runs_[number];
  if (run.status() != "running" || !may_be_live(run.folder)) return;
  if (ImGui::Button("Attach")) runs_.attach({run.folder.string(), {}, {}});
  context_.tags.mark(cat("attach-run-", number));
  if (ImGui::IsItemHovered())
    ImGui::SetTooltip("%s", "Follow it through its publisher: at once, with the samples in its memory");
}

void LiveControl::order(const ShownRun& run, monitor::Control what) {
  last_ = std::make_shared<Order>();
  last_->what = what;
  last_->notes = run.data->notes.size();
  last_->say("ordered; waiting for an answer");
  orders_[run.folder.string()] = last_;
  run.live->subscriber().order(
      what, [order = last_, wake = context_.wake](bool accepted, const std::string& text) {
        order->say(accepted ? text.empty() ? "accepted" : text : cat("not done: ", text));
        wake();
      });
}

void LiveControl::draw_orders(const ShownRun& run, bool reached) {
  ImGui::BeginDisabled(!reached);
  draw_order(run, monitor::Control::checkpoint_now, "Checkpoint now…", "checkpoint-now",
             "Write a checkpoint after the step that the run is in?", "Write it", "checkpoint-confirmed",
             "checkpoint-not");
  draw_order(run, monitor::Control::stop_after_epoch, "Stop after this epoch…", "stop-after-epoch",
             "Stop the run after this epoch? It ends with a checkpoint.", "Stop it", "stop-confirmed",
             "stop-not");
  ImGui::EndDisabled();
}

/// A button that asks first: an order costs the run its standing.
void LiveControl::draw_order(const ShownRun& run, monitor::Control what, const char* button, const char* tag,
                             const char* question, const char* yes, const char* yes_tag, const char* no_tag) {
  if (ImGui::Button(button)) ImGui::OpenPopup(tag);
  context_.tags.mark(tag);
  if (!begin_dialog(tag)) return;
  ImGui::TextUnformatted(question);
  ImGui::TextUnformatted("Whoever steers a run makes it unofficial: its time cannot be submitted any more.");
  if (dialog_buttons(yes, yes_tag, no_tag, context_)) order(run, what);
  end_dialog();
}

}  // namespace scaffold::viewer

#include "panels/run_live.hpp"

#include <imgui.h>

#include <mutex>

#include "core/text.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

void draw_connection(const monitor::LiveStatus& status, const Theme& theme) {
  using Phase = monitor::LiveStatus::Phase;
  const bool bad = status.phase == Phase::lost || status.phase == Phase::refused;
  wrapped(status.phase == Phase::live ? theme.good : bad ? theme.bad : theme.faint, status_text(status));
  if (!status.message.empty()) ImGui::TextWrapped("%s", status.message.c_str());
}

}  // namespace

struct LiveControl::Words {
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
  std::string text;
};

LiveControl::LiveControl(RunList& runs, Context& context)
    : runs_(runs), context_(context), words_(std::make_shared<Words>()) {}

std::string LiveControl::said() const { return words_->said(); }

void LiveControl::draw(std::size_t number) {
  const ShownRun& run = runs_[number];
  if (!run.live) return draw_attach(number);
  const auto status = run.live->status();
  draw_connection(status, context_.theme);
  if (status.control) draw_orders(run);
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
  words_->say("ordered; waiting for an answer");
  run.live->subscriber().order(what, [words = words_, wake = context_.wake](bool accepted, std::string text) {
    words->say(accepted ? text.empty() ? "accepted" : text : cat("not done: ", text));
    wake();
  });
}

void LiveControl::draw_orders(const ShownRun& run) {
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
  if (const auto words = said(); !words.empty()) ImGui::TextWrapped("%s", words.c_str());
}

}  // namespace scaffold::viewer

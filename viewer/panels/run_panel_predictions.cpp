// From a point of the Dice curve to the epoch's predictions.
#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_panel.hpp"

namespace scaffold::viewer {
namespace {

/// Nearer than this, in widths of a letter, is on the point.
constexpr float near_enough = 1.2f;

/// The epochs of which something was kept, ascending.
std::vector<std::int64_t> epochs_of(const std::vector<SampleKey>& kept) {
  std::vector<std::int64_t> all;
  for (const auto& key : kept)
    if (all.empty() || all.back() != key.epoch) all.push_back(key.epoch);
  return all;
}

float distance(ImVec2 a, ImVec2 b) { return std::hypot(a.x - b.x, a.y - b.y); }

}  // namespace

/// Lists what is kept by now. Looking into a folder is cheap, but not for every frame.
void RunPanel::take_samples() {
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    Run& run = runs_[i];
    if (!stale_ && !run.live) continue;
    run.kept = run.samples->list();
    if (predicted_ == i) predictions_->set_data(run.data, run.kept);
  }
  if (predicted_) predictions_->step();
}

void RunPanel::open_epoch(std::size_t number, std::int64_t epoch, std::optional<std::int64_t> volume) {
  Run& run = runs_[number];
  if (!predictions_) {
    predictions_ = std::make_unique<RunPredictions>(context_);
    predictions_->theme_changed();
  }
  if (predicted_ != number) {
    std::function<void(std::uint32_t)> choose;
    if (run.live) choose = [live = run.live](std::uint32_t sample) { live->subscriber().choose(sample); };
    predictions_->set_run(run.name, run.samples, std::move(choose));
  }
  predicted_ = number;
  chosen_ = number;
  stale_ = true;
  run.kept = run.samples->list();
  predictions_->set_data(run.data, run.kept);
  predictions_->open(epoch, volume);
}

void RunPanel::close_predictions() {
  if (!predicted_) return;
  predicted_.reset();
  predictions_->set_run({}, nullptr, {});
}

/// Rings around the points of the validation Dice that can be opened, a disc on the one that is; takes the
/// click.
void RunPanel::draw_kept_points(std::size_t chart, ImVec2 at, ImVec2 size) {
  if (run_chart_table()[chart].chart != RunChart::dice) return;
  const float em = ImGui::GetFontSize();
  const ChartWidget& shown = widget(chart);
  auto* draw = ImGui::GetWindowDrawList();
  const auto& clicked = shown.clicked();
  struct Near {
    float distance;
    std::size_t run;
    std::int64_t epoch;
  };
  std::optional<Near> nearest;
  const ImVec2 back = ImGui::GetCursorScreenPos();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    const Run& run = runs_[i];
    if (!run.visible) continue;
    const auto kept = epochs_of(run.kept);
    for (const auto& epoch : run.data->epochs) {
      const auto place = shown.place(static_cast<double>(epoch.record.epoch), epoch.record.score(), size);
      if (!place) continue;
      const ImVec2 center{at.x + place->x, at.y + place->y};
      if (clicked && (!nearest || distance(*clicked, *place) < nearest->distance))
        nearest = Near{distance(*clicked, *place), i, epoch.record.epoch};
      if (!std::ranges::binary_search(kept, epoch.record.epoch)) continue;
      const bool open = predicted_ == i && predictions_->epoch() == epoch.record.epoch;
      const ImU32 color = context_.theme.u32(open ? context_.theme.accent : context_.theme.text);
      if (open)
        draw->AddCircleFilled(center, 0.34f * em, color);
      else
        draw->AddCircle(center, 0.3f * em, color, 0, 1.5f);
      ImGui::SetCursorScreenPos({center.x - 0.3f * em, center.y - 0.3f * em});
      ImGui::Dummy({0.6f * em, 0.6f * em});
      context_.tags.mark(cat("epoch-", epoch.record.epoch, i == chosen_ ? "" : cat("-of-run-", i)));
    }
  }
  ImGui::SetCursorScreenPos(back);
  if (nearest && nearest->distance < near_enough * em) open_epoch(nearest->run, nearest->epoch);
}

/// The Dice curve stays in sight above the pictures where there is room for both.
void RunPanel::draw_predictions() {
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const std::size_t dice = number_of("dice");
  float used = 0;
  widget(dice);
  if (stale_) rebuild();
  if (room.y > 34 * em) {
    const float height = std::clamp(0.26f * room.y, 11 * em, 16 * em);
    draw_chart(dice, {room.x, height});
    used = height + ImGui::GetStyle().ItemSpacing.y;
  }
  if (!predicted_) return;
  if (predictions_->draw({room.x, room.y - used})) close_predictions();
}

nlohmann::json RunPanel::prediction_state() const {
  if (!predicted_) return nullptr;
  auto state = predictions_->state();
  state["run"] = *predicted_;
  return state;
}

void RunPanel::restore_prediction(const nlohmann::json& state) {
  if (state.is_null()) return close_predictions();
  if (!state.is_object()) throw ConfigError("'prediction' is an object with 'epoch' and 'volume', or null");
  auto run = static_cast<std::int64_t>(predicted_.value_or(chosen_)), epoch = std::int64_t{1};
  take(state, "run", run);
  if (predicted_) epoch = predictions_->epoch();
  take(state, "epoch", epoch);
  if (run < 0 || run >= static_cast<std::int64_t>(runs_.size()))
    throw ConfigError(cat("'run' is the number of a run, 0 to ", runs_.size() - 1, ", not ", run));
  if (epoch < 1) throw ConfigError("'epoch' is counted from 1");
  open_epoch(static_cast<std::size_t>(run), epoch);
  predictions_->restore(state);
}

}  // namespace scaffold::viewer

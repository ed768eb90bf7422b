#include "panels/run_epoch.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

/// Nearer than this, in widths of a letter, is on the point.
constexpr float near_enough = 1.2f;

bool has_snapshot(const ShownRun& run, std::int64_t epoch) {
  return std::ranges::binary_search(run.snapshot_keys, epoch, {}, &SnapshotKey::epoch);
}

float distance(ImVec2 a, ImVec2 b) { return std::hypot(a.x - b.x, a.y - b.y); }

}  // namespace

EpochView::EpochView(RunList& runs, Context& context) : runs_(runs), context_(context) {
  of_run_.add<std::int64_t>(
      "run", [this] { return run(); },
      [this](std::int64_t number) {
        if (number < 0 || number >= static_cast<std::int64_t>(runs_.size()))
          throw ConfigError(cat("'run' is the number of a run, 0 to ", runs_.size() - 1, ", not ", number));
        asked_run_ = static_cast<std::size_t>(number);
      });
}

std::optional<std::size_t> EpochView::run() const {
  for (std::size_t i = 0; snapshots_ && i < runs_.size(); ++i)
    if (runs_[i].snapshots == snapshots_) return i;
  return std::nullopt;
}

void EpochView::open(std::size_t number, std::int64_t epoch, std::optional<std::int64_t> volume) {
  ShownRun& run = runs_[number];
  if (!predictions_) {
    predictions_ = std::make_unique<RunPredictions>(context_);
    predictions_->theme_changed();
    of_predictions_ = predictions_->properties();
  }
  if (snapshots_ != run.snapshots) {
    std::function<void(std::uint32_t)> choose;
    if (run.live) choose = [live = run.live](std::uint32_t sample) { live->subscriber().choose(sample); };
    predictions_->set_run(run.name, run.snapshots, std::move(choose));
    snapshots_ = run.snapshots;
  }
  runs_.choose(number);
  run.snapshot_keys = run.snapshots->list();
  predictions_->set_data(run.data, run.snapshot_keys);
  predictions_->open(epoch, volume);
}

void EpochView::close() {
  if (std::exchange(snapshots_, nullptr)) predictions_->set_run({}, nullptr, {});
}

void EpochView::step() {
  const auto shown = run();
  if (!shown) return close();
  const ShownRun& of = runs_[*shown];
  if (std::exchange(seen_, runs_.version()) != runs_.version() || of.live)
    predictions_->set_data(of.data, of.snapshot_keys);
  predictions_->step();
}

void EpochView::draw_points(const ChartWidget& chart, ImVec2 at, ImVec2 size, const Along& along) {
  const auto& clicked = chart.clicked();
  std::optional<Point> nearest;
  float nearest_distance = near_enough * ImGui::GetFontSize();
  const ImVec2 back = ImGui::GetCursorScreenPos();
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    if (!runs_[i].visible) continue;
    for (const auto& epoch : runs_[i].data->epochs) {
      const auto place =
          chart.place(along(i, static_cast<double>(epoch.record.epoch)), epoch.record.score(), size);
      if (!place) continue;
      const Point point{i, epoch.record.epoch};
      if (clicked && distance(*clicked, *place) < nearest_distance) {
        nearest_distance = distance(*clicked, *place);
        nearest = point;
      }
      if (has_snapshot(runs_[i], point.epoch)) draw_ring(point, {at.x + place->x, at.y + place->y});
    }
  }
  ImGui::SetCursorScreenPos(back);
  if (nearest) open(nearest->run, nearest->epoch);
}

void EpochView::draw_ring(const Point& point, ImVec2 center) {
  const float em = ImGui::GetFontSize();
  auto* draw = ImGui::GetWindowDrawList();
  const bool open = run() == point.run && predictions_->epoch() == point.epoch;
  const ImU32 color = context_.theme.u32(open ? context_.theme.accent : context_.theme.text);
  if (open)
    draw->AddCircleFilled(center, 0.34f * em, color);
  else
    draw->AddCircle(center, 0.3f * em, color, 0, 1.5f);
  ImGui::SetCursorScreenPos({center.x - 0.3f * em, center.y - 0.3f * em});
  ImGui::Dummy({0.6f * em, 0.6f * em});
  context_.tags.mark(
      cat("epoch-", point.epoch, point.run == runs_.chosen() ? "" : cat("-of-run-", point.run)));
}

std::vector<Shortcut> EpochView::shortcuts() {
  auto all = predictions_->shortcuts();
  all.push_back({"Escape", "Close the predictions", [this] { close(); }});
  return all;
}

void EpochView::theme_changed() {
  if (predictions_) predictions_->theme_changed();
}

Properties EpochView::properties() {
  Properties all;
  all.add<nlohmann::json>(
      "prediction", [this] { return state(); }, [this](const nlohmann::json& given) { restore(given); });
  return all;
}

nlohmann::json EpochView::found() const { return run() ? predictions_->findings() : nlohmann::json(); }

nlohmann::json EpochView::state() const {
  if (!run()) return nullptr;
  auto state = of_predictions_.state();
  state.update(of_run_.state());
  return state;
}

void EpochView::restore(const nlohmann::json& state) {
  if (state.is_null()) return close();
  if (!state.is_object()) throw ConfigError("'prediction' is an object with 'epoch' and 'volume', or null");
  const auto shown = run();
  asked_run_ = shown.value_or(runs_.chosen());
  of_run_.restore(state);
  std::int64_t epoch = shown ? predictions_->epoch() : 1;
  take(state, "epoch", epoch);
  if (epoch < 1) throw ConfigError("'epoch' is counted from 1");
  open(asked_run_, epoch);
  of_predictions_.restore(state);
}

}  // namespace scaffold::viewer

#include "panels/run_predictions.hpp"

#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "run/summary.hpp"
#include "sources/errors.hpp"

namespace scaffold::viewer {
namespace {

constexpr double seconds_an_epoch = 0.6;  // when playing
constexpr std::uint64_t max_cached = std::uint64_t{256} << 20;

}  // namespace

RunPredictions::RunPredictions(Context& context)
    : context_(context),
      loader_(std::min(max_cached, context.memory_budget), context.wake),
      pictures_([this] { refresh(); }, context) {}

void RunPredictions::set_run(std::string name, std::shared_ptr<const Snapshots> snapshots,
                             std::function<void(std::uint32_t)> choose) {
  run_ = std::move(name);
  loader_.set_source(std::move(snapshots));
  choose_ = std::move(choose);
  keys_.clear();
  asked_.clear();
  playing_ = false;
  key_ = {};
}

void RunPredictions::set_data(std::shared_ptr<const RunData> data, std::vector<SnapshotKey> keys) {
  data_ = std::move(data);
  const bool was_there = has_snapshot(key_);
  keys_ = std::move(keys);
  for (const auto& key : keys_)
    if (key.epoch >= data_->epoch) asked_.erase(key.volume);
  if (key_.epoch > 0 && !was_there && has_snapshot(key_)) load();
}

bool RunPredictions::has_snapshot(const SnapshotKey& key) const {
  return std::ranges::binary_search(keys_, key);
}

std::vector<std::int64_t> RunPredictions::epochs() const {
  std::vector<std::int64_t> all;
  for (const auto& key : keys_)
    if (key.volume == key_.volume) all.push_back(key.epoch);
  return all;
}

/// Score and volume of the epoch's samples, worst first; those of which no score is known last.
std::vector<std::pair<double, std::int64_t>> RunPredictions::ranked() const {
  std::vector<std::pair<double, std::int64_t>> all;
  if (const auto found = data_->samples.find(key_.epoch); found != data_->samples.end())
    for (std::size_t i = 0; i < found->second.volumes.size(); ++i)
      all.emplace_back(found->second.scores[i], found->second.volumes[i]);
  for (const auto& key : keys_)
    if (key.epoch == key_.epoch &&
        std::ranges::none_of(all, [&](const auto& one) { return one.second == key.volume; }))
      all.emplace_back(std::numeric_limits<double>::infinity(), key.volume);
  const MetricInfo& score = data_->score_info();
  std::ranges::sort(all, [&](const auto& a, const auto& b) {
    if (a.first == b.first) return a.second < b.second;
    return std::isinf(b.first) || (!std::isinf(a.first) && score.better(b.first, a.first));
  });
  return all;
}

std::optional<double> RunPredictions::score() const {
  for (const auto& [value, volume] : ranked())
    if (volume == key_.volume && std::isfinite(value)) return value;
  return std::nullopt;
}

void RunPredictions::open(std::int64_t epoch, std::optional<std::int64_t> volume) {
  key_.epoch = epoch;
  if (volume) {
    key_.volume = *volume;
  } else if (!has_snapshot(key_)) {
    for (const auto& [value, candidate] : ranked())
      if (has_snapshot({epoch, candidate})) {
        key_.volume = candidate;
        break;
      }
  }
  load();
}

void RunPredictions::load() {
  if (has_snapshot(key_)) {
    if (loader_.show(key_)) show_loaded();
  } else {
    playing_ = false;
    loader_.clear();
    show_loaded();
  }
}

void RunPredictions::show_loaded() {
  pictures_.set_snapshot(loader_.shown().get());
  refresh();
}

void RunPredictions::step() {
  if (loader_.step()) show_loaded();
  const double now = ImGui::GetTime();
  if (!playing_ || loader_.busy() || now < next_at_) return;
  const auto all = epochs();
  const auto next = std::ranges::upper_bound(all, key_.epoch);
  if (next == all.end()) {
    playing_ = false;
    return;
  }
  next_at_ = now + seconds_an_epoch;
  open(*next, key_.volume);
}

void RunPredictions::refresh() {
  const auto score = this->score();
  std::string title = "Prediction";
  if (score && loader_.up_to_date())
    title += cat(": ", data_->score_info().label, " ", data_->score_info().text(*score));
  pictures_.refresh(loader_.shown().get(), title, data_->score_info());
}

void RunPredictions::step_epoch(int by) {
  const auto all = epochs();
  const auto at =
      by > 0 ? std::ranges::upper_bound(all, key_.epoch) : std::ranges::lower_bound(all, key_.epoch);
  playing_ = false;
  if (by > 0 && at != all.end()) open(*at, key_.volume);
  if (by < 0 && at != all.begin()) open(*(at - 1), key_.volume);
}

/// Among those of this epoch that were kept, in the order of the list.
void RunPredictions::step_sample(int by) {
  std::vector<std::int64_t> all;
  for (const auto& [value, volume] : ranked())
    if (has_snapshot({key_.epoch, volume})) all.push_back(volume);
  if (all.empty()) return;
  const auto at = std::ranges::find(all, key_.volume);
  auto to = at == all.end() ? 0 : at - all.begin() + by;
  to = std::clamp<std::ptrdiff_t>(to, 0, std::ssize(all) - 1);
  open(key_.epoch, all[static_cast<std::size_t>(to)]);
}

/// From the first epoch when there is none behind this one.
void RunPredictions::toggle_play() {
  const auto all = epochs();
  if (playing_ || all.size() < 2) {
    playing_ = false;
    return;
  }
  playing_ = true;
  next_at_ = ImGui::GetTime() + seconds_an_epoch;
  if (key_.epoch >= all.back()) open(all.front(), key_.volume);
}

std::vector<Shortcut> RunPredictions::shortcuts() {
  std::vector<Shortcut> all{
      {"e", "Next epoch for which this volume was kept", [this] { step_epoch(1); }},
      {"E", "Previous epoch", [this] { step_epoch(-1); }},
      {"Space", "Play through the epochs, and stop", [this] { toggle_play(); }},
      {"n PageDown Right", "Next sample of the epoch, worst first", [this] { step_sample(1); }},
      {"p PageUp Left", "Previous sample", [this] { step_sample(-1); }}};
  for (auto& shortcut : pictures_.views().shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

Properties RunPredictions::properties() {
  Properties all;
  all.then([this] {
    restored_epoch_ = key_.epoch;
    restored_volume_.reset();
  });
  all.add<std::int64_t>(
      "epoch", [this] { return key_.epoch; }, [this](std::int64_t epoch) { restored_epoch_ = epoch; });
  all.add<std::int64_t>(
      "volume", [this] { return key_.volume; }, [this](std::int64_t volume) { restored_volume_ = volume; });
  all.then([this] {
    if (restored_epoch_ < 1) throw ConfigError("'prediction' needs an 'epoch' from 1 on");
    open(restored_epoch_, restored_volume_);
  });
  all.include(pictures_.properties());
  return all;
}

nlohmann::json RunPredictions::findings() const {
  nlohmann::json order = nlohmann::json::array(), kept = nlohmann::json::array();
  for (const auto& [value, volume] : ranked()) order.push_back(volume);
  for (const auto& [epoch, volume] : keys_) kept.push_back({epoch, volume});
  nlohmann::json is{{"ranked", order},
                    {"kept", kept},
                    {"asked", asked_},
                    {"playing", playing_},
                    {"problem", loader_.problem()},
                    {"shown", loader_.up_to_date()}};
  if (const auto score = this->score()) is[data_->score_info().name] = *score;
  const auto& shown = loader_.shown();
  if (!shown) return is;
  is["finest"] = shown->finest;
  is["kept_step"] = shown->kept_step;
  is["false_positives"] = shown->error_counts[false_positive];
  is["false_negatives"] = shown->error_counts[false_negative];
  is["wrong_class"] = shown->error_counts[wrong_class];
  return is;
}

}  // namespace scaffold::viewer

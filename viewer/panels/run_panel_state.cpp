// What of a run panel is kept in sessions, and what scripts assert on.
#include <algorithm>
#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_panel.hpp"

namespace scaffold::viewer {
namespace {

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

}  // namespace

nlohmann::json RunPanel::run_facts(const Run& run) const {
  const RunData& data = *run.data;
  nlohmann::json facts = {{"name", run.name},
                          {"status", status_of(run)},
                          {"epochs", data.epochs.size()},
                          {"steps", data.steps.size()},
                          {"restarts", data.restarts.size()},
                          {"problems", data.problems},
                          {"notes", data.notes.size()},
                          {"kept", run.kept.size()},
                          {"last_kept", run.kept.empty() ? 0 : run.kept.back().epoch},
                          {"validating", data.validating.has_value()}};
  if (run.live) {
    const auto status = run.live->status();
    facts["live"] = {{"phase", monitor::name(status.phase)},
                     {"message", status.message},
                     {"run", status.run},
                     {"control", status.control},
                     {"connections", status.connections}};
  }
  if (data.target_dice) facts["target_dice"] = *data.target_dice;
  if (const auto best = data.best()) facts["best_dice"] = best->first, facts["best_epoch"] = best->second;
  if (data.report && data.report->fom_seconds) facts["fom_seconds"] = *data.report->fom_seconds;
  if (!data.epochs.empty()) {
    const auto& last = data.epochs.back();
    facts["last"] = {{"epoch", last.record.epoch},
                     {"loss", finite(last.record.overall_loss)},
                     {"val_loss", finite(last.record.val_loss_avg)},
                     {"val_dice", finite(last.record.score())}};
    if (last.logged) facts["last"]["learning_rate"] = finite(last.record.learning_rate);
  }
  return facts;
}

nlohmann::json RunPanel::state() const {
  using nlohmann::json;
  json runs = json::array(), shown = json::array(), logs = json::array(), ranges = json::object(),
       found = json::array();
  for (const auto& run : runs_) {
    runs.push_back({{"path", run.folder.string()},
                    {"name", run.name},
                    {"colour", {run.color.r, run.color.g, run.color.b}},
                    {"visible", run.visible}});
    if (run.live)
      runs.back()["attach"] = {{"key", run.live->target().key}, {"login", run.live->target().login}};
    found.push_back(run_facts(run));
  }
  for (std::size_t i = 0; i < run_charts; ++i) {
    const char* key = run_chart_table()[i].key;
    if (charts_[i].shown) shown.push_back(key);
    if (charts_[i].log) logs.push_back(key);
    if (charts_[i].widget && charts_[i].widget->chart().has_own_range()) {
      const ChartRange r = charts_[i].widget->chart().range();
      ranges[key] = {r.x_low, r.x_high, r.y_low, r.y_high};
    }
  }
  return {{"runs", runs},
          {"chosen", chosen_},
          {"charts", shown},
          {"log", logs},
          {"ranges", ranges},
          {"large", large_ ? run_chart_table()[*large_].key : ""},
          {"prediction", prediction_state()},
          {"is",
           {{"runs", found},
            {"loading", busy()},
            {"said", last_words()},
            {"prediction", predicted_ ? predictions_->findings() : nlohmann::json()}}}};
}

void RunPanel::restore_runs(const nlohmann::json& runs) {
  if (!runs.is_array()) throw ConfigError("'runs' is a list of {path, name, colour, visible}");
  for (const auto& entry : runs) {
    if (!entry.is_object()) throw ConfigError("'runs' is a list of {path, name, colour, visible}");
    std::string path;
    take(entry, "path", path);
    if (path.empty()) throw ConfigError("'runs': an entry without a path");
    const fs::path folder = fs::path(path).lexically_normal();
    // Of the first run the panel's own folder is meant, wherever that is now.
    auto run = std::find_if(runs_.begin(), runs_.end(), [&](const Run& r) { return r.folder == folder; });
    if (run == runs_.end() && &entry == &runs.front()) run = runs_.begin();
    if (const auto attached = entry.find("attach"); attached != entry.end() && attached->is_object()) {
      AttachTarget target{path, {}, {}};
      take(*attached, "key", target.key);
      take(*attached, "login", target.login);
      const std::size_t before = runs_.size();
      if (!attach(target)) continue;
      if (runs_.size() > before) run = runs_.end() - 1;
    }
    if (run == runs_.end()) {
      if (!add_run(folder)) continue;
      run = runs_.end() - 1;
    }
    std::vector<float> color;
    take(entry, "name", run->name);
    take(entry, "visible", run->visible);
    take(entry, "colour", color);
    if (!color.empty()) {
      if (color.size() != 3 ||
          std::any_of(color.begin(), color.end(), [](float c) { return !(c >= 0 && c <= 1); }))
        throw ConfigError("'colour' is a list of three numbers from 0 to 1");
      run->color = {color[0], color[1], color[2]};
    }
  }
}

void RunPanel::restore_ranges(const nlohmann::json& ranges) {
  if (!ranges.is_object()) throw ConfigError("'ranges' is an object of [x_low, x_high, y_low, y_high]");
  for (std::size_t i = 0; i < run_charts; ++i)
    if (charts_[i].widget) charts_[i].widget->set_range(std::nullopt);
  for (const auto& [key, value] : ranges.items()) {
    const std::size_t chart = number_of(key);
    std::vector<double> r;
    take(ranges, key.c_str(), r);
    if (r.size() != 4 ||
        !valid({r[0], r[1], r[2], r[3]}, charts_[chart].log && run_chart_table()[chart].may_be_log))
      throw ConfigError(
          cat("the range of '", key, "' is [x_low, x_high, y_low, y_high], not ", value.dump()));
    widget(chart);
    rebuild();  // the axis must be the one that the range is for
    charts_[chart].widget->set_range(ChartRange{r[0], r[1], r[2], r[3]});
  }
}

void RunPanel::restore(const nlohmann::json& state) {
  if (const auto runs = state.find("runs"); runs != state.end()) restore_runs(*runs);
  auto chosen = static_cast<std::int64_t>(chosen_);
  take(state, "chosen", chosen);
  if (chosen < 0 || chosen >= static_cast<std::int64_t>(runs_.size()))
    throw ConfigError(cat("'chosen' is the number of a run, 0 to ", runs_.size() - 1, ", not ", chosen));
  chosen_ = static_cast<std::size_t>(chosen);
  std::vector<std::string> keys;
  const auto each = [&](const char* list, bool ShownChart::*member) {
    if (!state.contains(list)) return;
    take(state, list, keys);
    std::array<bool, run_charts> fresh{};
    for (const auto& key : keys) fresh[number_of(key)] = true;
    for (std::size_t i = 0; i < run_charts; ++i) charts_[i].*member = fresh[i];
  };
  each("charts", &ShownChart::shown);
  each("log", &ShownChart::log);
  if (state.contains("large")) {
    std::string key;
    take(state, "large", key);
    large_ = key.empty() ? std::nullopt : std::optional(number_of(key));
  }
  stale_ = true;
  if (const auto prediction = state.find("prediction"); prediction != state.end())
    restore_prediction(*prediction);
  if (const auto ranges = state.find("ranges"); ranges != state.end()) restore_ranges(*ranges);
}

}  // namespace scaffold::viewer

#include "panels/run_list.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>

#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/run_progress.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_runs = 32;
constexpr const char* runs_are =
    "'runs' is a list of {path: a folder, name: a string, colour: three numbers from 0 to 1, visible: true "
    "or "
    "false}";

bool same_folder(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return a == b || (fs::equivalent(a, b, error) && !error);
}

nlohmann::json finite(double value) {
  return std::isfinite(value) ? nlohmann::json(value) : nlohmann::json(nullptr);
}

Rgb color_from(const std::vector<float>& parts) {
  if (parts.size() != 3 || std::ranges::any_of(parts, [](float c) { return !(c >= 0 && c <= 1); }))
    throw ConfigError("'colour' is a list of three numbers from 0 to 1");
  return {parts[0], parts[1], parts[2]};
}

/// What a session keeps of it besides where it is.
Properties look_of(ShownRun& run) {
  Properties all;
  all.value("name", run.name);
  all.value("visible", run.visible);
  all.add<std::vector<float>>(
      "colour",
      [&run] {
        return std::vector{run.color.r, run.color.g, run.color.b};
      },
      [&run](const std::vector<float>& color) { run.color = color_from(color); });
  return all;
}

}  // namespace

std::string short_name(const fs::path& folder) {
  constexpr std::string_view job = "benchmark_";
  const std::string name = folder.filename().string();
  return name.starts_with(job) && name.size() > job.size() ? name.substr(job.size()) : name;
}

std::string ShownRun::status() const {
  std::string status = data->status(std::time(nullptr));
  if (!live || (status != "running" && status != "no end")) return status;
  const auto connection = live->status();
  // The copy of what an endpoint says is there before its first word.
  if (!follower && connection.connections == 0) return "not begun";
  return connection.killed ? "killed" : status;
}

std::optional<double> ShownRun::stalled() const {
  if (status() != "running") return std::nullopt;
  const auto silent = static_cast<double>(std::time(nullptr) - data->changed);
  return is_stalled(*data, silent) ? std::optional(silent) : std::nullopt;
}

/// A forecast takes a while: one for each epoch is enough.
void ShownRun::look_ahead() {
  if (forecast_from == data->epochs.size()) return;
  forecast_from = data->epochs.size();
  forecast.reset();
  if (!data->target || status() != "running") return;
  std::vector<EpochRecord> epochs;
  for (const auto& epoch : data->epochs) epochs.push_back(epoch.record);
  forecast = forecast_target(epochs, *data->target);
}

nlohmann::json ShownRun::found() const {
  nlohmann::json facts = {{"name", name},
                          {"status", status()},
                          {"epochs", data->epochs.size()},
                          {"steps", data->steps.size()},
                          {"restarts", data->restarts.size()},
                          {"problems", data->problems},
                          {"notes", data->notes.size()},
                          {"kept", snapshot_keys.size()},
                          {"last_kept", snapshot_keys.empty() ? 0 : snapshot_keys.back().epoch},
                          {"validating", data->validating.has_value()}};
  if (live) {
    const auto connection = live->status();
    facts["live"] = {{"phase", monitor::name(connection.phase)},
                     {"message", connection.message},
                     {"run", connection.run},
                     {"control", connection.control},
                     {"connections", connection.connections}};
  }
  const MetricInfo& score = data->score_info();
  if (data->target) facts[score.target_key()] = *data->target;
  if (const auto best = data->best())
    facts["best_" + score.name] = best->first, facts["best_epoch"] = best->second;
  if (data->report && data->report->fom_seconds) facts["fom_seconds"] = *data->report->fom_seconds;
  if (data->epochs.empty()) return facts;
  const auto& last = data->epochs.back();
  facts["last"] = {{"epoch", last.record.epoch},
                   {"loss", finite(last.record.overall_loss)},
                   {"val_loss", finite(last.record.val_loss_avg)},
                   {score.key(), finite(last.record.score())}};
  if (last.logged) facts["last"]["learning_rate"] = finite(last.record.learning_rate);
  return facts;
}

bool RunList::add(const fs::path& folder) {
  std::error_code error;
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (!path.has_filename()) path = path.parent_path();
  if (all_.size() >= max_runs ||
      std::ranges::any_of(all_, [&](const ShownRun& run) { return same_folder(run.folder, path); }))
    return false;
  ShownRun& run = append(path);
  run.follower = std::make_unique<RunFollower>(path, context_.wake);
  run.snapshots = recorded_snapshots(path);
  return true;
}

ShownRun& RunList::append(const fs::path& folder) {
  // The first color that no run has: removing one leaves the others as they are.
  std::size_t color = 0;
  while (std::ranges::find(all_, distinct_color(color), &ShownRun::color) != all_.end()) ++color;
  ShownRun& run = all_.emplace_back();
  run.folder = folder;
  run.name = short_name(folder);
  run.color = distinct_color(color);
  changed();
  return run;
}

bool RunList::attach(const AttachTarget& target) {
  const fs::path folder = target.local_folder();
  const auto same = std::ranges::find_if(all_, [&](const ShownRun& run) {
    return run.live ? run.live->target() == target : !folder.empty() && same_folder(run.folder, folder);
  });
  if (same != all_.end() && same->live) return true;
  if (same == all_.end() && all_.size() >= max_runs) return false;
  auto live = std::make_shared<LiveSource>(target, context_.wake);
  ShownRun& run = same != all_.end() ? *same : append(folder.empty() ? fs::path(target.run) : folder);
  if (folder.empty())
    run.follower.reset();
  else if (!run.follower)
    run.follower = std::make_unique<RunFollower>(folder, context_.wake);
  run.live = std::move(live);
  run.snapshots = live_snapshots(run.live);
  return true;
}

void RunList::remove(std::size_t number) {
  all_.erase(all_.begin() + static_cast<std::ptrdiff_t>(number));
  if (chosen_ >= all_.size() || chosen_ > number) chosen_ = chosen_ > 0 ? chosen_ - 1 : 0;
  changed();
}

void RunList::choose(std::size_t number) {
  chosen_ = number;
  changed();
}

bool RunList::measure(const MetricInfo* metric) const {
  return !metric || std::ranges::any_of(all_, [&](const ShownRun& run) {
    return std::ranges::any_of(*run.data->metrics,
                               [&](const MetricInfo& one) { return one.key() == metric->key(); });
  });
}

bool RunList::loading() const {
  return std::ranges::any_of(all_, [](const ShownRun& run) { return run.following().loading(); });
}

void RunList::take_news() {
  for (auto& run : all_) {
    if (run.live && run.name == short_name(run.folder))
      if (const auto status = run.live->status(); !status.run.empty()) run.name = short_name(status.run);
    // The run's own word comes at once and over any distance; until there is one, its files speak.
    if (run.live && run.follower && run.live->status().connections > 0) run.follower.reset();
    auto data = run.following().take();
    // The copy begins empty: what the files said is shown until it has caught up.
    if (!data || (run.live && !run.follower && !data->begun && data->epochs.size() < run.data->epochs.size()))
      continue;
    run.data = std::move(data);
    run.look_ahead();
    changed();
  }
  // Looking into a folder is cheap, but not for every frame.
  for (auto& run : all_)
    if (listed_ != version_ || run.live) run.snapshot_keys = run.snapshots->list();
  listed_ = version_;
}

nlohmann::json RunList::found() const {
  nlohmann::json all = nlohmann::json::array();
  for (const auto& run : all_) all.push_back(run.found());
  return all;
}

nlohmann::json RunList::saved() {
  nlohmann::json runs = nlohmann::json::array();
  for (auto& run : all_) {
    runs.push_back({{"path", run.folder.string()}});
    runs.back().update(look_of(run).state());
    if (run.live)
      runs.back()["attach"] = {{"key", run.live->target().key}, {"login", run.live->target().login}};
  }
  return runs;
}

void RunList::restore(const nlohmann::json& runs) {
  if (!runs.is_array()) throw ConfigError(runs_are);
  for (const auto& entry : runs) {
    if (!entry.is_object()) throw ConfigError(runs_are);
    restore_one(entry, &entry == &runs.front());
  }
}

void RunList::restore_one(const nlohmann::json& entry, bool is_first) {
  std::string path;
  take(entry, "path", path);
  if (path.empty()) throw ConfigError("'runs': an entry without a path");
  const fs::path folder = fs::path(path).lexically_normal();
  // Of the first run the panel's own folder is meant, wherever that is now.
  auto run = std::ranges::find(all_, folder, &ShownRun::folder);
  if (run == all_.end() && is_first) run = all_.begin();
  if (const auto attached = entry.find("attach"); attached != entry.end() && attached->is_object()) {
    AttachTarget target{path, {}, {}};
    take(*attached, "key", target.key);
    take(*attached, "login", target.login);
    const std::size_t before = all_.size();
    if (!attach(target)) return;
    if (all_.size() > before) run = all_.end() - 1;
  }
  if (run == all_.end()) {
    if (!add(folder)) return;
    run = all_.end() - 1;
  }
  look_of(*run).restore(entry);
}

Properties RunList::properties() {
  Properties all;
  all.add<nlohmann::json>(
      "runs", [this] { return saved(); }, [this](const nlohmann::json& runs) { restore(runs); });
  all.add<std::int64_t>(
      "chosen", [this] { return chosen_; },
      [this](std::int64_t number) {
        if (number < 0 || number >= std::ssize(all_))
          throw ConfigError(cat("'chosen' is the number of a run, 0 to ", all_.size() - 1, ", not ", number));
        chosen_ = static_cast<std::size_t>(number);
      });
  all.then([this] { changed(); });
  return all;
}

}  // namespace scaffold::viewer

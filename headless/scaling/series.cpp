#include "headless/scaling/series.hpp"

#include <algorithm>
#include <iostream>
#include <set>

#include "comm/launcher.hpp"
#include "comm/process_grid.hpp"
#include "config/config.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/signals.hpp"
#include "core/subprocess.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "headless/scaling/child_process.hpp"
#include "headless/scaling/last_words.hpp"
#include "report/scaling.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

constexpr const char* default_launch = "mpirun --bind-to none -np {ranks}";
constexpr std::string_view ranks_place = "{ranks}";

ScalingMode scaling_mode(const std::string& word) {
  if (word == "strong") return ScalingMode::strong;
  if (word == "weak") return ScalingMode::weak;
  throw ConfigError(cat("--mode: '", word, "' is neither strong nor weak"));
}

/// Sets keys that neither a file nor the command line gave, so that a series is short and its points do the
/// same.
MergedConfig series_config(const ScalingArguments& arguments, std::set<std::string>& set_here) {
  const MergedConfig given = merge_config(arguments.files, arguments.overrides);
  std::vector<Override> overrides = arguments.overrides;
  const auto unless_given = [&](const char* key, const char* value, bool files_count) {
    const auto kind = given.origins.at(key).kind;
    if (kind == Origin::Kind::builtin || (kind == Origin::Kind::file && !files_count)) {
      overrides.push_back({key, {value}});
      set_here.insert(key);
    }
  };
  unless_given("epochs", "1", true);
  unless_given("max_steps_per_epoch", "20", true);
  unless_given("warmup_batches", "3", true);
  unless_given("train_seed", "1", true);
  // A target that no epoch reaches.
  const MetricInfo& score = workload_of(given.values).metrics().front();
  const std::string target = score.target_key(), unreachable = shortest(score.unreachable());
  unless_given(target.c_str(), unreachable.c_str(), false);
  unless_given("checkpoint_interval", "-1", false);
  MergedConfig merged = merge_config(arguments.files, overrides);
  if (merged.values.epochs < 1)
    throw ConfigError(cat("epochs (", describe(merged.origins["epochs"]),
                          "): a series trains a fixed number of epochs; give --epochs 1 or more"));
  return merged;
}

/// The series' configuration with a point's cut and batch. Its rules are checked with it.
MergedConfig point_config(const MergedConfig& series, const ScalingPoint& point) {
  std::vector<Override> overrides;
  const std::set<std::string> set_here{"dc_num_shards", "local_batch_size", "grad_accumulation_steps",
                                       "datagen_from_scratch"};
  for (const auto& given : series.overrides)
    if (!set_here.contains(given.key)) overrides.push_back(given);
  const auto& s = point.num_shards;
  overrides.push_back({"dc_num_shards", {cat(s[0]), cat(s[1]), cat(s[2])}});
  overrides.push_back({"local_batch_size", {cat(point.local_batch)}});
  overrides.push_back({"grad_accumulation_steps", {cat(point.accumulation)}});
  overrides.push_back({"datagen_from_scratch", {"0"}});
  MergedConfig merged = merge_config(series.files, overrides);
  shards_of(merged.values);  // which refuses what does not fit
  return merged;
}

void check_launch(const ScalingPlan& plan) {
  if (plan.launch.find(ranks_place) == plan.launch.npos)
    throw ConfigError(cat("--launch: '", plan.launch,
                          "' has no {ranks}; for example \"srun --cpus-per-task=16 -n {ranks}\""));
  std::string rest = plan.launch;
  for (auto at = rest.find(ranks_place); at != rest.npos; at = rest.find(ranks_place))
    rest.erase(at, ranks_place.size());
  if (rest.find_first_of("{}") != rest.npos)
    throw ConfigError(
        cat("--launch: '", plan.launch, "' has braces besides {ranks}, the only thing replaced"));
  const bool needed =
      std::any_of(plan.points.begin(), plan.points.end(), [](const auto& p) { return p.launched; });
  const std::string program = launch_words(plan, 1).front();
  if (needed && find_program(program).empty())
    throw ConfigError(cat("--launch: there is no program '", program,
                          "' in PATH; give this machine's launcher, for example --launch \"srun "
                          "--cpus-per-task=16 -n {ranks}\""));
}

/// A folder that does not exist yet, or is empty: tables of two series must not mix.
std::filesystem::path series_folder(const ScalingArguments& arguments, const Config& config) {
  if (arguments.out.empty()) {
    const fs::path base = config.base_run_dir;
    const std::string name = "scaling_" + timestamp_name();
    fs::path folder = base / name;
    for (int n = 1; fs::exists(folder); ++n) folder = base / cat(name, "-", n);
    return fs::absolute(folder);
  }
  const fs::path folder = fs::absolute(arguments.out);
  if (fs::exists(folder) && (!fs::is_directory(folder) || !fs::is_empty(folder)))
    throw ConfigError(cat("--out: '", arguments.out, "' exists already; give a new folder"));
  return folder;
}

}  // namespace

std::vector<std::string> launch_words(const ScalingPlan& plan, int ranks) {
  std::vector<std::string> words;
  for (auto word : split(plan.launch, ' ')) {
    if (word.empty()) continue;
    for (auto at = word.find(ranks_place); at != word.npos; at = word.find(ranks_place))
      word.replace(at, ranks_place.size(), cat(ranks));
    words.push_back(std::move(word));
  }
  if (!plan.own_launch && ranks > available_threads()) words.push_back("--oversubscribe");
  return words;
}

ScalingPlan plan_scaling(const ScalingArguments& arguments) {
  if (const Launch launch = detect_launch(); launch.world > 1)
    throw ConfigError(cat("scaling starts its own jobs; start it once, without ", launch.launcher,
                          "'s launcher (inside an allocation, not under mpirun, srun or flux run)"));
  ScalingPlan plan;
  plan.mode = scaling_mode(arguments.mode);
  plan.merged = series_config(arguments, plan.series_keys);
  plan.points = scaling_points(plan.merged.values, plan.mode, arguments.ranks, arguments.shards);
  for (const auto& point : plan.points) plan.configs.push_back(point_config(plan.merged, point));
  plan.own_launch = !arguments.launch.empty();
  plan.launch = plan.own_launch ? arguments.launch : default_launch;
  plan.rounds = arguments.repeat;
  check_launch(plan);
  plan.folder = series_folder(arguments, plan.merged.values);
  return plan;
}

namespace {

/// Datasets of all points, so that no point's time or failure has to do with making them.
void make_data(const ScalingPlan& plan) {
  const auto alone = single_process();
  const DataRanks ranks{*alone, 1, threads(plan.merged.values)};
  std::set<std::array<std::int64_t, 3>> made;
  for (const auto& point : plan.configs) {
    if (!made.insert(point.values.dc_num_shards).second) continue;
    const auto source = workload_of(point.values).dataset(point.values);
    source->find_inputs(ranks, true);
    const DatasetInfo info = source->ensure(ranks, plan.merged.values.datagen_from_scratch);
    log::info(cat("dataset ", info.folder.string(), info.generation_seconds > 0 ? ": made" : ": found made"));
  }
}

/// The one run folder in a round's folder; empty when there is none.
fs::path run_folder_in(const fs::path& round) {
  for (const auto& entry : fs::directory_iterator(round))
    if (entry.is_directory() && fs::exists(entry.path() / "report.json")) return entry.path();
  return {};
}

ScalingRun failed(ScalingRun run, const std::string& why) {
  run.failure = why;
  return run;
}

/// One run of a point; `stopped` when a signal ended it.
ScalingRun run_point(const ScalingPlan& plan, std::size_t index, int round, bool& stopped) {
  const ScalingPoint& point = plan.points[index];
  const fs::path folder = plan.folder / ("point-" + folder_name(point)) / cat("round-", round);
  ensure_writable_folder(folder);
  ScalingRun run;
  const fs::path log = folder / "log.txt", config = folder.parent_path() / "config.yml";
  run.log = log.string();
  std::vector<std::string> words;
  if (point.launched) words = launch_words(plan, point.ranks);
  for (const auto& word :
       {program_path().string(), std::string("benchmark"), std::string("-c"), literal_path(config.string()),
        std::string("--base-run-dir"), literal_path(folder.string())})
    words.push_back(word);
  const ChildResult child = run_child(words, log);
  stopped = child.stopped;
  const fs::path run_dir = run_folder_in(folder);
  run.folder = run_dir.string();
  if (stopped) return failed(std::move(run), "interrupted");
  // 4: the target was not reached, which a series does not mean to.
  if (child.code != 0 && child.code != static_cast<int>(ExitCode::target))
    return failed(std::move(run), cat("exit code ", child.code, ": ", last_words(log)));
  if (run_dir.empty()) return failed(std::move(run), cat("it left no report: ", last_words(log)));
  try {
    run.measure = scaling_measure(run_dir / "report.json");
  } catch (const Error& error) {
    return failed(std::move(run), error.what());
  }
  if (const auto ranks = run.measure->ranks; ranks != point.ranks)
    return failed(std::move(run), cat("it ran on ", ranks,
                                      " ranks; the launcher and the program's MPI "
                                      "must be of one kind"));
  return run;
}

void tell(const ScalingPlan& plan, std::size_t index, const ScalingRun& run, double seconds) {
  const std::string label = cat(point_label(plan.points[index]), ": ");
  if (!run.failure.empty())
    log::error(cat(label, run.failure, "; see '", run.log, "'"));
  else
    log::info(cat(label, fixed(1e3 * run.measure->step_seconds, 1), " ms a step, ",
                  fixed(run.measure->samples_per_second, 2), " samples/s, communication ",
                  fixed(100 * run.measure->exposed_share, 1), " % exposed (took ", human_seconds(seconds),
                  ")"));
}

ScalingSeries empty_series(const ScalingPlan& plan) {
  ScalingSeries series;
  series.mode = plan.mode;
  series.launch = plan.launch;
  series.rounds = plan.rounds;
  series.started_utc = timestamp_utc();
  series.version = version();
  series.commit = commit();
  series.machine = describe_machine();
  series.config = entries(plan.merged);
  for (auto& entry : series.config)
    if (plan.series_keys.contains(entry.key)) entry.origin = "set by the series";
  for (const auto& point : plan.points) series.results.push_back({point, {}});
  return series;
}

/// Rounds, points within them. The table is written after every run: a series that dies leaves what it has.
ScalingSeries measure(const ScalingPlan& plan) {
  ScalingSeries series = empty_series(plan);
  for (std::size_t i = 0; i < plan.points.size(); ++i) {
    const fs::path folder = plan.folder / ("point-" + folder_name(plan.points[i]));
    ensure_writable_folder(folder);
    write_atomic(folder / "config.yml", to_yaml(plan.configs[i]));
  }
  const std::size_t all = plan.points.size() * static_cast<std::size_t>(plan.rounds);
  std::size_t begun = 0;
  for (int round = 1; round <= plan.rounds; ++round)
    for (std::size_t i = 0; i < plan.points.size(); ++i) {
      log::info(cat("run ", ++begun, " of ", all, ": ", point_label(plan.points[i]), ", global batch ",
                    plan.points[i].global_batch(), plan.rounds > 1 ? cat(", round ", round) : ""));
      bool stopped = signals::pending() != 0;
      const Stopwatch clock;
      if (!stopped) {
        series.results[i].runs.push_back(run_point(plan, i, round, stopped));
        if (!stopped) tell(plan, i, series.results[i].runs.back(), clock.seconds());
      }
      series.interrupted = stopped;
      write_scaling(plan.folder, series);
      if (stopped) return series;
    }
  return series;
}

}  // namespace

int run_scaling(const ScalingArguments& arguments) {
  const ScalingPlan plan = plan_scaling(arguments);
  ensure_lockable_folder(plan.folder.parent_path());  // as the runs will need it
  ensure_writable_folder(plan.folder);
  log::info(cat("series folder: ", plan.folder.string()));
  make_data(plan);
  const ScalingSeries series = measure(plan);
  std::cout << (arguments.json ? scaling_json(series) : scaling_text(series)) << std::flush;
  log::info(cat("written: ", (plan.folder / "scaling.html").string(), ", scaling.json, scaling.csv"));
  if (series.interrupted) throw Interrupted(signals::pending());
  for (const auto& result : series.results)
    for (const auto& run : result.runs)
      if (!run.failure.empty()) return static_cast<int>(ExitCode::internal);
  return 0;
}

}  // namespace scaffold

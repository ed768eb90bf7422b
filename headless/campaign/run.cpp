// scaffold campaign: runs with different seeds in one job, and the record of them.
#include <malloc.h>

#include <algorithm>
#include <iostream>
#include <limits>
#include <set>

#include "comm/affinity.hpp"
#include "config/arguments.hpp"
#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/recycled_memory.hpp"
#include "job/benchmark_run.hpp"
#include "job/job_ranks.hpp"
#include "report/campaign.hpp"
#include "run/artifact.hpp"
#include "run/json.hpp"
#include "run/run_folder.hpp"

namespace scaffold {
namespace {

constexpr const char* config_name = "campaign.yaml";
constexpr int default_runs = 3;

bool sets(const std::vector<Override>& overrides, std::string_view key) {
  return std::any_of(overrides.begin(), overrides.end(), [&](const Override& o) { return o.key == key; });
}

std::vector<std::int64_t> given_seeds(const CampaignArguments& arguments) {
  std::vector<std::int64_t> seeds;
  for (const auto& word : split(arguments.seeds, ',')) {
    std::int64_t seed = 0;
    if (!parse_int(trim(word), seed) || seed < 0)
      throw ConfigError(cat("--seeds: '", word, "' is no seed; give whole numbers from 0 on, as 1,2,3"));
    if (std::find(seeds.begin(), seeds.end(), seed) != seeds.end())
      throw ConfigError(cat("--seeds: ", seed, " is given twice; runs of one seed are no independent runs"));
    seeds.push_back(seed);
  }
  if (arguments.runs > 0 && static_cast<std::size_t>(arguments.runs) != seeds.size())
    throw ConfigError(
        cat("--runs is ", arguments.runs, ", but --seeds has ", seeds.size(), "; leave one out"));
  if (sets(arguments.overrides, "seed"))
    throw ConfigError("--seed and --seeds exclude each other: --seed is the first seed of --runs");
  return seeds;
}

/// Those of --seeds, or the configured one and the numbers after it.
std::vector<std::int64_t> choose_seeds(const CampaignArguments& arguments, const Config& config) {
  if (!arguments.seeds.empty()) return given_seeds(arguments);
  const int runs = arguments.runs > 0 ? arguments.runs : default_runs;
  if (config.seed > std::numeric_limits<std::int64_t>::max() - runs)
    throw ConfigError(cat("seed is ", config.seed, ", and ", runs,
                          " runs need as many seeds from there on; choose --seeds"));
  std::vector<std::int64_t> seeds;
  seeds.reserve(static_cast<std::size_t>(runs));
  for (int i = 0; i < runs; ++i) seeds.push_back(config.seed + i);
  return seeds;
}

void check_resume_alone(const CampaignArguments& arguments) {
  if (arguments.files.empty() && arguments.overrides.empty() && arguments.runs == 0 &&
      arguments.seeds.empty())
    return;
  throw ConfigError(
      "--resume: a campaign keeps its runs and settings; leave out -c, --runs, --seeds and keys");
}

/// A folder that is not there yet, with the folders above it that are not there either.
class NewFolder {
 public:
  explicit NewFolder(const fs::path& base) {
    for (fs::path at = fs::absolute(base).lexically_normal(); !at.empty() && !fs::exists(at);
         at = at.parent_path())
      made_.push_back(at);
    ensure_writable_folder(base);
    const std::string name = "campaign_" + timestamp_name();
    for (int n = 0;; ++n) {
      path_ = fs::absolute(base) / (n == 0 ? name : cat(name, "-", n));
      std::error_code error;
      if (fs::create_directory(path_, error)) return;
      if (error) throw SystemError(cat("cannot create '", path_.string(), "': ", error.message()));
    }
  }
  const fs::path& path() const { return path_; }
  /// Nothing came of it: as it was before.
  void undo() const {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
    for (const auto& folder : made_) fs::remove(folder, ignored);  // only empty ones
  }

 private:
  std::vector<fs::path> made_;
  fs::path path_;
};

FileLock lock_campaign(const fs::path& folder) {
  auto lock = FileLock::try_acquire(folder / ".lock");
  if (!lock)
    throw DataError(cat("another process is running the campaign in '", folder.string(),
                        "'; wait for it or stop it first"));
  return std::move(*lock);
}

/// campaign.yaml, by which the runs that are left are made, must still say what campaign.json says of them
/// all.
void check_settings(const fs::path& folder, const Campaign& campaign) {
  const fs::path file = folder / config_name;
  const auto stated = report::configuration_json(campaign.config);
  const auto now = report::configuration_json(entries(merge_config({file}, {})));
  std::string differing;
  for (const auto& [key, entry] : stated.items())
    if (!now.contains(key) || now.at(key).at("value") != entry.at("value"))
      differing += cat(differing.empty() ? "" : ", ", key, " is ",
                       now.contains(key) ? now.at(key).at("value").dump() : "missing", " there, ",
                       entry.at("value").dump(), " in campaign.json");
  if (!differing.empty())
    throw DataError(cat("'", file.string(), "' was edited: ", differing,
                        "; the runs of a campaign have one configuration, so start a new campaign"));
}

/// What rank 0 keeps of a campaign: its folder, and the record in it.
class CampaignFile {
 public:
  static CampaignFile create(const MergedConfig& merged, const std::vector<std::int64_t>& seeds) {
    CampaignFile file;
    file.made_.emplace(merged.values.base_run_dir);
    file.folder_ = file.made_->path();
    file.lock_.emplace(lock_campaign(file.folder_));
    Campaign& c = file.campaign_;
    c.started_utc = timestamp_utc();
    c.version = version();
    c.commit = commit();
    c.machine = describe_machine();
    c.config = entries(merged);
    c.working_folder = fs::current_path().string();
    for (const auto seed : seeds) c.runs.emplace_back().seed = seed;
    write_atomic(file.folder_ / config_name, to_yaml(merged));
    write_continuation(file.folder_ / "resume.sh",
                       "Continues this campaign: runs that have ended stay, the others are made anew.",
                       program_path().string(), "campaign --resume");
    file.write();
    return file;
  }

  static CampaignFile open(const fs::path& folder) {
    CampaignFile file;
    file.folder_ = fs::absolute(folder).lexically_normal();
    if (!file.folder_.has_filename()) file.folder_ = file.folder_.parent_path();  // "campaign/"
    file.campaign_ = read_campaign(file.folder_);
    file.lock_.emplace(lock_campaign(file.folder_));
    file.campaign_ = read_campaign(file.folder_);  // as it is now that nobody else writes it
    check_settings(file.folder_, file.campaign_);
    file.clear_up();
    file.write();
    return file;
  }

  const fs::path& folder() const { return folder_; }
  Campaign& campaign() { return campaign_; }
  void write() const { write_campaign(folder_, campaign_); }
  /// A new campaign that cannot be run leaves nothing.
  void undo() {
    lock_.reset();
    if (made_) made_->undo();
  }
  /// The first run that is still to be made, or as many as there are.
  std::size_t next() const {
    const auto& runs = campaign_.runs;
    return static_cast<std::size_t>(
        std::find_if(runs.begin(), runs.end(), [](const auto& run) { return run.status == "pending"; }) -
        runs.begin());
  }

 private:
  CampaignFile() = default;

  /// Runs that ended after the record was written last get their results; those without any are set aside.
  void clear_up() {
    campaign_.interrupted = false;
    for (auto& run : campaign_.runs) {
      if (run.status == "running") look_at_killed(run);
      if (run.has_result() || run.status == "pending") continue;
      if (!run.folder.empty()) {
        log::info(cat("the run of ", run_label(run), " has no result (", run.status, "): '",
                      run.folder.string(), "' is set aside, and the run made anew"));
        campaign_.set_aside.push_back(run);
      }
      const auto seed = run.seed;
      run = {};
      run.seed = seed;
    }
    adopt_strays();
    remove_temporaries(folder_);
  }

  static void look_at_killed(CampaignRun& run) {
    run.status = "killed";
    run.message = "its process was killed";
    if (run.folder.empty()) return;
    try {
      read_run(run);
      if (run.status == "converged") run.exit_code = static_cast<int>(ExitCode::ok);
      if (run.status == "epochs_exhausted") run.exit_code = static_cast<int>(ExitCode::target);
    } catch (const DataError&) {  // it has no report
    }
  }

  /// A kill may come between a run's folder and the record of it.
  void adopt_strays() {
    std::set<fs::path> known;
    for (const auto* list : {&campaign_.runs, &campaign_.set_aside})
      for (const auto& run : *list) known.insert(run.folder.filename());
    for (const auto& entry : fs::directory_iterator(folder_)) {
      if (!is_run_folder(entry.path()) || known.contains(entry.path().filename())) continue;
      CampaignRun run;
      run.folder = entry.path();
      run.seed = RunFolder::look(entry.path()).config().seed;
      look_at_killed(run);
      campaign_.set_aside.push_back(std::move(run));
    }
  }

  std::optional<NewFolder> made_;
  fs::path folder_;
  std::optional<FileLock> lock_;
  Campaign campaign_;
};

/// The campaign on every rank of a job, in step.
class CampaignJob {
 public:
  CampaignJob(const CampaignArguments& arguments, Ranks& ranks)
      : arguments_(arguments), ranks_(ranks), world_(ranks.world) {}

  int run() {
    ranks_.agreed = true;
    begin();
    cores_ = claim_cores(world_.all());
    int stopped_by = 0;
    while (stopped_by == 0) {
      std::array<std::int64_t, 2> next{-1, 0};  // number of the run, its seed
      if (file_ && file_->next() < file_->campaign().runs.size()) {
        next[0] = static_cast<std::int64_t>(file_->next());
        next[1] = file_->campaign().runs[file_->next()].seed;
      }
      broadcast(world_.all(), next.data(), sizeof next, 0);
      if (next[0] < 0) break;
      stopped_by = any_signal();
      if (stopped_by == 0) stopped_by = run_one(static_cast<std::size_t>(next[0]), next[1]);
    }
    return finish(stopped_by);
  }

 private:
  bool is_root() const { return world_.rank() == 0; }

  void begin() {
    std::string folder;
    collective_try(world_.all(), [&] {
      if (!arguments_.resume.empty()) {
        check_resume_alone(arguments_);
        if (is_root()) file_.emplace(CampaignFile::open(arguments_.resume));
      } else {
        const MergedConfig merged = merge_config(arguments_.files, arguments_.overrides);
        const auto seeds = choose_seeds(arguments_, merged.values);
        if (is_root()) file_.emplace(CampaignFile::create(merged, seeds));
      }
    });
    if (is_root()) folder = file_->folder().string();
    folder_ = broadcast(world_.all(), folder, 0);
    return_to(broadcast(world_.all(), is_root() ? file_->campaign().working_folder : "", 0));
    if (!is_root()) return;
    log::info(cat("campaign folder: ", folder_));
    if (const Campaign& c = file_->campaign(); c.commit != commit())
      log::warning(cat("the campaign was begun by commit ", c.commit, ", this program is ", commit(),
                       ": its result will not be official"));
  }

  /// Where the campaign was begun: its relative folders are meant from there.
  void return_to(const std::string& working_folder) {
    if (arguments_.resume.empty() || working_folder.empty()) return;
    std::error_code error;
    fs::current_path(working_folder, error);
    if (error && is_root())
      log::warning(cat("the campaign was begun in '", working_folder,
                       "', which is gone: relative folders are taken from '", fs::current_path().string(),
                       "'"));
  }

  BenchmarkArguments arguments_of(std::int64_t seed) const {
    BenchmarkArguments run;
    run.files = arguments_.files;
    if (!arguments_.resume.empty()) run.files = {fs::path(folder_) / config_name};
    for (const auto& given : arguments_.overrides)
      if (given.key != "seed" && given.key != "base_run_dir") run.overrides.push_back(given);
    run.overrides.push_back({"seed", {cat(seed)}});
    run.overrides.push_back({"base_run_dir", {literal_path(folder_)}});
    return run;
  }

  /// The strongest reason that any rank has to stop, or 0.
  int any_signal() {
    int strongest = 0;
    for (const auto& each : all_gather(world_.all(), cat(signals::pending())))
      strongest = std::max(strongest, std::stoi(each));
    return strongest;
  }

  /// A run begins with as much memory as if it were alone.
  static void forget_memory() {
    release_recycled_memory();
    malloc_trim(0);
    reset_peak_memory();
  }

  RunPart part_of(std::size_t number) {
    RunPart part;
    part.make_library = true;
    part.cores = cores_;
    part.on_checked = [this] { begun_ = true; };
    part.on_folder = [this, number](const fs::path& folder) {
      file_->campaign().runs[number].folder = folder;
      file_->write();
    };
    return part;
  }

  /// Returns the signal that stopped it, or 0.
  int run_one(std::size_t number, std::int64_t seed) {
    collective_try(world_.all(), [&] {
      if (!is_root()) return;
      log::info(cat("run ", number + 1, " of ", file_->campaign().runs.size(), ": seed ", seed));
      file_->campaign().runs[number].status = "running";
      file_->write();
    });
    forget_memory();
    int code = 0;
    std::string message;
    try {
      code = run_once(arguments_of(seed), part_of(number), ranks_);
    } catch (...) {
      if (!ranks_.agreed) throw;
      if (!begun_) {
        if (is_root()) abandon();
        throw;
      }
      std::tie(message, code) = describe_error(std::current_exception());
      if (is_root()) log::error(message);
    }
    ranks_.agreed = true;
    collective_try(world_.all(), [&] {
      if (is_root()) record(number, code, message);
    });
    return code > 128 ? code - 128 : any_signal();
  }

  /// Nothing can be run with this configuration here.
  void abandon() {
    if (arguments_.resume.empty()) return file_->undo();
    for (auto& run : file_->campaign().runs)
      if (run.status == "running") run.status = "pending";
    file_->write();
  }

  void record(std::size_t number, int code, const std::string& message) {
    CampaignRun& run = file_->campaign().runs[number];
    run.exit_code = code;
    run.status = code > 128 ? "interrupted" : "failed";
    run.message = message.empty() ? cat("exit code ", code) : message;
    std::error_code ignored;
    if (!run.folder.empty() && !fs::exists(run.folder, ignored))
      run.folder.clear();  // it had not begun to train
    try {
      if (!run.folder.empty()) read_run(run);
    } catch (const DataError& error) {
      run.message = message.empty() ? error.what() : message;
    } catch (const Interrupted&) {
      // Files are not read any more once a signal has come. A run that has just ended is read by the resume.
      if (code <= 128) run.status = "running";
      run.message = cat("stopped by signal ", signals::pending());
    }
    file_->write();
  }

  int finish(int stopped_by) {
    int code = 0;
    collective_try(world_.all(), [&] {
      if (!is_root()) return;
      Campaign& campaign = file_->campaign();
      campaign.interrupted = stopped_by != 0;
      file_->write();
      std::cout << campaign_text(campaign) << std::flush;
      log::info(cat("written: ", folder_, "/campaign.html, campaign.json, campaign.csv"));
      if (stopped_by) log::info(cat("continue with ", folder_, "/resume.sh"));
      for (const auto& run : campaign.runs)
        if (run.status == "failed") code = static_cast<int>(ExitCode::internal);
    });
    broadcast(world_.all(), &code, sizeof code, 0);
    if (stopped_by) throw Interrupted(stopped_by);
    return code;
  }

  const CampaignArguments& arguments_;
  Ranks& ranks_;
  World& world_;
  std::optional<CampaignFile> file_;  ///< rank 0's
  std::string folder_;
  int cores_ = 0;
  bool begun_ = false;  ///< nothing was in the way of a first run
};

}  // namespace

int run_campaign(const CampaignArguments& arguments) {
  recycle_tensor_memory();
  return on_agreeing_ranks([&](Ranks& ranks) { return CampaignJob(arguments, ranks).run(); });
}

}  // namespace scaffold

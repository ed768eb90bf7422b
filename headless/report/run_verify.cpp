// scaffold report verify: what a run or campaign states, computed again.
#include <algorithm>
#include <cmath>
#include <iostream>

#include "comm/affinity.hpp"
#include "comm/mpi_world.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/device.hpp"
#include "device/recycled_memory.hpp"
#include "headless/torch_commands.hpp"
#include "job/benchmark_run.hpp"
#include "job/job_ranks.hpp"
#include "job/reevaluate.hpp"
#include "job/trainer.hpp"
#include "report/verify.hpp"
#include "run/artifact.hpp"
#include "run/run_folder.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

/// Of a score, on the same kind of device with the same arithmetic; and where that is another.
constexpr double same_kind = 1e-6, other_kind = 1e-3;
/// Of the loss, relative: its sums are long and in float32.
constexpr double loss_tolerance = 1e-4;

void check_not_running(const fs::path& run_dir) {
  const fs::path lock = run_dir / ".lock";
  if (std::error_code error; !fs::exists(lock, error)) return;
  try {
    if (FileLock::try_acquire(lock)) return;
  } catch (const SystemError&) {  // somebody else's folder: whoever may only read it does not run in it
    return;
  }
  throw DataError(cat("the run in '", run_dir.string(), "' is under way; verify it when it has ended"));
}

/// The checkpoint to look at: that of the end, else the last one, else the best.
fs::path choose_checkpoint(const fs::path& folder) {
  for (const char* name : {"final.h5", "last.h5", "best.h5"})
    if (std::error_code error; fs::exists(folder / name, error)) return folder / name;
  return {};
}

fs::path choose_dataset(const VerifyArguments& arguments, const RunClaims& claims) {
  std::error_code error;
  if (!arguments.dataset.empty())
    return fs::exists(arguments.dataset, error) ? fs::path(arguments.dataset) : fs::path();
  for (const fs::path& folder :
       {fs::path(claims.dataset_folder), fs::path(claims.config.dataset_dir) / claims.dataset_hash})
    if (fs::exists(folder / "index.json", error)) return folder;
  return {};
}

/// What rank 0 finds in the folder, and the others are told.
struct Found {
  std::optional<RunClaims> claims;
  fs::path run_dir, checkpoint, dataset;
  std::string file;  ///< the checkpoint's name in messages
};

class RunVerification {
 public:
  RunVerification(const VerifyArguments& arguments, Ranks& ranks, int cores, fs::path run_dir,
                  Verification& into)
      : arguments_(arguments), world_(ranks.world), agreed_(ranks.agreed), cores_(cores), into_(into) {
    found_.run_dir = std::move(run_dir);
  }

  /// `with_network`: the dataset and the network too. Collective; only rank 0's findings count.
  void run(bool with_network) {
    collective_try(world_.all(), [&] {
      if (world_.rank() != 0) return;
      look();
      if (with_network && found_.claims) verify_dataset();
    });
    if (!with_network) return;
    int go = 0;
    collective_try(world_.all(), [&] { go = found_.claims && sound_dataset_ && load_checkpoint() ? 1 : 0; });
    broadcast(world_.all(), &go, sizeof go, 0);
    if (go) evaluate_again();
  }

 private:
  void look() {
    std::error_code error;
    if (!is_run_folder(found_.run_dir) && fs::exists(found_.run_dir / "report.json", error))
      return into_.differ("config.yaml", "file", "a configuration", "there is none");
    const RunFolder folder = RunFolder::look(found_.run_dir);
    check_not_running(folder.path());
    std::string checkpoint_dir = Config().checkpoint_dir;
    try {
      checkpoint_dir = folder.config().checkpoint_dir;
    } catch (const Error&) {  // verify_records says so
    }
    const fs::path checkpoints = folder.checkpoints(checkpoint_dir);
    found_.claims = verify_records(folder.path(), checkpoints, into_);
    if (!found_.claims) return;
    found_.checkpoint = choose_checkpoint(checkpoints);
    if (!found_.checkpoint.empty())
      found_.file = found_.checkpoint.lexically_relative(folder.path()).generic_string();
  }

  void expect(const std::string& file, const std::string& key, const std::string& stated,
              const std::string& found, const std::string& where) {
    if (stated != found) into_.differ(file, key, stated, cat(found, " (", where, ")"));
  }

  void verify_dataset() {
    const RunClaims& claims = *found_.claims;
    found_.dataset = choose_dataset(arguments_, claims);
    if (found_.dataset.empty()) {
      into_.not_checked.emplace_back("dataset", arguments_.dataset.empty()
                                                    ? cat("it is not at '", claims.dataset_folder,
                                                          "' any more; --dataset FOLDER says where it is")
                                                    : cat("there is none at '", arguments_.dataset, "'"));
      into_.not_checked.emplace_back(score_title(), "for want of the dataset");
      return;
    }
    const std::size_t before = into_.differences.size();
    const std::string name = found_.dataset.string();
    try {
      const RunClaims& c = *found_.claims;
      // A restart on another grid reads the dataset that the run began with.
      const auto found =
          workload_of(c.config).dataset(c.config)->verify(found_.dataset, c.restarts > 0, threads());
      compare_dataset(found);
      for (const auto& problem : found.problems) into_.differ(name, "checksum", "sound", problem);
      sound_dataset_ = into_.differences.size() == before;
      if (sound_dataset_)
        into_.fits.emplace_back("dataset",
                                cat(found.info.samples, " samples, every checksum; hash ", found.info.hash));
    } catch (const DataError& error) {
      into_.differ(name, "contents", "a dataset", error.what());
    }
    if (!sound_dataset_) into_.not_checked.emplace_back(score_title(), "for want of a sound dataset");
  }

  void compare_dataset(const DatasetFindings& found) {
    const DatasetInfo& info = found.info;
    const RunClaims& c = *found_.claims;
    const std::string report = "report.json", where = cat(found_.dataset.string(), "/index.json");
    expect(report, "dataset.hash", c.dataset_hash, info.hash, where);
    expect(report, "dataset.format", c.dataset_format, info.format, where);
    expect(report, "dataset.volumes", cat(c.volumes), cat(info.samples), where);
    expect(report, "dataset.training", cat(c.training), cat(info.training), where);
    expect(report, "dataset.validation", cat(c.validation), cat(info.validation), where);
    const bool is_cube = c.extents == cube(c.extents[0]);
    expect(report, is_cube ? "dataset.edge" : "dataset.extents", extents_text(c.extents),
           extents_text(info.extents), where);
    expect(report, "dataset.classes", cat(c.classes), cat(info.classes), where);
    expect(report, "dataset.bytes", cat(c.dataset_bytes), cat(info.bytes), where);
    expect("config.yaml", "hash of the dataset it makes", found.expected_hash, info.hash, where);
  }

  /// Whether there is one to evaluate.
  bool load_checkpoint() {
    if (found_.checkpoint.empty()) {
      into_.not_checked.emplace_back(
          score_title(),
          "there is no checkpoint (a run that converged keeps checkpoints/final.h5, "
          "others one at each checkpoint_interval)");
      return false;
    }
    try {
      checkpoint_ = read_checkpoint(found_.checkpoint, false);
    } catch (const DataError& error) {
      into_.differ(found_.file, "contents", "a sound checkpoint", error.what());
      return false;
    }
    compare_checkpoint();
    try {
      ReevaluateOptions options;
      options.samples = found_.claims->validation_samples;
      const Config& config = found_.claims->config;
      check_reevaluation(checkpoint_, found_.checkpoint, config,
                         *workload_of(config).dataset(config)->open(found_.dataset), options);
    } catch (const DataError& error) {
      into_.differ(found_.file, "network", "one that the run's configuration and dataset make", error.what());
      return false;
    }
    if (checkpoint_.state.step != 0 || checkpoint_.epochs.empty() ||
        checkpoint_.epochs.size() > found_.claims->epochs.size()) {
      into_.not_checked.emplace_back(score_title(),
                                     cat(found_.file, " is of no epoch's end that the run has"));
      return false;
    }
    return true;
  }

  void compare_checkpoint() {
    const RunClaims& c = *found_.claims;
    const std::string where = "report.json";
    const std::size_t before = into_.differences.size();
    expect(found_.file, "commit", checkpoint_.commit, c.commit, where);
    expect(found_.file, "dataset_hash", checkpoint_.dataset_hash, c.dataset_hash, where);
    expect(found_.file, "train_seed", cat(checkpoint_.state.train_seed), cat(c.train_seed), where);
    expect(found_.file, "global_batch", cat(checkpoint_.global_batch), cat(c.global_batch), where);
    compare_epochs();
    compare_configuration();
    if (into_.differences.size() != before) return;
    into_.fits.emplace_back(
        "commit", cat(c.commit, " in report.json, events.jsonl and ", found_.file,
                      c.commit == commit() ? "" : cat("; verified by a program of commit ", commit())));
  }

  void compare_epochs() {
    const auto& epochs = found_.claims->epochs;
    for (std::size_t i = 0; i < std::min(epochs.size(), checkpoint_.epochs.size()); ++i) {
      const EpochRecord &kept = checkpoint_.epochs[i], &logged = epochs[i];
      const auto compare = [&](const char* column, double a, double b) {
        if (a != b && !(std::isnan(a) && std::isnan(b)))
          into_.differ(found_.file, cat("epochs.", i + 1, ".", column), shortest(a),
                       cat(shortest(b), " (events.jsonl)"));
      };
      // The checkpoint of an epoch's end is written within the epoch: its own duration is not known there.
      const bool its_own = i + 1 == checkpoint_.epochs.size() && found_.checkpoint.filename() != "final.h5";
      if (!its_own) compare("epoch_duration", kept.epoch_duration, logged.epoch_duration);
      compare("epoch_loss", kept.epoch_loss, logged.epoch_loss);
      compare("overall_loss", kept.overall_loss, logged.overall_loss);
      compare("val_loss_epoch", kept.val_loss_epoch, logged.val_loss_epoch);
      compare("val_loss_avg", kept.val_loss_avg, logged.val_loss_avg);
      for (const Metric* metric : kept.table()) {
        const std::string key = metric->info->key();
        compare(key.c_str(), metric->value, logged.metric(key));
      }
    }
    if (found_.checkpoint.filename() == "final.h5")
      expect(found_.file, "epochs", cat(checkpoint_.epochs.size()), cat(epochs.size()), "events.jsonl");
  }

  void compare_configuration() {
    try {
      const Config trained = config_from_yaml_text(checkpoint_.config_yaml, found_.file);
      for (const auto& key : differing_keys(found_.claims->config, trained))
        if (found_.claims->restarts == 0 || !may_change_on_restart(key))
          into_.differ(found_.file, cat("config.", key), configuration_hash(trained),
                       cat(configuration_hash(found_.claims->config), " (hash of config.yaml)"));
    } catch (const ConfigError& error) {
      into_.differ(found_.file, "config", "a configuration", error.what());
    }
  }

  /// "validation RMSE"
  std::string score_title() const { return workload_of(found_.claims->config).metrics().front().title(); }

  int threads() const {
    if (arguments_.num_threads > 0) return arguments_.num_threads;
    return found_.claims ? std::clamp(found_.claims->threads, 1, cores_) : cores_;
  }

  /// All ranks evaluate; what rank 0 alone knows they are told.
  void evaluate_again() {
    const bool is_root = world_.rank() == 0;
    std::array<std::int64_t, 3> numbers{};
    if (is_root)
      numbers = {found_.claims->validation_samples, threads(),
                 found_.claims->device.starts_with("cuda") ? 1 : 0};
    broadcast(world_.all(), numbers.data(), sizeof numbers, 0);
    const fs::path checkpoint = broadcast(world_.all(), found_.checkpoint.string(), 0);
    const fs::path dataset = broadcast(world_.all(), found_.dataset.string(), 0);
    Config config;
    ReevaluateOptions options;
    options.samples = numbers[0];
    options.threads = static_cast<int>(numbers[1]);
    collective_try(world_.all(), [&] {
      config = RunFolder::look(found_.run_dir).config();
      if (!is_root) checkpoint_ = read_checkpoint(checkpoint, false);
      const std::string device = arguments_.device != "auto" ? arguments_.device
                                 : numbers[2]                ? "auto"
                                                             : "cpu";
      options.device = select_device(device, world_.local_rank(), world_.local_size());
      ProcessGrid(world_.size(), world_.rank(), shards(config));
    });
    ParallelContext parallel(world_.all(), shards(config), options.device);
    std::unique_ptr<SampleReader> reader;
    collective_try(world_.all(), [&] { reader = workload_of(config).dataset(config)->open(dataset); });
    std::optional<Progress> progress;
    if (is_root) progress.emplace("evaluating again", options.samples, "samples");
    std::int64_t done = 0;
    const auto advance = [&](std::int64_t now) {
      if (progress) progress->advance(static_cast<std::uint64_t>(now - std::exchange(done, now)));
    };
    agreed_ = world_.size() == 1;
    Evaluation evaluation;
    try {
      evaluation = reevaluate(checkpoint_, checkpoint, config, *reader, options, parallel, advance);
    } catch (const Interrupted&) {
      agreed_ = true;
      throw;
    }
    agreed_ = true;
    progress.reset();
    if (is_root) compare_evaluation(evaluation, config, options, parallel.grid());
  }

  /// One rank reads volumes whole, whatever the run's ranks did.
  Extent3 shards(const Config& config) const {
    if (world_.size() == 1) return {1, 1, 1};
    return shards_of(config);
  }

  std::string other_arithmetic(const Config& config, const ReevaluateOptions& options,
                               const ProcessGrid& grid) const {
    const RunClaims& c = *found_.claims;
    const std::string device =
        options.device.is_cpu() ? "cpu" : "cuda: " + describe_device(options.device).name;
    const std::string precision = describe(computation(config, options.device).precision, config.torch_amp);
    if (device != c.device) return cat("on ", device, ", the run was on ", c.device);
    if (precision != c.precision) return cat("in ", precision, ", the run was in ", c.precision);
    if (grid.shards() != c.shards)
      return cat("in ", grid.shard_count(), " shards, the run had ", c.shards[0] * c.shards[1] * c.shards[2]);
    return "";
  }

  void compare_evaluation(const Evaluation& again, const Config& config, const ReevaluateOptions& options,
                          const ProcessGrid& grid) {
    const std::size_t epoch = checkpoint_.epochs.size();
    const EpochRecord& stated = found_.claims->epochs[epoch - 1];
    const std::string other = other_arithmetic(config, options, grid);
    const double allowed = other.empty() ? same_kind : other_kind;
    const std::string how = cat("evaluated again from ", found_.file, other.empty() ? "" : ", " + other);
    const std::size_t before = into_.differences.size();
    const auto compare = [&](const std::string& key, double a, double b, double within) {
      if (!(std::abs(a - b) <= within))
        into_.differ("report.json", cat("epochs_table.", epoch, ".", key), shortest(a),
                     cat(shortest(b), " (", how, ")"));
    };
    compare(stated.score_info().key(), stated.score(), again.score(), allowed);
    compare("val_loss_avg", stated.val_loss_avg, again.loss_mean(),
            (other.empty() ? loss_tolerance : 1e-2) * std::max(1.0, std::abs(stated.val_loss_avg)));
    for (std::size_t k = 0; k < std::min(stated.parts().size(), again.parts().size()); ++k)
      compare(cat(stated.score_info().parts_key(), ".", k + 1), stated.parts()[k], again.parts()[k], allowed);
    if (into_.differences.size() != before) return;
    into_.fits.emplace_back(
        stated.score_info().title(),
        cat(shortest(again.score()), " ", how, ", ", shortest(stated.score()), " stated for epoch ", epoch,
            ": ", shortest(std::abs(again.score() - stated.score())), " apart, ", shortest(allowed),
            " allowed"));
  }

  const VerifyArguments& arguments_;
  World& world_;
  bool& agreed_;
  int cores_;
  Verification& into_;
  Found found_;
  Checkpoint checkpoint_;
  bool sound_dataset_ = false;
};

/// What was found in a run of a campaign: its folder stands before each file's name. Told, and added to all.
void tell(Verification part, const std::string& run, Verification& all) {
  for (auto& d : part.differences) d.file = cat(run, "/", d.file);
  for (auto& [what, why] : part.not_checked) what = cat(run, ": ", what);
  std::cout << verification_text(part);
  for (auto& d : part.differences) all.differ(d.file, d.key, d.stated, d.found);
  for (auto& entry : part.not_checked) all.not_checked.push_back(entry);
}

int conclude(const Verification& all, const std::string& of_what) {
  if (all.verified()) {
    std::cout << "VERIFIED  " << of_what << "\n";
    return 0;
  }
  const auto count = [](std::size_t n, const char* one, const char* many) {
    return cat(n, " ", n == 1 ? one : many);
  };
  std::cout << "NOT VERIFIED  ";
  if (!all.differences.empty()) std::cout << count(all.differences.size(), "difference", "differences");
  if (!all.not_checked.empty())
    std::cout << (all.differences.empty() ? "" : ", ")
              << count(all.not_checked.size(), "part was", "parts were") << " not checked";
  std::cout << "\n";
  return static_cast<int>(ExitCode::data);
}

int verify_campaign(const VerifyArguments& arguments, Ranks& ranks, int cores) {
  World& world = ranks.world;
  const bool is_root = world.rank() == 0;
  Verification all;
  std::optional<Campaign> campaign;
  collective_try(world.all(), [&] {
    if (!is_root) return;
    campaign = verify_campaign_records(arguments.path, all);
    std::cout << "campaign " << arguments.path << "\n" << verification_text(all);
  });
  std::size_t figures = 0, others = 0;
  const auto verify_one = [&](const CampaignRun& run, bool with_network) {
    Verification part;
    const std::string folder = broadcast(world.all(), run.folder.string(), 0);
    try {
      RunVerification(arguments, ranks, cores, folder, part).run(with_network);
    } catch (const DataError& error) {  // of every rank: this run's matter alone
      if (!ranks.agreed) throw;
      part.differ(".", "contents", "a run that can be read", error.what());
    }
    if (!is_root) return;
    const std::string name = fs::path(folder).filename().string();
    std::cout << "run " << name << ", " << run_label(run) << "\n";
    tell(std::move(part), name, all);
  };
  // What each rank is to do next: nothing, a run's records, or its network too.
  std::vector<const CampaignRun*> runs;
  std::error_code ignored;
  if (campaign)
    for (const auto& run : campaign->runs)
      if (run.ended() && !run.folder.empty() && fs::exists(run.folder / "report.json", ignored))
        runs.push_back(&run);
  for (std::size_t i = 0;; ++i) {
    int what = is_root && i < runs.size() ? (runs[i]->converged() ? 2 : 1) : 0;
    broadcast(world.all(), &what, sizeof what, 0);
    if (what == 0) break;
    const CampaignRun nobody;
    verify_one(is_root ? *runs[i] : nobody, what == 2);
    ++(what == 2 ? figures : others);
  }
  if (!is_root) return 0;
  return conclude(
      all,
      cat(figures ? cat("the median of ", figures, figures == 1 ? " run" : " runs") : "no figure of merit",
          others ? cat("; ", others, others == 1 ? " run" : " runs", " without a figure: records only")
                 : ""));
}

int verify_run(const VerifyArguments& arguments, Ranks& ranks, int cores) {
  Verification all;
  RunVerification(arguments, ranks, cores, arguments.path, all).run(true);
  if (ranks.world.rank() != 0) return 0;
  std::cout << "run " << arguments.path << "\n" << verification_text(all);
  return conclude(all, "what this run states is what happened, as far as its records and network tell");
}

}  // namespace

int run_verify(const VerifyArguments& arguments) {
  recycle_tensor_memory();
  return on_agreeing_ranks([&](Ranks& ranks) {
    World& world = ranks.world;
    ranks.agreed = true;
    const int cores = claim_cores(world.all());
    int code = is_campaign_folder(arguments.path) ? verify_campaign(arguments, ranks, cores)
                                                  : verify_run(arguments, ranks, cores);
    broadcast(world.all(), &code, sizeof code, 0);
    return code;
  });
}

}  // namespace scaffold

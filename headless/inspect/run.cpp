// scaffold inspect: what a file or folder of ours is, from headers and names only.
#include <algorithm>
#include <iostream>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/table.hpp"
#include "core/text.hpp"
#include "headless/inspect/inspect.hpp"
#include "report/campaign.hpp"
#include "run/artifact.hpp"
#include "run/checkpoint_kind.hpp"
#include "run/digests.hpp"
#include "run/official.hpp"
#include "run/report_json.hpp"
#include "run/run_folder.hpp"
#include "run/stats_csv.hpp"
#include "storage/container.hpp"
#include "storage/h5.hpp"
#include "storage/vtkhdf.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

void print(const std::string& what, const fs::path& path, const Lines& lines) {
  std::cout << what << " " << path.string() << "\n";
  std::vector<std::vector<std::string>> rows;
  for (const auto& [label, value] : lines) rows.push_back({label, value});
  std::cout << text_table(rows, {"l", 2, 2});
}

/// Prints the health; a problem makes the exit code 3.
int print_health(const std::vector<std::string>& problems) {
  if (problems.empty()) {
    std::cout << "  health: good, as far as headers tell\n";
    return 0;
  }
  for (const auto& problem : problems) std::cout << "  PROBLEM: " << problem << "\n";
  return static_cast<int>(ExitCode::data);
}

int inspect_checkpoint(const fs::path& path) {
  const H5Reader file(path, checkpoint_kind, checkpoint_version);
  const auto number = [&](const char* name) { return cat(file.int_attribute("/", name)); };
  const Workload& workload = checkpoint_workload(file);
  const MetricInfo& score = workload.metrics().front();
  std::string network = workload.about();
  for (const auto& name : workload.size_names()) network += cat(", ", name, " ", number(name.c_str()));
  print("checkpoint", path,
        {{"size", human_bytes(static_cast<double>(file.header().file_size))},
         {"format version", cat(file.header().version)},
         {"network", network},
         {"parameters", cat(file.list("/model").size(), " tensors")},
         {"optimizer", file.text_attribute("/", "optimizer")},
         {"epochs complete", cat(file.int_attribute("/", "epoch") - 1)},
         {"steps into the next", number("step")},
         {"optimizer steps", number("total_steps")},
         {"best " + score.label, fixed(file.double_attribute("/", "best_" + score.name), 6) + " (epoch " +
                                     number("best_epoch") + ")"},
         {"train_seed", number("train_seed")},
         {"dataset", file.text_attribute("/", "dataset_hash")},
         {"made by", "commit " + file.text_attribute("/", "commit")}});
  return print_health({});
}

/// What is wrong with the file that a view leads to; "" when nothing is.
std::string problem_of_target(const VtkhdfView& view, const fs::path& file) {
  std::error_code error;
  if (!fs::exists(file, error))
    return cat("'", file.string(), "', whose array it shows, is not there; the two are moved together");
  const std::string kind = read_header(file).kind;
  const H5Reader reader(file, kind, *artifacts_of_kind(kind).newest_version(kind));
  const ArrayInfo array = reader.info(view.object);
  if (array.dims == Dims(view.size.begin(), view.size.end())) return "";
  return cat("'", file.string(), "' has another size than the view says; write the view anew");
}

int inspect_view(const fs::path& path) {
  const VtkhdfView view = read_vtkhdf_view(path);
  const fs::path file = fs::absolute(path).parent_path() / view.file;
  Lines lines{{"size", human_bytes(static_cast<double>(fs::file_size(path)))},
              {"array", view.name},
              {"voxels", cat(view.size[0], " x ", view.size[1], " x ", view.size[2])},
              {"of file", view.file.string()},
              {"its array", view.object}};
  print("VTKHDF view", path, lines);
  std::string problem;
  try {
    problem = problem_of_target(view, file.lexically_normal());
  } catch (const DataError& error) {
    problem = error.what();
  }
  return print_health(problem.empty() ? std::vector<std::string>{} : std::vector{problem});
}

int inspect_campaign(const fs::path& path, bool verify) {
  const Campaign campaign = read_campaign(path);
  std::vector<std::string> problems;
  Lines lines{{"status", campaign_status(campaign)},
              {"started", campaign.started_utc},
              {"made by", cat("version ", campaign.version, ", commit ", campaign.commit)},
              {"host", campaign.machine.host},
              {"runs", cat(campaign.runs.size())}};
  for (const CampaignRun& run : campaign.runs) {
    lines.push_back(
        {run_label(run), cat(run.status, run.fom_seconds ? cat(", ", fixed(*run.fom_seconds, 2), " s") : "",
                             ", ", run.epochs, run.epochs == 1 ? " epoch" : " epochs",
                             run.folder.empty() ? "" : cat(", ", run.folder.filename().string()))});
    std::error_code error;
    if (!run.folder.empty() && !fs::exists(run.folder, error))
      problems.push_back(
          cat("the folder of its run of ", run_label(run), ", '", run.folder.string(), "', is not there"));
  }
  if (!campaign.set_aside.empty()) lines.push_back({"set aside", cat(campaign.set_aside.size())});
  const SampleStatistics seconds = campaign_statistics(campaign);
  lines.push_back({"median", seconds.count > 0 ? cat(fixed(seconds.median, 2), " s, of ", seconds.count,
                                                     seconds.count == 1 ? " run" : " runs")
                                               : "none"});
  lines.push_back({"official", unofficial_reasons(campaign).empty() ? "yes" : "no"});
  print("campaign", path, lines);
  if (verify)
    for (const FileDigest& stated : read_digests(path))
      if (digest_of(path, stated.file) != stated)
        problems.push_back(cat("'", (path / stated.file).string(), "' is not as its campaign wrote it"));
  if (verify && problems.empty()) std::cout << "  every checksum fits\n";
  return print_health(problems);
}

int inspect_run(const fs::path& path, bool verify) {
  Lines lines;
  std::vector<std::string> problems;
  std::string checkpoint_dir = Config().checkpoint_dir;
  const auto try_part = [&](auto&& part) {
    try {
      part();
    } catch (const Error& error) {
      problems.push_back(error.what());
    }
  };
  try_part([&] {
    const std::string text = read_text(path / "config.yaml");
    if (trim(text).empty()) throw DataError(cat("'", (path / "config.yaml").string(), "' is empty"));
    const Config config = config_from_yaml_text(text, (path / "config.yaml").string());
    const Workload& workload = workload_of(config);
    const std::string size = workload.size_key(), target = workload.metrics().front().target_key();
    if (workload.name() != default_workload().name()) lines.push_back({"workload", workload.name()});
    lines.push_back({size, value_text(config, size)});
    lines.push_back({target, shortest(config.target)});
    checkpoint_dir = config.checkpoint_dir;
    MergedConfig merged;
    merged.values = config;
    const auto changed = differing_keys(config, Config());
    for (const auto& entry : entries(merged))
      if (std::find(changed.begin(), changed.end(), entry.key) != changed.end() && entry.key != size &&
          entry.key != target && entry.key != "workload")
        lines.push_back({entry.key, entry.value});
  });
  if (fs::exists(path / "train_stats.csv"))
    try_part([&] {
      const auto epochs = read_stats(path / "train_stats.csv", workload_of_run(path).metrics());
      lines.push_back({"epochs", cat(epochs.size())});
      if (!epochs.empty())
        lines.push_back({"last " + epochs.back().score_info().title(), fixed(epochs.back().score(), 6)});
    });
  if (fs::exists(path / "report.json"))
    try_part([&] {
      const ReportSummary report = read_report(path / "report.json");
      lines.push_back({"status", report.status + (report.message.empty() ? "" : ": " + report.message)});
      lines.push_back(
          {"figure of merit", report.fom_seconds ? fixed(*report.fom_seconds, 2) + " s" : "none"});
      lines.push_back({"official", report.official ? official_meaning : "no"});
    });
  else
    lines.push_back({"status", "no report: running, or killed"});
  for (const char* name : {"last.h5", "best.h5", "final.h5"})
    if (const fs::path file = RunFolder::look(path).checkpoints(checkpoint_dir) / name; fs::exists(file))
      try_part([&] {
        const HeaderInfo header = read_header(file);
        lines.push_back(
            {(fs::path(checkpoint_dir) / name).string(), human_bytes(static_cast<double>(header.file_size))});
        if (verify) H5Reader(file, checkpoint_kind, checkpoint_version);
      });
  print("run folder", path, lines);
  if (verify && problems.empty()) std::cout << "  every checksum fits\n";
  return print_health(problems);
}

int inspect_own(const ArtifactRef& found, bool verify, int threads) {
  int code = 0;
  for (Inspection& one : artifacts_of_kind(name(found.thing)).inspect(name(found.thing), found.path)) {
    print(one.what, one.path, one.lines);
    if (verify && one.verify) {
      const auto problems = one.verify(threads);
      if (problems.empty()) std::cout << "  every checksum fits\n";
      one.problems.insert(one.problems.end(), problems.begin(), problems.end());
    }
    code = std::max(code, print_health(one.problems));
  }
  return code;
}

int inspect(const ArtifactRef& found, bool verify, int threads) {
  switch (found.thing) {
    case ArtifactKind::checkpoint:
      return inspect_checkpoint(found.path);
    case ArtifactKind::view:
      return inspect_view(found.path);
    case ArtifactKind::run:
      return inspect_run(found.path, verify);
    case ArtifactKind::campaign:
      return inspect_campaign(found.path, verify);
    default:
      return inspect_own(found, verify, threads);
  }
}

}  // namespace

int run_inspect(const InspectArguments& arguments) {
  int code = 0;
  const auto things = recognize(arguments.path);
  // A dataset's own view counts as the dataset, and is a file with facts of its own.
  if (things.front().thing == ArtifactKind::dataset && is_vtkhdf_view(arguments.path))
    code = inspect_view(arguments.path);
  for (const ArtifactRef& found : things)
    code = std::max(code, inspect(found, arguments.verify, available_threads()));
  return code;
}

}  // namespace scaffold

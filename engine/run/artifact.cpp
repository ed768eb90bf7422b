#include "run/artifact.hpp"

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/container.hpp"
#include "storage/vtkhdf.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

constexpr std::pair<const char*, ArtifactKind> file_kinds[] = {{"volume", ArtifactKind::volume},
                                                               {"checkpoint", ArtifactKind::checkpoint},
                                                               {"prediction", ArtifactKind::prediction}};

bool is_dataset_folder(const fs::path& path) {
  std::error_code error;
  return fs::exists(path / "index.json", error);
}

bool is_library(const fs::path& path) {
  return std::ranges::any_of(workloads(), [&](const auto& workload) {
    return workload->artifacts() && workload->artifacts()->is_library(path);
  });
}

/// A text file of ours is part of a folder of ours, which tells more.
std::optional<fs::path> folder_of_text_file(const fs::path& path) {
  const fs::path parent = fs::absolute(path).parent_path();
  const std::string file = path.filename().string(), extension = path.extension().string();
  if (extension == ".vtkhdf" && is_dataset_folder(parent)) return parent;
  if (file == "index.json" || extension == ".xdmf" || (extension == ".csv" && is_library(parent)) ||
      file == "library.json")
    return extension == ".xdmf" && parent.filename() == "volumes" ? parent.parent_path() : parent;
  // A view is a thing of its own, wherever it was put.
  const bool part = !is_container(path) && !(extension == ".vtkhdf" && is_vtkhdf_view(path));
  if (part && (is_run_folder(parent) || is_campaign_folder(parent))) return parent;
  return std::nullopt;
}

ArtifactKind thing_of_file(const fs::path& path) {
  if (is_vtkhdf_view(path)) return ArtifactKind::view;
  const HeaderInfo header = read_header(path);
  for (const auto& [kind, thing] : file_kinds)
    if (header.kind == kind) return thing;
  throw DataError(cat("'", path.string(), "' is a '", header.kind, "', which this version does not know"));
}

std::optional<ArtifactKind> thing_of_folder(const fs::path& path) {
  if (is_run_folder(path)) return ArtifactKind::run;
  if (is_dataset_folder(path)) return ArtifactKind::dataset;
  if (is_campaign_folder(path)) return ArtifactKind::campaign;
  return std::nullopt;
}

/// The things of ours among a folder's folders.
std::vector<ArtifactRef> things_in(const fs::path& folder) {
  std::vector<ArtifactRef> found;
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (fs::is_directory(entry->path(), error))
      if (const auto thing = thing_of_folder(entry->path())) found.push_back({*thing, entry->path()});
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  return found;
}

}  // namespace

const char* name(ArtifactKind thing) {
  switch (thing) {
    case ArtifactKind::library:
      return "library";
    case ArtifactKind::dataset:
      return "dataset";
    case ArtifactKind::volume:
      return "volume";
    case ArtifactKind::checkpoint:
      return "checkpoint";
    case ArtifactKind::prediction:
      return "prediction";
    case ArtifactKind::view:
      return "view of another file";
    case ArtifactKind::run:
      return "run";
    case ArtifactKind::campaign:
      return "campaign";
  }
  return "?";
}

bool is_run_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "config.yaml", error);
}

std::string why_no_run(const fs::path& path) {
  std::error_code error;
  const std::string none = cat("'", path.string(), "' is not a run folder");
  if (!fs::exists(path, error)) return none + ": it does not exist";
  if (!fs::is_directory(path, error)) {
    const fs::path folder = path.parent_path();
    return none + (is_run_folder(folder) ? cat(": it is a file of the run '", folder.string(), "'")
                                         : std::string(": it is a file"));
  }
  std::size_t runs = 0;
  std::string last;  // by name, which tells the time
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (!is_run_folder(entry.path())) continue;
    ++runs;
    last = std::max(last, entry.path().string());
  }
  if (runs == 0) return none + ": it has no config.yaml";
  return none + cat(": ", runs == 1 ? "one is in it, '" : cat(runs, " are in it, the last one '"), last, "'");
}

bool is_campaign_folder(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path / "campaign.json", error);
}

std::vector<ArtifactRef> recognize(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) throw DataError(cat("'", path.string(), "' does not exist"));
  if (!fs::is_directory(path, error)) {
    if (const auto folder = folder_of_text_file(path)) return recognize(*folder);
    return {{thing_of_file(path), path}};
  }
  const auto thing = thing_of_folder(path);
  if (thing && thing != ArtifactKind::campaign) return {{*thing, path}};
  if (is_library(path)) return {{ArtifactKind::library, path}};
  std::vector<ArtifactRef> found = things_in(path);
  if (thing) found.insert(found.begin(), {*thing, path});
  if (found.empty())
    throw DataError(
        cat("'", path.string(),
            "' is none of ours: no library, dataset, volume, checkpoint, prediction, run or campaign"));
  return found;
}

}  // namespace scaffold

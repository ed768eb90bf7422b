#include "fractal_unet/fractal/inspect.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/library_file.hpp"

namespace scaffold {
namespace {

constexpr const char* reference_name = "3DIFS_param";

bool numbered(const std::string& name, std::string_view prefix, std::uint64_t& value) {
  std::int64_t number = 0;
  if (!name.starts_with(prefix)) return false;
  const std::string digits = name.substr(prefix.size());
  if (digits.empty() || digits.front() == '+' || !parse_int(digits, number) || number < 0) return false;
  value = static_cast<std::uint64_t>(number);
  return true;
}

bool is_library_folder(const std::string& name) {
  std::uint64_t ignored = 0;
  return name == reference_name || numbered(name, "points", ignored);
}

/// A path of which filename() is the folder's own name.
fs::path named(const fs::path& path) {
  std::error_code error;
  fs::path full = fs::weakly_canonical(path, error);
  if (error) full = fs::absolute(path, error);
  return full.has_filename() ? full : full.parent_path();
}

/// Library folders at or below `path`, going down through var…/seed… only.
void collect(const fs::path& path, std::vector<fs::path>& into) {
  const std::string name = path.filename().string();
  if (is_library_folder(name)) return into.push_back(path);
  const bool seed = name.starts_with("seed"), threshold = name.starts_with("var");
  std::error_code error;
  for (fs::directory_iterator entry(path, error); !error && entry != fs::directory_iterator();
       entry.increment(error)) {
    const std::string below = entry->path().filename().string();
    const bool expected = seed        ? is_library_folder(below)
                          : threshold ? below.starts_with("seed")
                                      : below.starts_with("var");
    std::error_code ignored;
    if (expected && entry->is_directory(ignored)) collect(entry->path(), into);
  }
}

/// …/var<threshold>/seed<seed>/points<N>, as far as the names say so.
std::optional<LibrarySpec> spec_from_names(const fs::path& folder) {
  LibrarySpec spec;
  spec.points = 0;
  const fs::path seed = folder.parent_path(), threshold = seed.parent_path();
  const std::string name = threshold.filename().string();
  if (!numbered(seed.filename().string(), "seed", spec.seed)) return std::nullopt;
  if (!name.starts_with("var") || !parse_double(name.substr(3), spec.variance_threshold)) return std::nullopt;
  numbered(folder.filename().string(), "points", spec.points);
  spec.base_dir = threshold.parent_path();
  return spec;
}

void read_own_record(LibrarySummary& summary) {
  const auto record = read_record(summary.folder);
  if (!record) {
    if (summary.categories > 0)
      summary.notes.push_back("no library.json: its categories are taken as they are");
    return;
  }
  summary.generator = record->generator;
  summary.statistics = record->statistics;
  const std::optional<LibrarySpec> names = summary.spec;
  summary.spec = LibrarySpec{names ? names->base_dir : fs::path(), record->variance_threshold, record->seed,
                             record->points, record->normalize};
  if (names && (names->points != record->points || names->seed != record->seed ||
                names->variance_threshold != record->variance_threshold))
    summary.problems.push_back("library.json names other settings than the folder's name");
  const auto counted = static_cast<int>(record->attempts.size());
  if (counted > summary.categories)
    summary.problems.push_back(
        cat("library.json counts ", counted, " categories, ", summary.categories, " files are there"));
  if (counted < summary.categories)
    summary.notes.push_back(
        cat("a search was interrupted: library.json counts ", counted, " categories so far"));
}

void check_files(LibrarySummary& summary, const std::vector<int>& present) {
  if (present.empty()) summary.problems.push_back("no categories");
  if (const auto holes = present.empty() ? "" : missing_categories(present, present.back() + 1);
      !holes.empty())
    summary.problems.push_back(
        cat("holes: categories ", holes, " are missing; scaffold generate_fractals fills them"));
  for (const int k : present) {
    const fs::path file = category_file(summary.folder, k);
    std::error_code error;
    const auto size = fs::file_size(file, error);
    if (error)
      summary.problems.push_back(cat("'", file.filename().string(), "': ", error.message()));
    else if (size == 0 || size > max_category_bytes)
      summary.problems.push_back(
          cat("'", file.filename().string(), "' has ", size, " bytes, which no category has"));
  }
}

LibrarySummary summarize(const fs::path& folder) {
  LibrarySummary summary;
  summary.folder = folder;
  summary.from_reference = folder.filename() == reference_name;
  summary.spec = spec_from_names(folder);
  try {
    const std::vector<int> present = category_numbers(folder);
    summary.categories = static_cast<int>(present.size());
    check_files(summary, present);
    if (!summary.from_reference) read_own_record(summary);
    if (const auto left = leftovers(folder).size(); left > 0)
      summary.notes.push_back(cat(left, " temporary files of a killed generator"));
  } catch (const Error& error) {
    summary.problems.push_back(error.what());
  }
  if (summary.from_reference)
    summary.notes.push_back(
        "written by the reference: the number of points that it was made for is not recorded");
  return summary;
}

std::vector<fs::path> library_folders(const fs::path& path) {
  std::vector<fs::path> folders;
  std::error_code error;
  if (fs::is_directory(path, error)) collect(named(path), folders);
  std::sort(folders.begin(), folders.end());
  return folders;
}

}  // namespace

bool is_library_path(const fs::path& path) {
  try {
    return !library_folders(path).empty();
  } catch (const std::exception&) {
    return false;
  }
}

LibraryInfo inspect_library(const fs::path& path) {
  LibraryInfo info;
  for (const fs::path& folder : library_folders(path)) info.libraries.push_back(summarize(folder));
  if (info.libraries.empty())
    throw DataError(cat("no fractal library is at or below '", path.string(),
                        "': expected folders var<threshold>/seed<seed>/points<N>"));
  return info;
}

}  // namespace scaffold

#include "fractal_unet/fractal/library.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/library_file.hpp"

namespace scaffold {
namespace {

[[noreturn]] void throw_missing(const LibrarySpec& spec, const fs::path& folder, const std::string& what) {
  throw DataError(cat("fractal library '", folder.string(), "' ", what, " (seed ", spec.seed, ", ",
                      spec.points, " points a cloud, variance threshold ", shortest(spec.variance_threshold),
                      "); make it with: scaffold generate_fractals -c <your configuration>"));
}

Library load_own(const LibrarySpec& spec, int n, const std::vector<int>& present,
                 const std::optional<LibraryRecord>& record) {
  Library library{spec.folder(), false, {}};
  if (record)
    check_record(*record, spec);
  else
    log::info(cat("fractal library '", library.folder.string(),
                  "' has no library.json: its categories are taken as they are"));
  if (const auto missing = missing_categories(present, n); !missing.empty())
    throw_missing(spec, library.folder, cat("lacks categories ", missing, " of the ", n, " wanted"));
  for (int k = 0; k < n; ++k) {
    const fs::path file = category_file(library.folder, k);
    library.categories.push_back(read_category(file));
    // A search that was killed may have left files that its record does not yet know.
    if (record && static_cast<std::size_t>(k) < record->attempts.size())
      check_category(library.categories.back(), spec, record->attempts[static_cast<std::size_t>(k)], file);
  }
  return library;
}

/// The reference's random stream gave another sample of the same fractal, so its variance is allowed to come
/// out a tenth lower than the threshold.
void test_reference(const Library& library, const LibrarySpec& spec) {
  std::vector<CloudTask> tasks;
  for (std::size_t k = 0; k < library.categories.size(); ++k)
    tasks.push_back({library.categories[k], spec.seed, fractal_purpose::instance_cloud,
                     static_cast<std::uint32_t>(k), 0});
  const std::vector<Candidate> candidates = test_candidates(tasks, spec);
  for (std::size_t k = 0; k < candidates.size(); ++k) {
    const Candidate& candidate = candidates[k];
    if (candidate.rejection == Rejection::none) continue;
    bool near = candidate.rejection == Rejection::low_variance;
    for (const double variance : candidate.variance) near = near && variance > 0.9 * spec.variance_threshold;
    const auto what = cat("category ", k, " of the reference's library '", library.folder.string(), "' is ",
                          name(candidate.rejection), " at ", spec.points, " points");
    if (!near)
      throw DataError(cat(what,
                          ": it was made for another problem scale. Make a library for this one with: "
                          "scaffold generate_fractals -c <your configuration>"));
    log::warning(cat(what, ", but only just (less than a tenth below the threshold): used"));
  }
}

Library load_reference(const LibrarySpec& spec, int n, const fs::path& folder,
                       const std::vector<int>& present) {
  Library library{folder, true, {}};
  if (const auto missing = missing_categories(present, n); !missing.empty())
    throw_missing(spec, folder,
                  cat("(the reference's) lacks categories ", missing, " of the ", n, " wanted"));
  for (int k = 0; k < n; ++k) library.categories.push_back(read_category(category_file(folder, k)));
  test_reference(library, spec);
  log::info(cat("using the reference's fractal library '", folder.string(), "'"));
  return library;
}

}  // namespace

fs::path LibrarySpec::folder() const {
  return base_dir / cat("var", shortest(variance_threshold)) / cat("seed", seed) / cat("points", points);
}

fs::path LibrarySpec::reference_folder() const {
  return base_dir / cat("var", python_decimal(variance_threshold)) / cat("seed", seed) / "3DIFS_param";
}

Library load_library(const LibrarySpec& spec, int n_categories) {
  if (n_categories < 1 || n_categories > max_categories)
    throw ConfigError(cat("n_categories ", n_categories, " is outside 1 to ", max_categories));
  const fs::path folder = spec.folder();
  const std::vector<int> present = category_numbers(folder);
  const std::optional<LibraryRecord> record = read_record(folder);
  if (!present.empty() || record) return load_own(spec, n_categories, present, record);
  const fs::path theirs = spec.reference_folder();
  const std::vector<int> reference = category_numbers(theirs);
  if (reference.empty()) throw_missing(spec, folder, "does not exist");
  return load_reference(spec, n_categories, theirs, reference);
}

}  // namespace scaffold

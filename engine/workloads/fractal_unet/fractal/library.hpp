// The fractal library on disk: <fract_base_dir>/var<threshold>/seed<seed>/points<N>/NNNNNN.csv +
// library.json.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "fractal_unet/fractal/cloud.hpp"
#include "fractal_unet/fractal/ifs.hpp"

namespace scaffold {

struct LibrarySpec {
  fs::path base_dir;
  double variance_threshold = 0.15;
  std::uint64_t seed = 42;
  std::uint64_t points = 8192;
  double normalize = 1;

  fs::path folder() const;            ///< our layout's folder
  fs::path reference_folder() const;  ///< the reference's: …/seed<seed>/3DIFS_param
};

/// Why a candidate was turned down; counted in library.json.
enum class Rejection { none, runaway, not_finite, flat, low_variance };
const char* name(Rejection reason);

struct Candidate {
  Rejection rejection = Rejection::none;
  std::array<double, 3> variance{};  ///< along x, y, z after normalization; 0 where it could not be computed
  std::array<double, 3> extent{};    ///< before normalization
};
/// Coefficients of attempt number `attempt` of the global sequence.
Ifs candidate_ifs(std::uint64_t seed, std::uint64_t attempt);
/// Tests an IFS at spec.points with the attempt's own stream (the viewer's gauge and the search share this).
Candidate test_candidate(const Ifs& ifs, const LibrarySpec& spec, std::uint64_t attempt);
/// Tests many chains in lanes, on their own streams; nothing is stored, so memory does not grow with
/// spec.points.
std::vector<Candidate> test_candidates(std::span<const CloudTask> tasks, const LibrarySpec& spec);

struct LibraryStatistics {
  std::uint64_t tried = 0, accepted = 0, runaway = 0, not_finite = 0, flat = 0, low_variance = 0;
};

/// Adds one candidate that was tried.
void count(LibraryStatistics& statistics, Rejection result);

/// How several processes share out a search: rank r of `ranks` tests its part of each wave of candidates,
/// `sum` adds up what they found (element-wise, on all of them). Only rank 0 writes.
struct SearchShare {
  int rank = 0, ranks = 1;
  std::function<void(std::vector<std::int64_t>&)> sum;
};

/// Makes categories 0 … n−1, filling holes, never overwriting; identical for any number of threads. `force`
/// starts over. Safe against two generators at once. Returns the folder.
fs::path generate_library(const LibrarySpec& spec, int n_categories, int threads, bool force = false,
                          const SearchShare& share = {});

struct Library {
  fs::path folder;
  bool from_reference = false;
  std::vector<Ifs> categories;
};
/// Reads categories 0 … n−1. Throws DataError naming what is missing and the command that makes it. A library
/// of the reference is used where only it exists, after each category was tested at spec.points.
Library load_library(const LibrarySpec& spec, int n_categories);

}  // namespace scaffold

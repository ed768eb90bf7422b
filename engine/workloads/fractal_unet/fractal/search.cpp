// The category search. Attempts are one global sequence; batches of them are tested in parallel, but taken in
// their order, so the library depends on nothing but its specification.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <exception>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/library_file.hpp"

namespace scaffold {
namespace {

constexpr std::uint64_t max_attempts = std::uint64_t{1} << 40;

void check_spec(const LibrarySpec& spec, int n) {
  if (n < 1 || n > max_categories)
    throw ConfigError(cat("n_categories ", n, " is outside 1 to ", max_categories));
  if (spec.points < 2)
    throw ConfigError(
        cat("a cloud of ", spec.points, " point has no extent: choose problem_scale 3 or more"));
  if (!(std::isfinite(spec.normalize) && spec.normalize > 0))
    throw ConfigError(cat("normalize ", shortest(spec.normalize), " must be a number above 0"));
  // Half the range squared bounds any variance (Popoviciu), and the range is 2·normalize.
  if (!(spec.variance_threshold < spec.normalize * spec.normalize))
    throw ConfigError(cat("variance_threshold ", shortest(spec.variance_threshold),
                          " can never be exceeded: within ±", shortest(spec.normalize),
                          " a variance is at most ", shortest(spec.normalize * spec.normalize)));
}

FileLock wait_for_lock(const fs::path& folder) {
  for (bool told = false;; told = true) {
    if (auto lock = FileLock::try_acquire(folder / ".lock")) return std::move(*lock);
    if (!told)
      log::info(
          cat("another scaffold is making the fractal library '", folder.string(), "': waiting for it"));
    signals::check();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void remove_file(const fs::path& file) {
  std::error_code error;
  fs::remove(file, error);
  if (error) throw SystemError(cat("cannot remove '", file.string(), "': ", error.message()));
}

/// The record goes first: without it a half-emptied library is merely one that is searched anew.
void clear(const fs::path& folder) {
  remove_file(record_file(folder));
  for (const int k : category_numbers(folder)) remove_file(category_file(folder, k));
}

/// A wave was stopped, which every rank knows.
struct StoppedInWave : Interrupted {
  using Interrupted::Interrupted;
};

/// Some attempts of the sequence, tested in portions by all ranks. Long clouds make small portions, so that a
/// signal is not kept waiting and little is tested in vain.
struct Wave {
  std::uint64_t first = 0, portion = 0, portions = 0;
};

/// Tests this rank's portions and learns the others'. Throws on every rank when any was stopped.
std::vector<Rejection> test_portions(const Wave& wave, const LibrarySpec& spec, int threads,
                                     const SearchShare& share) {
  std::vector<std::int64_t> found(wave.portion * wave.portions + 1);  // the last: how many ranks were stopped
  const auto ranks = static_cast<std::uint64_t>(share.ranks), rank = static_cast<std::uint64_t>(share.rank);
  std::exception_ptr stopped;
  try {
    parallel_for((wave.portions - rank + ranks - 1) / ranks, threads, [&](std::uint64_t own) {
      const std::uint64_t p = own * ranks + rank;
      std::vector<CloudTask> tasks;
      for (std::uint64_t i = 0; i < wave.portion; ++i) {
        const std::uint64_t attempt = wave.first + p * wave.portion + i;
        tasks.push_back({candidate_ifs(spec.seed, attempt), spec.seed, fractal_purpose::category_cloud,
                         static_cast<std::uint32_t>(attempt), static_cast<std::uint32_t>(attempt >> 32)});
      }
      const std::vector<Candidate> candidates = test_candidates(tasks, spec);
      for (std::uint64_t i = 0; i < wave.portion; ++i)
        found[p * wave.portion + i] = static_cast<std::int64_t>(candidates[i].rejection);
    });
  } catch (...) {
    stopped = std::current_exception();
    found.back() = 1;
  }
  if (share.ranks > 1) share.sum(found);
  if (share.ranks > 1 && found.back() > 0)
    throw StoppedInWave(signals::pending() ? signals::pending() : SIGTERM);
  if (stopped) std::rethrow_exception(stopped);
  std::vector<Rejection> results;
  for (std::size_t i = 0; i + 1 < found.size(); ++i) results.push_back(static_cast<Rejection>(found[i]));
  return results;
}

/// Rank 0 says what comes next, {0, 0, 0} at the end.
Wave announce(const SearchShare& share, const Wave& wave) {
  if (share.ranks == 1) return wave;
  std::vector<std::int64_t> numbers{static_cast<std::int64_t>(wave.first),
                                    static_cast<std::int64_t>(wave.portion),
                                    static_cast<std::int64_t>(wave.portions)};
  share.sum(numbers);
  return {static_cast<std::uint64_t>(numbers[0]), static_cast<std::uint64_t>(numbers[1]),
          static_cast<std::uint64_t>(numbers[2])};
}

class Search {
 public:
  Search(const LibrarySpec& spec, int n, int threads, SearchShare share)
      : spec_(spec),
        share_(std::move(share)),
        folder_(spec.folder()),
        wanted_(static_cast<std::size_t>(n)),
        threads_(std::max(threads, 1)) {
    if (auto record = read_record(folder_)) {
      check_record(*record, spec_);
      record_ = std::move(*record);
    }
  }

  /// Nothing is missing and all files are what they should be.
  bool complete() const {
    if (record_.attempts.size() < wanted_) return false;
    for (std::size_t k = 0; k < wanted_; ++k)
      if (!fs::exists(file(k))) return false;
    for (std::size_t k = 0; k < wanted_; ++k) check_file(k);
    return true;
  }

  void run() {
    for (std::size_t k = 0; k < std::min(wanted_, record_.attempts.size()); ++k) put(k);
    if (record_.attempts.size() >= wanted_) return;
    Progress progress("Fractal categories", wanted_, "categories");
    progress.advance(record_.attempts.size());
    Stopwatch since_record;
    while (record_.attempts.size() < wanted_) {
      const std::size_t before = record_.attempts.size();
      take(test_wave());
      for (std::size_t k = before; k < record_.attempts.size(); ++k) put(k);
      const std::size_t found = record_.attempts.size() - before;
      progress.advance(found, cat("attempt ", record_.statistics.tried));
      if (found > 0 || since_record.seconds() > 5) {
        write_record(folder_, spec_, record_);
        since_record.restart();
      }
    }
    const LibraryStatistics& s = record_.statistics;
    log::info(cat("fractal library '", folder_.string(), "': ", s.accepted, " categories from ", s.tried,
                  " candidates (", s.runaway, " ran away, ", s.not_finite, " not finite, ", s.flat, " flat, ",
                  s.low_variance, " of low variance)"));
  }

 private:
  fs::path file(std::size_t k) const { return category_file(folder_, static_cast<int>(k)); }
  void check_file(std::size_t k) const {
    check_category(read_category(file(k)), spec_, record_.attempts[k], file(k));
  }

  /// Writes category k unless it is there.
  void put(std::size_t k) const {
    if (fs::exists(file(k))) return check_file(k);
    write_atomic(file(k), to_csv(candidate_ifs(spec_.seed, record_.attempts[k])));
  }

  /// The next attempts' results, in order.
  std::vector<Rejection> test_wave() const {
    if (record_.statistics.tried >= max_attempts)
      throw DataError(cat("no ", wanted_, " categories among the first ", record_.statistics.tried,
                          " candidates: choose a lower variance_threshold than ",
                          shortest(spec_.variance_threshold)));
    const std::uint64_t portion = std::clamp<std::uint64_t>((std::uint64_t{1} << 22) / spec_.points, 16, 512);
    const auto workers = static_cast<std::uint64_t>(threads_) * static_cast<std::uint64_t>(share_.ranks);
    return test_portions(announce(share_, {record_.statistics.tried, portion, 2 * workers}), spec_, threads_,
                         share_);
  }

  /// Counts results up to the last category wanted; what was tested beyond it is as if it never was.
  void take(const std::vector<Rejection>& results) {
    LibraryStatistics& s = record_.statistics;
    for (const Rejection result : results) {
      if (record_.attempts.size() == wanted_) return;
      if (result == Rejection::none) record_.attempts.push_back(s.tried);
      count(s, result);
    }
  }

  LibrarySpec spec_;
  SearchShare share_;
  fs::path folder_;
  std::size_t wanted_;
  int threads_;
  LibraryRecord record_;
};

}  // namespace

fs::path generate_library(const LibrarySpec& spec, int n_categories, int threads, bool force,
                          const SearchShare& share) {
  check_spec(spec, n_categories);
  const fs::path folder = spec.folder();
  if (share.rank > 0) {
    for (Wave wave; (wave = announce(share, {})).portions > 0;)
      test_portions(wave, spec, std::max(threads, 1), share);
    return folder;
  }
  // However this ends, the other ranks are told, unless they stopped it.
  struct End {
    const SearchShare& share;
    bool told = false;
    ~End() {
      if (!told) announce(share, {});
    }
  } end{share};
  // A finished library is used where it lies, also from a read-only place.
  if (!force && fs::exists(record_file(folder)) && Search(spec, n_categories, threads, share).complete())
    return folder;
  ensure_writable_folder(folder);
  const FileLock lock = wait_for_lock(folder);
  if (force) clear(folder);
  for (const fs::path& file : leftovers(folder)) remove_file(file);
  try {
    Search(spec, n_categories, threads, share).run();
  } catch (const StoppedInWave&) {
    end.told = true;
    throw;
  }
  return folder;
}

}  // namespace scaffold

#include "dataset/generate.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "dataset/staging.hpp"
#include "dataset/volume.hpp"
#include "fractal/instance.hpp"
#include "fractal/voxelize.hpp"
#include "storage/container.hpp"

namespace scaffold {

namespace {

constexpr std::uint64_t bytes_per_point = 12 + 8;  // a cloud's coordinates and its voxel list
constexpr std::uint64_t slab_bytes = std::uint64_t{4} << 20;
constexpr std::uint64_t largest_batch =
    16;  // volumes: enough clouds to fill the lanes, small enough to share out

std::uint64_t volume_working_bytes(const DatasetSpec& spec) {
  return static_cast<std::uint64_t>(spec.n_fracts_per_vol) * cloud_points(spec.problem_scale) *
         bytes_per_point;
}

std::uint64_t memory_for(const DatasetSpec& spec, int threads, const GenerationLimits& limits) {
  const Extent3 chunk = chunk_extent(spec, limits.chunk_bytes);
  const std::uint64_t batch = std::max(
      volume_working_bytes(spec), std::min(limits.batch_bytes, largest_batch * volume_working_bytes(spec)));
  const std::uint64_t sorting = cloud_points(spec.problem_scale) * 8;
  const auto mask = static_cast<std::uint64_t>(chunk[0] * chunk[1] * chunk[2]);
  return static_cast<std::uint64_t>(threads) * (batch + sorting + mask + slab_bytes);
}

int affordable_threads(const DatasetSpec& spec, int threads, const GenerationLimits& limits) {
  const std::uint64_t available = available_memory();
  for (int t = std::max(threads, 1); t >= 1; --t)
    if (memory_for(spec, t, limits) <= available) return t;
  throw ConfigError(cat("problem_scale: generating volumes of scale ", spec.problem_scale, " needs ",
                        human_bytes(static_cast<double>(memory_for(spec, 1, limits))), " of memory, ",
                        human_bytes(static_cast<double>(available)),
                        " are available; use a smaller scale or a larger machine"));
}

void check_space(const DatasetSpec& spec) {
  const auto needed = static_cast<double>(dataset_bytes(spec)) * 1.01 + (16 << 20);
  const auto available = static_cast<double>(free_space(spec.dataset_dir));
  if (needed > available)
    throw SystemError(cat("the dataset needs ", human_bytes(needed), " in '", spec.dataset_dir.string(),
                          "', ", human_bytes(available),
                          " are free; make room, or choose another dataset_dir or dataset_format: compact"));
}

// An index that no reader would accept is refused before the work, not after it.
void check_index_size(const DatasetIndex& index) {
  const Extent3 grid = index.chunk_grid();
  const auto chunks = static_cast<std::uint64_t>(grid[0] * grid[1] * grid[2]);
  if (index.volumes.size() * (400 + 2 * 40 * chunks) > max_index_bytes)
    throw ConfigError(cat("dc_num_shards: ", index.volumes.size(), " volumes of ", chunks,
                          " blocks are more than an index can list; use fewer shards"));
}

DatasetIndex plan_index(const DatasetSpec& spec, const Library& library, const GenerationLimits& limits) {
  DatasetIndex index;
  index.spec = spec;
  index.hash = hash(spec, library.categories);
  index.chunk = chunk_extent(spec, limits.chunk_bytes);
  index.plan = make_plan({spec.seed, spec.n_categories, spec.n_instances_used_per_fractal,
                          spec.n_fracts_per_vol, spec.val_split});
  index.palette = make_palette(spec.seed, spec.n_categories);
  for (const Ifs& ifs : library.categories) index.categories.push_back(to_csv(ifs));
  index.volumes.resize(index.plan.volumes.size());
  check_index_size(index);
  return index;
}

// Volumes [begin, end): all their clouds side by side, then voxel lists, then one file after another.
void generate_batch(const Library& library, DatasetIndex& index, std::size_t begin, std::size_t end,
                    Staging& staging, Progress& progress) {
  std::vector<InstanceRequest> requests;
  for (std::size_t v = begin; v < end; ++v)
    for (const auto& f : index.plan.volumes[v])
      requests.push_back({library.categories[static_cast<std::size_t>(f.category)], f.category, f.instance});
  auto clouds = generate_instances(requests, index.spec.seed, cloud_points(index.spec.problem_scale));
  std::vector<Occupied> occupied(requests.size());
  for (std::size_t i = 0; i < requests.size(); ++i) {
    occupied[i] = {requests[i].category, occupied_voxels(clouds[i].cloud, index.spec.edge())};
    clouds[i].cloud = Cloud{};  // its memory is needed for the next list
  }
  const auto alive = [&] {
    signals::check();
    staging.alive();
  };
  const auto per_volume = static_cast<std::size_t>(index.spec.n_fracts_per_vol);
  for (std::size_t v = begin; v < end; ++v) {
    alive();
    write_volume(staging.path(), index, v, std::span(occupied).subspan((v - begin) * per_volume, per_volume),
                 index.volumes[v], alive);
    progress.advance();
  }
}

void generate_volumes(const Library& library, DatasetIndex& index, int threads,
                      const GenerationLimits& limits, Staging& staging) {
  const std::size_t volumes = index.volumes.size();
  const auto share = (volumes + static_cast<std::size_t>(threads) - 1) / static_cast<std::size_t>(threads);
  const std::size_t fit = limits.batch_bytes / volume_working_bytes(index.spec);
  const std::size_t batch = std::clamp<std::size_t>(fit, 1, std::min<std::size_t>(largest_batch, share));
  Progress progress("Generating dataset", volumes, "volumes");
  parallel_for((volumes + batch - 1) / batch, threads, [&](std::uint64_t b) {
    generate_batch(library, index, b * batch, std::min(volumes, (b + 1) * batch), staging, progress);
  });
}

void sync_all(const DatasetIndex& index, const fs::path& folder, int threads) {
  parallel_for(index.volumes.size(), threads,
               [&](std::uint64_t v) { sync_path(folder / index.volumes[v].file); });
  sync_path(folder / "volumes");
  sync_path(folder);
}

void generate(const DatasetSpec& spec, const Library& library, int threads, const GenerationLimits& limits) {
  DatasetIndex index = plan_index(spec, library, limits);
  Staging staging(spec.dataset_dir, index.hash);
  reclaim_leftovers(spec.dataset_dir, index.hash, fs::last_write_time(staging.path()));
  check_space(spec);
  generate_volumes(library, index, threads, limits, staging);
  write_atomic(staging.path() / "dataset.xdmf", xdmf(index));
  write_atomic(staging.path() / "index.json", to_json(index));
  sync_all(index, staging.path(), threads);
  staging.publish_as(spec.dataset_dir / index.hash);
}

// Info of a finished dataset, nothing when the folder is not there; DataError when it is there and not sound.
std::optional<DatasetInfo> existing(const fs::path& folder, const std::string& expected) {
  std::error_code error;
  if (fs::symlink_status(folder, error).type() == fs::file_type::not_found) return std::nullopt;
  try {
    const DatasetReader reader(folder);
    if (reader.index().hash != expected)
      throw DataError(
          cat("'", folder.string(), "' holds dataset ", reader.index().hash, ", not its own name"));
    return reader.info();
  } catch (const DataError& unsound) {
    throw DataError(cat(unsound.what(), ". Delete '", folder.string(),
                        "' or start over with --datagen-from-scratch 1 to have it generated anew"));
  }
}

FileLock wait_for_lock(const fs::path& path) {
  bool said = false;
  for (;;) {
    if (auto lock = FileLock::try_acquire(path)) return std::move(*lock);
    if (!said)
      log::info(
          cat("Another process is generating this dataset (lock '", path.string(), "'); waiting for it"));
    said = true;
    signals::check();
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
}

void check_library(const DatasetSpec& spec, const Library& library) {
  if (library.categories.size() != static_cast<std::size_t>(spec.n_categories))
    throw DataError(cat("library '", library.folder.string(), "': ", library.categories.size(),
                        " categories were loaded, n_categories is ", spec.n_categories));
}

}  // namespace

std::uint64_t generation_memory(const DatasetSpec& spec, int threads) {
  return memory_for(spec, threads, {});
}

std::uint64_t dataset_bytes(const DatasetSpec& spec) {
  const auto edge = static_cast<std::uint64_t>(spec.edge());
  const auto used = static_cast<std::uint64_t>(spec.n_instances_used_per_fractal / spec.n_fracts_per_vol);
  const Extent3 chunk = chunk_extent(spec);
  const std::uint64_t chunks =
      edge * edge * edge / static_cast<std::uint64_t>(chunk[0] * chunk[1] * chunk[2]);
  const std::uint64_t metadata = user_block_size(2 * chunks) + 1200;
  return static_cast<std::uint64_t>(spec.n_categories) * used *
         (edge * edge * edge * (spec.compact() ? 1 : 13) + metadata);
}

namespace {
DatasetInfo make_or_reuse(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                          const GenerationLimits& limits) {
  const Stopwatch clock;
  validate(spec);
  check_library(spec, library);
  const std::string name = hash(spec, library.categories);
  const fs::path folder = spec.dataset_dir / name;
  if (!from_scratch)
    if (auto info = existing(folder, name)) return *info;
  ensure_writable_folder(spec.dataset_dir);
  const int affordable = affordable_threads(spec, threads, limits);
  const FileLock lock = wait_for_lock(lock_path(spec.dataset_dir, name));
  if (!from_scratch)
    if (auto info = existing(folder, name)) return *info;  // made while we waited
  generate(spec, library, affordable, limits);
  DatasetInfo info = DatasetReader(folder).info();
  info.generation_seconds = clock.seconds();
  return info;
}
}  // namespace

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           const GenerationLimits& limits) {
  try {
    return make_or_reuse(spec, library, threads, from_scratch, limits);
  } catch (const fs::filesystem_error& error) {
    throw SystemError(cat("generating the dataset in '", spec.dataset_dir.string(), "': ", error.what()));
  } catch (const std::bad_alloc&) {
    throw SystemError(cat("not enough memory to generate volumes of scale ", spec.problem_scale,
                          "; use fewer threads or a smaller scale"));
  }
}

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch) {
  return ensure_dataset(spec, library, threads, from_scratch, GenerationLimits{});
}

}  // namespace scaffold

#include "fractal_unet/dataset/generate.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <functional>
#include <memory>
#include <thread>

#include "core/clock.hpp"
#include "core/coding.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/signals.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "data/staging.hpp"
#include "fractal_unet/dataset/labels.hpp"
#include "fractal_unet/dataset/volume.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "fractal_unet/fractal/voxelize.hpp"
#include "storage/container.hpp"
#include "storage/vtkhdf.hpp"

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
  const std::uint64_t available = available_memory() / static_cast<std::uint64_t>(limits.ranks_here);
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
  if (index.volumes.size() * (400 + std::uint64_t{80} * chunks) > max_index_bytes)
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

/// The disk works while the next volumes are computed, so that little is left for the syncs at the end.
void start_writing_back([[maybe_unused]] const fs::path& file) {
#if defined(SYNC_FILE_RANGE_WRITE)
  ::sync_file_range(open_read(file).get(), 0, 0,
                    SYNC_FILE_RANGE_WRITE);  // where it cannot, the sync does all
#endif
}

std::vector<Occupied> voxel_lists(const std::vector<InstanceRequest>& requests, const DatasetSpec& spec,
                                  const VoxelMaker& maker) {
  std::vector<Occupied> lists(requests.size());
  std::vector<std::size_t> left;
  auto made = maker ? maker(requests, spec) : std::vector<std::optional<std::vector<std::uint64_t>>>();
  made.resize(requests.size());
  std::vector<InstanceRequest> here;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    lists[i].category = requests[i].category;
    if (made[i]) {
      lists[i].voxels = std::move(*made[i]);
    } else {
      left.push_back(i);
      here.push_back(requests[i]);
    }
  }
  auto clouds = generate_instances(here, spec.seed, cloud_points(spec.problem_scale));
  for (std::size_t i = 0; i < left.size(); ++i) {
    lists[left[i]].voxels = occupied_voxels(clouds[i].cloud, spec.edge());
    clouds[i].cloud = Cloud{};  // its memory is needed for the next list
  }
  return lists;
}

// Volumes [begin, end): all their clouds side by side, then voxel lists, then one file after another.
void generate_batch(const Library& library, DatasetIndex& index, std::size_t begin, std::size_t end,
                    const VoxelMaker& maker, const fs::path& folder, const std::function<void()>& beat,
                    Progress& progress) {
  std::vector<InstanceRequest> requests;
  for (std::size_t v = begin; v < end; ++v)
    for (const auto& f : index.plan.volumes[v])
      requests.push_back({library.categories[static_cast<std::size_t>(f.category)], f.category, f.instance});
  const std::vector<Occupied> occupied = voxel_lists(requests, index.spec, maker);
  const auto alive = [&] {
    signals::check();
    beat();
  };
  const auto per_volume = static_cast<std::size_t>(index.spec.n_fracts_per_vol);
  for (std::size_t v = begin; v < end; ++v) {
    alive();
    write_volume(folder, index, v, std::span(occupied).subspan((v - begin) * per_volume, per_volume),
                 index.volumes[v], alive);
    start_writing_back(folder / index.volumes[v].file);
    progress.advance();
  }
}

/// Number `rank` of `ranks` takes every ranks-th batch of volumes.
struct Share {
  std::size_t rank = 0, ranks = 1;
};

// Which volumes were made here.
std::vector<std::size_t> generate_volumes(const Library& library, DatasetIndex& index, int threads,
                                          const GenerationLimits& limits, const fs::path& folder, Share share,
                                          const std::function<void()>& beat) {
  const std::size_t volumes = index.volumes.size(), workers = share.ranks * static_cast<std::size_t>(threads);
  const std::size_t fit = limits.batch_bytes / volume_working_bytes(index.spec);
  const std::size_t batch = std::clamp<std::size_t>(
      fit, 1, std::min<std::size_t>(largest_batch, (volumes + workers - 1) / workers));
  std::vector<std::size_t> begins, made;
  for (std::size_t begin = share.rank * batch; begin < volumes; begin += share.ranks * batch) {
    begins.push_back(begin);
    for (std::size_t v = begin; v < std::min(volumes, begin + batch); ++v) made.push_back(v);
  }
  Progress progress("Generating dataset", std::max<std::size_t>(made.size(), 1), "volumes");
  parallel_for(begins.size(), threads, [&](std::uint64_t b) {
    generate_batch(library, index, begins[b], std::min(volumes, begins[b] + batch), limits.voxels, folder,
                   beat, progress);
  });
  parallel_for(made.size(), threads,
               [&](std::uint64_t i) { sync_path(folder / index.volumes[made[i]].file); });
  return made;
}

// What one rank tells the others about the volumes that it made: their index entries.
std::string pack(const DatasetIndex& index, const std::vector<std::size_t>& made) {
  std::string text;
  const auto put = [&](std::uint64_t value) { append_little_endian(text, value); };
  for (const std::size_t v : made) {
    const auto& entry = index.volumes[v];
    put(v);
    put(entry.bytes);
    put(entry.file.size());
    text += entry.file;
    for (const auto* list : {&entry.image_offset, &entry.image_xxh3, &entry.mask_offset, &entry.mask_xxh3}) {
      put(list->size());
      for (const auto value : *list) put(value);
    }
  }
  return text;
}

void unpack(std::string_view text, DatasetIndex& index) {
  const auto take = [&] { return take_little_endian<std::uint64_t>(text); };
  while (!text.empty()) {
    auto& entry = index.volumes[take()];
    entry.bytes = take();
    const std::uint64_t length = take();
    entry.file = text.substr(0, length);
    text.remove_prefix(length);
    for (auto* list : {&entry.image_offset, &entry.image_xxh3, &entry.mask_offset, &entry.mask_xxh3}) {
      list->resize(take());
      for (auto& value : *list) value = take();
    }
  }
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

/// In a sticky folder (such as /tmp) only the owner of a dataset may put another in its place: known before
/// the work, not after it.
void check_replaceable(const fs::path& folder) {
  struct stat dataset {
  }, parent{};
  if (::lstat(folder.c_str(), &dataset) != 0 || ::stat(folder.parent_path().c_str(), &parent) != 0) return;
  const uid_t user = ::geteuid();
  if ((parent.st_mode & S_ISVTX) == 0 || user == 0 || user == dataset.st_uid || user == parent.st_uid) return;
  throw SystemError(cat("datagen_from_scratch cannot replace '", folder.string(), "': it is ",
                        owner_name(folder), "'s, and in '", folder.parent_path().string(),
                        "' (sticky) each may replace only what is "
                        "their own; leave it out to use that dataset, or choose another dataset_dir"));
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

/// What rank 0 holds while a dataset is made.
struct Making {
  FileLock lock;
  Staging staging;
};

/// Nothing when the dataset is there already.
std::unique_ptr<Making> begin_making(const DatasetSpec& spec, const std::string& name, bool from_scratch,
                                     const GenerationLimits& limits) {
  const fs::path folder = spec.dataset_dir / name;
  if (!from_scratch && existing(folder, name)) return nullptr;
  ensure_writable_folder(spec.dataset_dir);
  if (from_scratch) check_replaceable(folder);
  affordable_threads(spec, 1, limits);  // throws where not even one can work
  FileLock lock = wait_for_lock(lock_path(spec.dataset_dir, name));
  if (!from_scratch && existing(folder, name)) return nullptr;  // made while we waited
  std::unique_ptr<Making> making(new Making{std::move(lock), Staging(spec.dataset_dir, name)});
  reclaim_leftovers(spec.dataset_dir, name, fs::last_write_time(making->staging.path()));
  check_space(spec);
  return making;
}

void finish_making(Making& making, const DatasetIndex& index, const fs::path& folder) {
  const fs::path staging = making.staging.path();
  write_atomic(staging / "dataset.xdmf", xdmf(index));
  write_vtkhdf(staging / "dataset.vtkhdf", described_labels(staging, index, 0));
  write_atomic(staging / "index.json", to_json(index));
  sync_path(staging / "volumes");
  sync_path(staging);
  making.staging.publish_as(folder);
}

DatasetInfo make_or_reuse(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                          const GenerationLimits& limits, Communicator& ranks) {
  const Stopwatch clock;
  const bool is_root = ranks.rank() == 0;
  std::unique_ptr<Making> making;
  std::string name;
  int affordable = 1;
  collective_try(ranks, [&] {
    validate(spec);
    check_library(spec, library);
    name = hash(spec, library.categories);
    if (is_root) making = begin_making(spec, name, from_scratch, limits);
  });
  const fs::path folder = spec.dataset_dir / name;
  const fs::path staging = broadcast(ranks, making ? making->staging.path().string() : "", 0);
  if (!staging.empty()) {
    DatasetIndex index;
    std::vector<std::size_t> made;
    collective_try(ranks, [&] {
      affordable = affordable_threads(spec, threads, limits);
      index = plan_index(spec, library, limits);
      const auto beat = [&] {
        if (making) making->staging.alive();
      };
      made = generate_volumes(
          library, index, affordable, limits, staging,
          {static_cast<std::size_t>(ranks.rank()), static_cast<std::size_t>(ranks.size())}, beat);
    });
    for (const auto& part : all_gather(ranks, pack(index, made))) unpack(part, index);
    collective_try(ranks, [&] {
      if (making) finish_making(*making, index, folder);
    });
  }
  DatasetInfo info;
  collective_try(ranks, [&] { info = DatasetReader(folder).info(); });
  if (!staging.empty()) info.generation_seconds = clock.seconds();
  return info;
}
}  // namespace

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           const GenerationLimits& limits, Communicator& ranks) {
  try {
    return make_or_reuse(spec, library, threads, from_scratch, limits, ranks);
  } catch (const fs::filesystem_error& error) {
    throw SystemError(cat("generating the dataset in '", spec.dataset_dir.string(), "': ", error.what()));
  } catch (const std::bad_alloc&) {
    throw SystemError(cat("not enough memory to generate volumes of scale ", spec.problem_scale,
                          "; use fewer threads or a smaller scale"));
  }
}

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           const GenerationLimits& limits) {
  return ensure_dataset(spec, library, threads, from_scratch, limits, *single_process());
}

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch) {
  return ensure_dataset(spec, library, threads, from_scratch, GenerationLimits{});
}

DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           Communicator& ranks, int ranks_here) {
  GenerationLimits limits;
  limits.ranks_here = ranks_here;
  return ensure_dataset(spec, library, threads, from_scratch, limits, ranks);
}

}  // namespace scaffold

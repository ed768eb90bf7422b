#include "fractal_unet/bench/data.hpp"

#include <algorithm>
#include <optional>

#include "core/disk_probe.hpp"
#include "core/parallel.hpp"
#include "core/scratch_folder.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "data/loader.hpp"
#include "fractal_unet/dataset/generate.hpp"

namespace scaffold {
namespace {

/// The first volumes that together hold about `bytes`, at least one.
std::vector<std::int32_t> first_volumes(const DatasetReader& reader, std::uint64_t bytes) {
  std::vector<std::int32_t> volumes;
  std::uint64_t sum = 0;
  for (const auto& volume : reader.index().volumes) {
    if (!volumes.empty() && sum + volume.bytes > bytes) break;
    sum += volume.bytes;
    volumes.push_back(static_cast<std::int32_t>(volumes.size()));
  }
  return volumes;
}

/// Reads what the loader reads, and does nothing with it. Each thread has so many buffers, which take turns.
class BareReads {
 public:
  BareReads(const DatasetReader& reader, std::vector<std::int32_t> volumes, int threads, int buffers)
      : reader_(reader),
        volumes_(std::move(volumes)),
        threads_(static_cast<std::size_t>(threads)),
        buffers_(threads_ * static_cast<std::size_t>(buffers)) {
    const DatasetIndex& index = reader.index();
    const Extent3 grid = index.chunk_grid();
    chunks_ = static_cast<std::uint64_t>(grid[0] * grid[1] * grid[2]);
    for (auto& buffer : buffers_) buffer.resize(volume_bytes());
  }
  std::uint64_t volume_bytes() const {
    return chunks_ * (reader_.index().mask_chunk_bytes() + reader_.index().image_chunk_bytes());
  }
  void run() {
    parallel_for(threads_, static_cast<int>(threads_), [&](std::uint64_t thread) {
      for (std::size_t i = thread; i < volumes_.size(); i += threads_)
        read(volumes_[i], buffers_[i % buffers_.size()].data());
    });
  }

 private:
  void read(std::int32_t number, unsigned char* into) {
    const DatasetIndex& index = reader_.index();
    const auto& volume = index.volumes[static_cast<std::size_t>(number)];
    const fs::path path = reader_.folder() / volume.file;
    const FileDescriptor file = open_read(path);
    for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
      pread_exact(file.get(), into, index.mask_chunk_bytes(), volume.mask_offset[chunk], path);
      into += index.mask_chunk_bytes();
      if (index.spec.compact()) continue;
      pread_exact(file.get(), into, index.image_chunk_bytes(), volume.image_offset[chunk], path);
      into += index.image_chunk_bytes();
    }
  }

  const DatasetReader& reader_;
  std::vector<std::int32_t> volumes_;
  std::size_t threads_;
  std::vector<std::vector<unsigned char>> buffers_;
  std::uint64_t chunks_ = 1;
};

}  // namespace

bench::Report bench_loader(const DatasetReader& reader, const LoaderBenchOptions& options) {
  const DatasetIndex& index = reader.index();
  const std::vector<std::int32_t> volumes = first_volumes(reader, options.bytes);
  const std::int64_t edge = index.spec.edge();
  // What is read into one buffer stays in a cache as far as it fits; samples that are kept, one being trained
  // on and others read ahead, cannot.
  constexpr int in_turns = 3;
  BareReads bare(reader, volumes, options.workers, 1), fresh(reader, volumes, options.workers, in_turns);
  LoaderOptions loading;
  loading.box = Block{{0, 0, 0}, {edge, edge, edge}};
  loading.workers = options.workers;
  loading.budget_bytes = options.budget_bytes;
  Loader loader(reader, loading);
  const auto load = [&volumes](Loader& from) {
    from.start(volumes);
    while (from.next()) {
    }
  };

  bench::Report report;
  report.part = "loader";
  report.threads = options.workers;
  report.facts = {{"dataset", cat(reader.folder().string(), ", scale ", index.spec.problem_scale, ", ",
                                  index.spec.format)},
                  {"a round", cat(volumes.size(), " volumes, ",
                                  human_bytes(static_cast<double>(bare.volume_bytes() * volumes.size())))},
                  {"threads that read", cat(options.workers)}};
  bench::Work work;
  work.items = static_cast<double>(volumes.size());
  work.item = "samples";
  work.bytes = static_cast<double>(bare.volume_bytes() * volumes.size());
  std::vector<bench::Alternative> ways{{"pread alone", [&] { bare.run(); }},
                                       {cat("pread, ", in_turns, " buffers in turns"), [&] { fresh.run(); }},
                                       {"loader", [&] { load(loader); }}};
  const DatasetReader around(reader.folder(), true);
  Loader direct(around, loading);
  if (options.direct) ways.push_back({"loader, direct_io", [&] { load(direct); }});
  report.comparisons.push_back(bench::compare("from the page cache", work, ways, options.limits));
  return report;
}

namespace {

/// The first candidates of seed 42 that a library would take.
Library bench_library(const DatasetSpec& spec) {
  LibrarySpec rules;
  rules.points = cloud_points(spec.problem_scale);
  Library library;
  library.folder = "of the benchmark";
  for (std::uint64_t attempt = 0; static_cast<int>(library.categories.size()) < spec.n_categories;
       ++attempt) {
    const Ifs candidate = candidate_ifs(rules.seed, attempt);
    if (test_candidate(candidate, rules, attempt).rejection == Rejection::none)
      library.categories.push_back(candidate);
  }
  return library;
}

bool memory_has_room(const fs::path& memory, std::uint64_t bytes) {
  std::error_code error;
  return fs::is_directory(memory, error) && file_system_type(memory) == "tmpfs" &&
         free_space(memory) > 2 * bytes && available_memory() > 3 * bytes;
}

}  // namespace

bench::Comparison bench_volumes(const VolumeBenchOptions& options) {
  DatasetSpec spec;
  spec.problem_scale = options.scale;
  spec.format = options.compact ? "compact" : "dense";
  const int each = std::max(options.volumes / spec.n_categories, 1);
  spec.n_instances_used_per_fractal = each * spec.n_fracts_per_vol;
  const Library library = bench_library(spec);
  const std::uint64_t bytes = dataset_bytes(spec);
  const std::uint64_t volumes = std::uint64_t(spec.n_categories) * std::uint64_t(each);
  const ScratchFolder disk(options.folder);
  const auto make_in = [&](const fs::path& folder) {
    DatasetSpec there = spec;
    there.dataset_dir = folder / "datasets";
    ensure_dataset(there, library, options.threads);
  };
  // Removing what an earlier round made takes as long as making it.
  const auto empty = [](const fs::path& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) fs::remove_all(entry.path());
  };
  std::vector<bench::Alternative> ways{
      {"bare writes",
       [&] {
         parallel_for(volumes, options.threads,
                      [&](std::uint64_t v) { write_probe(disk.path() / cat("bare", v), bytes / volumes); });
       },
       [&] { empty(disk.path()); }},
      {"generation", [&] { make_in(disk.path()); }, [&] { empty(disk.path()); }}};
  std::optional<ScratchFolder> memory;
  if (memory_has_room("/dev/shm", bytes)) {
    memory.emplace("/dev/shm");
    ways.push_back(
        {"generation into memory", [&] { make_in(memory->path()); }, [&] { empty(memory->path()); }});
  }
  bench::Work work;
  work.bytes = static_cast<double>(bytes);
  work.items = static_cast<double>(volumes);
  work.item = "volumes";
  return bench::compare(cat(volumes, " ", spec.format, " volumes of scale ", options.scale, " by ",
                            options.threads, options.threads == 1 ? " thread" : " threads", " in ",
                            options.folder.string(), " (", file_system_type(options.folder), ")"),
                        work, ways, options.limits);
}

}  // namespace scaffold

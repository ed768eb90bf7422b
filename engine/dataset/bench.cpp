#include "dataset/bench.hpp"

#include <algorithm>
#include <numeric>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "dataset/loader.hpp"

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

/// Reads what the loader reads, and does nothing with it.
class BareReads {
 public:
  BareReads(const DatasetReader& reader, std::vector<std::int32_t> volumes, int threads)
      : reader_(reader), volumes_(std::move(volumes)), buffers_(static_cast<std::size_t>(threads)) {
    const DatasetIndex& index = reader.index();
    const Extent3 grid = index.chunk_grid();
    chunks_ = static_cast<std::uint64_t>(grid[0] * grid[1] * grid[2]);
    for (auto& buffer : buffers_) buffer.resize(volume_bytes());
  }
  std::uint64_t volume_bytes() const {
    return chunks_ * (reader_.index().mask_chunk_bytes() + reader_.index().image_chunk_bytes());
  }
  void run() {
    parallel_for(buffers_.size(), static_cast<int>(buffers_.size()), [&](std::uint64_t thread) {
      for (std::size_t i = thread; i < volumes_.size(); i += buffers_.size()) read(volumes_[i], thread);
    });
  }

 private:
  void read(std::int32_t number, std::size_t thread) {
    const DatasetIndex& index = reader_.index();
    const auto& volume = index.volumes[static_cast<std::size_t>(number)];
    const fs::path path = reader_.folder() / volume.file;
    const FileDescriptor file = open_read(path);
    unsigned char* into = buffers_[thread].data();
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
  std::vector<std::vector<unsigned char>> buffers_;
  std::uint64_t chunks_ = 1;
};

}  // namespace

bench::Report bench_loader(const DatasetReader& reader, const LoaderBenchOptions& options) {
  const DatasetIndex& index = reader.index();
  const std::vector<std::int32_t> volumes = first_volumes(reader, options.bytes);
  const std::int64_t edge = index.spec.edge();
  BareReads bare(reader, volumes, options.workers);
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
  report.comparisons.push_back(bench::compare(
      "from the page cache", work, {{"pread alone", [&] { bare.run(); }}, {"loader", [&] { load(loader); }}},
      options.limits));
  return report;
}

}  // namespace scaffold

#include "fractal_unet/dataset/source.hpp"

#include <cmath>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/specs.hpp"

namespace scaffold {
namespace {

class FractalSource : public DatasetSource {
 public:
  FractalSource(const Config& config, VoxelMaker voxels)
      : config_(config),
        voxels_(std::move(voxels)),
        spec_(dataset_spec(config)),
        plan_(dataset_plan(config)) {}

  std::int64_t training() const override { return static_cast<std::int64_t>(plan_.training.size()); }
  std::int64_t validation() const override { return static_cast<std::int64_t>(plan_.validation.size()); }

  /// Compact: labels alone, of a byte; else colors in float32 beside them.
  double stored_bytes() const override {
    return voxels() * (fractal_unet(config_).dataset_format == "compact" ? 1 : 13);
  }
  double sample_bytes() const override { return voxels() * 13; }

  void find_inputs(const DataRanks& ranks, bool make) override {
    if (make) make_library(ranks);
    collective_try(ranks.all, [&] { library_ = load_library(library_spec(config_), categories()); });
  }

  std::string inputs() const override { return cat("fractal library: ", categories(), " categories"); }
  std::string hash() const override { return scaffold::hash(spec_, library_.categories); }

  DatasetInfo ensure(const DataRanks& ranks, bool from_scratch) override {
    GenerationLimits how;
    how.ranks_here = ranks.here;
    how.voxels = voxels_;
    return ensure_dataset(spec_, library_, ranks.threads, from_scratch, how, ranks.all);
  }

  DatasetFindings verify(const fs::path& folder, bool any_shards, int threads) const override {
    const DatasetReader reader(folder);
    const DatasetIndex& index = reader.index();
    DatasetSpec spec = spec_;
    spec.enforce_commit = index.spec.enforce_commit;
    spec.commit = index.spec.commit;
    if (any_shards) {
      spec.dc_num_shards = index.spec.dc_num_shards;
      spec.dc_shard_dims = index.spec.dc_shard_dims;
    }
    std::vector<Ifs> categories;
    for (const auto& text : index.categories)
      categories.push_back(ifs_from_csv(text, (folder / "index.json").string()));
    return {reader.info(), scaffold::hash(spec, categories), reader.verify(threads)};
  }

  DatasetFilesOf files() const override { return dataset_files; }

  std::unique_ptr<SampleReader> open(const fs::path& folder) const override {
    return std::make_unique<DatasetReader>(folder, config_.direct_io);
  }

 private:
  double voxels() const { return std::pow(static_cast<double>(spec_.edge()), 3); }
  int categories() const { return static_cast<int>(fractal_unet(config_).n_categories); }

  /// By all ranks, where rank 0 finds none that can be used.
  void make_library(const DataRanks& ranks) const {
    bool there = true;
    collective_try(ranks.all, [&] {
      if (ranks.all.rank() != 0) return;
      try {
        load_library(library_spec(config_), categories());
      } catch (const DataError&) {
        there = false;
      }
    });
    broadcast(ranks.all, &there, sizeof there, 0);
    if (!there) search_library(config_, ranks.threads, false, ranks.all);
  }

  Config config_;
  VoxelMaker voxels_;
  DatasetSpec spec_;
  Plan plan_;
  Library library_;
};

}  // namespace

std::unique_ptr<DatasetSource> fractal_source(const Config& config, VoxelMaker voxels) {
  return std::make_unique<FractalSource>(config, std::move(voxels));
}

}  // namespace scaffold

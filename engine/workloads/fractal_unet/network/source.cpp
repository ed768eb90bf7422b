#include "fractal_unet/network/source.hpp"

#include "core/error.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/network/device_voxels.hpp"
#include "fractal_unet/specs.hpp"

namespace scaffold {
namespace {

class FractalSource : public DatasetSource {
 public:
  FractalSource(const Config& config, const at::Device& device)
      : config_(config), device_(device), spec_(dataset_spec(config)), plan_(dataset_plan(config)) {}

  std::int64_t training() const override { return static_cast<std::int64_t>(plan_.training.size()); }
  std::int64_t validation() const override { return static_cast<std::int64_t>(plan_.validation.size()); }

  void find_inputs(const DataRanks& ranks, bool make) override {
    if (make) make_library(ranks);
    collective_try(ranks.all, [&] { library_ = load_library(library_spec(config_), categories()); });
  }

  std::string hash() const override { return scaffold::hash(spec_, library_.categories); }

  DatasetInfo ensure(const DataRanks& ranks, bool from_scratch) override {
    GenerationLimits how;
    how.ranks_here = ranks.here;
    how.voxels = device_voxels(device_);
    return ensure_dataset(spec_, library_, ranks.threads, from_scratch, how, ranks.all);
  }

  DatasetFilesOf files() const override { return dataset_files; }

  std::unique_ptr<SampleReader> open(const fs::path& folder) const override {
    return std::make_unique<DatasetReader>(folder, config_.direct_io);
  }

 private:
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
  at::Device device_;
  DatasetSpec spec_;
  Plan plan_;
  Library library_;
};

}  // namespace

std::unique_ptr<DatasetSource> fractal_source(const Config& config, const at::Device& device) {
  return std::make_unique<FractalSource>(config, device);
}

}  // namespace scaffold

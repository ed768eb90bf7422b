#include "fractal_unet/workload.hpp"

#include "core/text.hpp"
#include "fractal_unet/dataset/artifacts.hpp"
#include "fractal_unet/dataset/source.hpp"
#include "fractal_unet/metrics.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/rules.hpp"

namespace scaffold {
namespace {

class FractalUnet : public Workload {
 public:
  std::string name() const override { return "fractal_unet"; }
  declare::WorkloadKeys keys() const override { return fractal_unet_keys(); }
  const MetricList& metrics() const override { return fractal_unet_metrics(); }

  std::unique_ptr<DatasetSource> dataset(const Config& config) const override {
    return fractal_source(config);
  }
  Extent3 extents(const Config& config) const override {
    return cube(std::int64_t{1} << fractal_unet(config).problem_scale);
  }
  /// Every shard's lowest level has a voxel.
  Extent3 most_shards(const Config& config) const override {
    return cube(std::int64_t{1} << fractal_unet(config).unet_bottleneck_dim);
  }
  void check_shards(const Config& config, const Extent3& shards) const override {
    const auto& own = fractal_unet(config);
    check_shards_fit(extents(config)[0], shards, own.problem_scale - own.unet_bottleneck_dim);
  }
  /// Of UNetOptions, and the scale of the volumes.
  std::vector<std::string> size_names() const override {
    return {"in_channels", "classes", "levels", "width", "groups", "problem_scale"};
  }
  std::string about() const override { return "a 3D U-Net on fractals"; }
  std::string size_key() const override { return "problem_scale"; }
  std::string problem(const Config& config) const override {
    return cat("problem scale ", fractal_unet(config).problem_scale);
  }

  std::optional<Config> official_problem() const override {
    Config config;
    fractal_unet(config).problem_scale = official_scale;
    fractal_unet(config).unet_bottleneck_dim = *official_bottleneck(official_scale);
    return config;
  }
  std::vector<std::string> unofficial_reasons(const Config& config) const override {
    return unofficial_problem(config, *official_problem());
  }
  std::optional<RunRules> run_rules() const override {
    return RunRules{
        "category", "Optimized",
        "the reference's algorithm in other code; Baseline is the reference's own code, unchanged"};
  }
  const OwnArtifacts* artifacts() const override { return &fractal_artifacts(); }
  /// In the order in which the reference's worker.py prints them with the figure of merit.
  std::vector<std::string> comparability_keys() const override {
    return {"problem_scale",
            "target_dice",
            "n_categories",
            "n_instances_used_per_fractal",
            "unet_bottleneck_dim",
            "optimizer",
            "starting_learning_rate",
            "min_learning_rate",
            "T_0",
            "T_mult",
            "disable_scheduler",
            "lr_scaling",
            "lr_warmup_steps",
            "dc_shard_dims"};
  }
};

}  // namespace

std::unique_ptr<Workload> fractal_unet_workload() { return std::make_unique<FractalUnet>(); }

}  // namespace scaffold

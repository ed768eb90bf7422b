#include "fractal_unet/network/task.hpp"

#include <ATen/ATen.h>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/source.hpp"
#include "fractal_unet/metrics.hpp"
#include "fractal_unet/network/class_weights.hpp"
#include "fractal_unet/network/cost.hpp"
#include "fractal_unet/network/device_voxels.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/network/flops.hpp"
#include "fractal_unet/network/kernels_used.hpp"
#include "fractal_unet/network/segmentation.hpp"
#include "fractal_unet/network/volume.hpp"
#include "fractal_unet/rules.hpp"
#include "fractal_unet/specs.hpp"
#include "nn/optimizer.hpp"

namespace scaffold {
namespace {

std::int64_t edge_of(const Config& config) { return std::int64_t{1} << fractal_unet(config).problem_scale; }

Extent3 block_of(const Config& config, const Extent3& shards) {
  return {edge_of(config) / shards[0], edge_of(config) / shards[1], edge_of(config) / shards[2]};
}

const DatasetReader& volumes(const SampleReader& data) { return dynamic_cast<const DatasetReader&>(data); }

/// A split that leaves nothing to train or validate on.
void check_split(const Config& config, const DatasetSource& data) {
  if (data.training() > 0 && data.validation() > 0) return;
  throw ConfigError(cat("val_split: ", fractal_unet(config).val_split, " % of ",
                        data.training() + data.validation(), " volumes leaves ", data.training(),
                        " to train and ", data.validation(),
                        " to validate on; a run needs at least one of each"));
}

/// A target that predicting background alone reaches.
std::optional<std::string> background_note(const Config& config, double nothing) {
  if (!(nothing >= config.target)) return std::nullopt;
  return cat("target_dice ", shortest(config.target),
             " is reached by predicting nothing: background alone scores ",
             fractal_unet_metrics().front().text(nothing), " or more, since of the ",
             fractal_unet(config).n_categories,
             " categories those that a volume lacks count 1. Use fewer n_categories or a higher "
             "target; the report's Dice of the classes present tells what the network has learnt "
             "(docs/report.md)");
}

/// Another bottleneck than the benchmark's page has.
std::optional<std::string> bottleneck_note(const Config& config) {
  Config page = config;
  auto& own = fractal_unet(page);
  own.unet_bottleneck_dim = usual_bottleneck(own.problem_scale);
  if (own.unet_bottleneck_dim >= own.problem_scale) return std::nullopt;
  const auto parameters = [](const Config& of) {
    return static_cast<double>(parameter_count(network_options(of, at::kCPU)));
  };
  return bottleneck_warning(config, parameters(config), parameters(page));
}

class FractalUnetTask : public Task {
 public:
  std::unique_ptr<DatasetSource> dataset(const Config& config, const at::Device& device) const override {
    return fractal_source(config, device_voxels(device));
  }
  void check(const Config& config, const DatasetSource& data) const override { check_split(config, data); }
  std::vector<std::string> notes(const Config& config) const override {
    std::vector<std::string> notes;
    if (const auto note = background_note(config, trivial_score(config))) notes.push_back(*note);
    if (const auto note = bottleneck_note(config)) notes.push_back(*note);
    return notes;
  }

  /// A larger bottleneck means fewer levels.
  std::vector<SmallerNetwork> smaller(const Config& config) const override {
    std::vector<SmallerNetwork> found;
    const std::int64_t scale = fractal_unet(config).problem_scale;
    for (std::int64_t dim = fractal_unet(config).unet_bottleneck_dim + 1; dim < scale; ++dim) {
      const bool page = official_bottleneck(scale) == dim;
      found.push_back({config, cat("unet_bottleneck_dim ", dim,
                                   page ? " (the network that this scale should use)"
                                        : " (another network, not official)")});
      fractal_unet(found.back().config).unet_bottleneck_dim = dim;
    }
    return found;
  }

  std::unique_ptr<Network> network(const Config& config, const at::Device& device,
                                   std::uint64_t seed) const override {
    return std::make_unique<UNet>(network_options(config, device), device, seed);
  }
  std::unique_ptr<Objective> objective(const Config& config, const SampleReader& data,
                                       const at::Device& device, int threads,
                                       Communicator& ranks) const override {
    const auto weights =
        class_weights(volumes(data), fractal_unet(config).ce_weight_sample_fraction, threads, ranks);
    return std::make_unique<SegmentationObjective>(at::tensor(weights).to(device), config.fused);
  }
  std::unique_ptr<Score> score(const Config& config, const Objective& objective) const override {
    return std::make_unique<SegmentationScore>(objective, fractal_unet(config).n_categories + 1);
  }
  DeviceExpansion expansion(const SampleReader& data, const at::Device& device) const override {
    if (device.is_cpu() || !volumes(data).index().spec.compact()) return {};
    return color_expansion(volumes(data), device);
  }
  bool has_labels() const override { return true; }
  at::Tensor labels(const at::Tensor& logits, const Batch& one) const override {
    return at::stack({predicted_classes(logits[0]).to(at::kCPU), one[field::mask][0].to(at::kCPU)});
  }

  Operations operations(const Config& config) const override {
    const UNetOptions network = network_options(config, at::kCPU);
    return {forward_flops(network, edge_of(config)), training_flops(network, edge_of(config))};
  }
  TrainingCost cost(const Config& config, const Computation& how, const ProcessGrid& grid) const override {
    UNetOptions network = network_options(config, at::kCPU);
    network.fused = how.fused;
    network.precision = how.precision;
    const int states = optimizer_info(config.optimizer).states;
    return training_cost(network, how.cpu, grid, block_of(config, grid.shards()), config.local_batch_size,
                         states);
  }
  std::vector<std::pair<std::string, std::string>> kernels(const Config& config, const at::Device& device,
                                                           const Extent3& shards) const override {
    return kernels_used(network_options(config, device), device, block_of(config, shards),
                        shards != Extent3{1, 1, 1});
  }
  double trivial_score(const Config& config) const override {
    return background_dice(dataset_plan(config), static_cast<int>(fractal_unet(config).n_categories));
  }

  NetworkSizes sizes(const Config& config) const override {
    return sizes_of(network_options(config, at::kCPU), fractal_unet(config).problem_scale);
  }
  std::string describe(const NetworkSizes& sizes) const override {
    return cat(size_of(sizes, "levels"), " levels, ", size_of(sizes, "classes"), " classes");
  }
  std::vector<ParameterShape> parameter_shapes(const NetworkSizes& sizes) const override {
    const UNetOptions o = unet_options(sizes);
    const bool sound = o.in_channels >= 1 && o.in_channels <= 64 && o.classes >= 2 && o.classes <= 255 &&
                       o.levels >= 1 && o.levels <= 14 && o.width >= 1 && o.width <= 1024 && o.groups >= 1 &&
                       o.width % o.groups == 0;
    return sound ? scaffold::parameter_shapes(o) : std::vector<ParameterShape>();
  }
  void check_fits(const NetworkSizes& sizes, const SampleReader& data) const override {
    const auto told = size_of(sizes, "classes"),
               there = volumes(data).index().spec.n_categories + std::int64_t{1};
    if (told != there) throw DataError(cat("tells ", told, " classes apart, the dataset has ", there));
  }
};

}  // namespace

std::unique_ptr<Task> fractal_unet_task() { return std::make_unique<FractalUnetTask>(); }

UNetOptions network_options(const Config& config, const at::Device& device) {
  const auto& own = fractal_unet(config);
  UNetOptions options;
  options.classes = own.n_categories + 1;
  options.levels = own.problem_scale - own.unet_bottleneck_dim;
  options.groups = own.group_norm_groups;
  options.activation_checkpointing = config.activation_checkpointing;
  options.fused = config.fused;
  options.precision = resolve_precision(config.torch_amp, device);
  return options;
}

NetworkSizes sizes_of(const UNetOptions& options, std::int64_t problem_scale) {
  return {{"in_channels", options.in_channels}, {"classes", options.classes},
          {"levels", options.levels},           {"width", options.width},
          {"groups", options.groups},           {"problem_scale", problem_scale}};
}

UNetOptions unet_options(const NetworkSizes& sizes) {
  UNetOptions options;
  options.in_channels = size_of(sizes, "in_channels");
  options.classes = size_of(sizes, "classes");
  options.levels = size_of(sizes, "levels");
  options.width = size_of(sizes, "width");
  options.groups = size_of(sizes, "groups");
  return options;
}

}  // namespace scaffold

// A dataset and a configuration small enough to train on in a second.
#pragma once
#include <cmath>

#include "config/config.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "fractal_unet/options.hpp"
#include "job/trainer.hpp"
#include "temporary_folder.hpp"

namespace scaffold {

/// Two contracting maps whose fixed points differ along every axis.
inline Ifs small_ifs(double turn) {
  Ifs ifs;
  for (int m = 0; m < 2; ++m) {
    ifs[m].matrix = {0.5, 0.1 * turn, 0, -0.1 * turn, 0.6, 0.1, 0, -0.2, 0.5 + 0.05 * turn};
    ifs[m].translation = {m ? 0.5 : -0.5, m ? -0.4 : 0.6, m ? 0.3 * turn : -0.3};
  }
  set_probabilities(ifs);
  return ifs;
}

class SmallRun {
 public:
  explicit SmallRun(int instances = 9) {
    Library library{folder / "library", false, {small_ifs(0.5), small_ifs(1), small_ifs(-1)}};
    DatasetSpec spec;
    spec.dataset_dir = folder / "datasets";
    spec.n_categories = 3;
    spec.problem_scale = 3;
    spec.n_instances_used_per_fractal = instances;
    info = ensure_dataset(spec, library, 2);
    fractal_unet(config).problem_scale = 3;
    fractal_unet(config).unet_bottleneck_dim = 2;
    fractal_unet(config).n_categories = 3;
    config.epochs = 3;
    config.target = 1.0;
    config.warmup_batches = 2;
    config.torch_amp = false;
    config.train_seed = 11;
    fractal_unet(config).group_norm_groups = 8;
  }

  TrainerOptions options(const std::string& checkpoints) const {
    TrainerOptions options;
    options.config = config;
    options.train_seed = 11;
    options.threads = 1;  // tests run beside each other: OpenMP's threads would wait for cores by spinning
    options.checkpoint_folder = folder / checkpoints;
    return options;
  }

  TemporaryFolder folder;
  Config config;
  DatasetInfo info;
};

}  // namespace scaffold

#include <functional>
#include <limits>
#include <map>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/rules.hpp"
#include "run/official.hpp"

using namespace scaffold;

namespace {

/// The official problem, by the page's table written out here a second time.
Config official() {
  Config config;
  fractal_unet(config).problem_scale = 11;
  fractal_unet(config).unet_bottleneck_dim = 6;
  return config;
}

std::vector<ConfigEntry> entries_of(const Config& config) {
  std::vector<ConfigEntry> all;
  for (const auto& option : options()) all.push_back({option.name, value_text(config, option.name), "here"});
  return all;
}

}  // namespace

TEST_CASE("a run at the official problem that converged in one session may count, whatever its seed") {
  CHECK(unofficial_reasons(official(), {}).empty());
  Config other = official();
  other.seed = 7;
  other.target = 0.97;
  CHECK(unofficial_reasons(other, {}).empty());
}

TEST_CASE("a folder is judged by the place that it names, however that is written") {
  for (const char* same : {"checkpoints", "./checkpoints", "checkpoints/", "a/../checkpoints",
                           "checkpoints//.", "./a/.././checkpoints"}) {
    CAPTURE(same);
    Config config = official();
    config.checkpoint_dir = same;
    CHECK(unofficial_reasons(config).empty());
    CHECK(differing_keys(config, official()).empty());
  }
  for (const char* other : {"checkpoint", "a/checkpoints", "../checkpoints", "/checkpoints", "."}) {
    CAPTURE(other);
    Config config = official();
    config.checkpoint_dir = other;
    CHECK(unofficial_reasons(config).size() == 1);
    CHECK(differing_keys(config, official()) == std::vector<std::string>{"checkpoint_dir"});
  }
}

TEST_CASE("configs/official.yml is the official problem") {
  const auto file = std::filesystem::path(SCAFFOLD_SOURCE_DIR) / "configs" / "official.yml";
  const MergedConfig merged = merge_config({file}, {});
  CHECK(unofficial_reasons(merged.values).empty());
  CHECK(differs_from_baseline(entries(merged)).empty());
}

TEST_CASE("each scale should use the bottleneck of the page's table") {
  const std::map<std::int64_t, std::int64_t> table{{7, 3}, {8, 3}, {9, 4}, {10, 5}, {11, 6}, {12, 7}};
  for (std::int64_t scale = 2; scale <= 14; ++scale) {
    const auto row = table.find(scale);
    CHECK(official_bottleneck(scale).has_value() == (row != table.end()));
    CHECK(usual_bottleneck(scale) == (row == table.end() ? 3 : row->second));
    for (std::int64_t dim = 0; dim < scale; ++dim) {
      Config config;
      fractal_unet(config).problem_scale = scale;
      fractal_unet(config).unet_bottleneck_dim = dim;
      const auto warning = bottleneck_warning(config, 23.2e9, 361.9e6);
      CHECK(warning.has_value() == (scale >= 9 && row != table.end() && dim != row->second));
      if (scale == 11 && dim == 3) {
        CHECK_THAT(*warning, Catch::Contains("unet_bottleneck_dim is 3") && Catch::Contains("should use 6"));
        CHECK_THAT(*warning, Catch::Contains("23.20 G") && Catch::Contains("361.90 M") &&
                                 Catch::Contains("not official"));
      }
    }
  }
  CHECK(FractalUnetOptions{}.unet_bottleneck_dim == 3);  // a reference file must load unchanged
}

TEST_CASE("each departure gives one reason that says what is and what must be") {
  using Change = std::function<void(Config&, RunConduct&)>;
  const std::vector<std::pair<std::string, Change>> departures = {
      {"problem_scale is 5, not 11", [](auto& c, auto&) { fractal_unet(c).problem_scale = 5; }},
      {"n_categories is 6, not 5", [](auto& c, auto&) { fractal_unet(c).n_categories = 6; }},
      {"n_instances_used_per_fractal is 3, not 145",
       [](auto& c, auto&) { fractal_unet(c).n_instances_used_per_fractal = 3; }},
      {"unet_bottleneck_dim is 3, not 6, which problem_scale 11 should use",
       [](auto& c, auto&) { fractal_unet(c).unet_bottleneck_dim = 3; }},
      {"target_dice is 0.9, below 0.95", [](auto& c, auto&) { c.target = 0.9; }},
      // "Internal/dev use only": may not be changed.
      {"variance_threshold is 0.1, not 0.15",
       [](auto& c, auto&) { fractal_unet(c).variance_threshold = 0.1; }},
      {"n_fracts_per_vol is 2, not 3", [](auto& c, auto&) { fractal_unet(c).n_fracts_per_vol = 2; }},
      {"val_split is 12, not 30", [](auto& c, auto&) { fractal_unet(c).val_split = 12; }},
      {"epochs is 100, not -1", [](auto& c, auto&) { c.epochs = 100; }},
      {"more_determinism is 1, not 0", [](auto& c, auto&) { c.more_determinism = true; }},
      {"datagen_from_scratch is 1, not 0", [](auto& c, auto&) { c.datagen_from_scratch = true; }},
      {"train_from_scratch is 0, not 1", [](auto& c, auto&) { c.train_from_scratch = false; }},
      {"checkpoint_dir is elsewhere, not checkpoints",
       [](auto& c, auto&) { c.checkpoint_dir = "elsewhere"; }},
      {"loss_freq is 2, not 1", [](auto& c, auto&) { c.loss_freq = 2; }},
      {"normalize is 2, not 1", [](auto& c, auto&) { fractal_unet(c).normalize = 2; }},
      {"group_norm_groups is 1, not 8", [](auto& c, auto&) { fractal_unet(c).group_norm_groups = 1; }},
      {"warmup_batches is 3, not 64", [](auto& c, auto&) { c.warmup_batches = 3; }},
      {"activation_checkpointing is 1, not 0", [](auto& c, auto&) { c.activation_checkpointing = true; }},
      {"ce_weight_sample_fraction is 1, not 0.1",
       [](auto& c, auto&) { fractal_unet(c).ce_weight_sample_fraction = 1; }},
      {"dataset_reuse_enforce_commit_id is 1, not 0",
       [](auto& c, auto&) { c.dataset_reuse_enforce_commit_id = true; }},
      // Of this program alone.
      {"train_seed is fixed, not -1 (an official run draws a fresh one)",
       [](auto& c, auto&) { c.train_seed = 42; }},
      {"dataset_format is compact, not dense",
       [](auto& c, auto&) { fractal_unet(c).dataset_format = "compact"; }},
      {"gradient_compression is bfloat16, not none",
       [](auto& c, auto&) { c.gradient_compression = "bfloat16"; }},
      {"max_steps_per_epoch cuts the epochs", [](auto& c, auto&) { c.max_steps_per_epoch = 20; }},
      // How it went.
      {"watchers changed its course by 1 order (monitor_control)",
       [](auto&, auto& r) { r.orders_of_watchers = 1; }},
      {"the run was restarted once: the time lost between its sessions is unknown",
       [](auto&, auto& r) { r.restarts = 1; }},
      {"the run was restarted 2 times: the time lost between its sessions is unknown",
       [](auto&, auto& r) { r.restarts = 2; }},
      {"the run ended by its limit of epochs before it reached target_dice",
       [](auto&, auto& r) { r.status = RunStatus::epochs_exhausted; }},
      {"the run was interrupted before it reached target_dice",
       [](auto&, auto& r) { r.status = RunStatus::interrupted; }},
      {"the run failed before it reached target_dice", [](auto&, auto& r) { r.status = RunStatus::failed; }},
  };
  Config all = official();
  RunConduct all_conduct;
  for (const auto& [reason, change] : departures) {
    Config config = official();
    RunConduct conduct;
    change(config, conduct);
    change(all, all_conduct);
    CHECK(unofficial_reasons(config, conduct) == std::vector<std::string>{reason});
  }
  // Restarts and endings exclude each other, the last of each remains; scale 5 is not in the page's table.
  CHECK(unofficial_reasons(all, all_conduct).size() == departures.size() - 4);
}

TEST_CASE("every key of the reference's internal section may not be changed, but for datatypes") {
  // The section "Internal/dev use only" of the reference's benchmark_default.yml, written out.
  const std::set<std::string> internal = {"variance_threshold",
                                          "n_fracts_per_vol",
                                          "val_split",
                                          "epochs",
                                          "more_determinism",
                                          "datagen_from_scratch",
                                          "train_from_scratch",
                                          "framework",
                                          "checkpoint_dir",
                                          "loss_freq",
                                          "normalize",
                                          "group_norm_groups",
                                          "warmup_batches",
                                          "activation_checkpointing",
                                          "ce_weight_sample_fraction",
                                          "dataset_reuse_enforce_commit_id"};
  // Those of the reference, and what this program adds that changes the learning rate.
  const std::set<std::string> compares = {
      "optimizer",      "starting_learning_rate", "min_learning_rate", "T_0",
      "T_mult",         "disable_scheduler",      "dc_shard_dims",     "lr_scaling",
      "lr_warmup_steps"};
  const std::set<std::string> problem = {"problem_scale", "n_categories", "n_instances_used_per_fractal",
                                         "unet_bottleneck_dim", "target_dice"};
  for (const auto& option : options()) {
    INFO(option.name);
    const KeyRule expected = internal.contains(option.name)   ? KeyRule::internal
                             : compares.contains(option.name) ? KeyRule::compares
                             : problem.contains(option.name)  ? KeyRule::problem
                                                              : KeyRule::free;
    CHECK(key_rule(option.name) == expected);
  }
  CHECK_THROWS_AS(key_rule("no_such_key"), ConfigError);
}

TEST_CASE("what the rules leave free stays official") {
  Config config = official();
  config.torch_amp = false;  // "datatypes may be changed"
  config.async_save = true;
  config.checkpoint_interval = 5;
  config.local_batch_size = 4;
  config.dc_num_shards = {8, 8, 8};
  config.dataloader_num_workers = 7;
  config.job_name = "mine";
  config.optimizer = "SGD";
  config.starting_learning_rate = 0.01;
  config.T_0 = 20;
  config.fused = false;
  CHECK(unofficial_reasons(config, {}).empty());
}

TEST_CASE("figures are compared by the keys that the reference prints beside its own") {
  Config config = official();
  CHECK(differs_from_baseline(entries_of(config)).empty());
  config.T_0 = 20;
  config.optimizer = "LAMB";
  config.local_batch_size = 8;
  config.seed = 1;
  using Pairs = std::vector<std::pair<std::string, std::string>>;
  CHECK(comparability(entries_of(config)) == Pairs{{"problem_scale", "11"},
                                                   {"target_dice", "0.95"},
                                                   {"n_categories", "5"},
                                                   {"n_instances_used_per_fractal", "145"},
                                                   {"unet_bottleneck_dim", "6"},
                                                   {"optimizer", "LAMB"},
                                                   {"starting_learning_rate", "0.001"},
                                                   {"min_learning_rate", "0.0001"},
                                                   {"T_0", "20"},
                                                   {"T_mult", "2"},
                                                   {"disable_scheduler", "0"},
                                                   {"lr_scaling", "none"},
                                                   {"lr_warmup_steps", "0"},
                                                   {"dc_shard_dims", "[2, 3, 4]"}});
  CHECK(differs_from_baseline(entries_of(config)) ==
        std::vector<std::string>{"optimizer is LAMB, the baseline's is ADAM",
                                 "T_0 is 20, the baseline's is 10"});
}

TEST_CASE("a global batch above the volumes is complained of, as the reference does") {
  CHECK_FALSE(batch_complaint(72, 168, 72));
  CHECK(batch_complaint(73, 168, 72) ==
        "a step's global batch of 73 samples is larger than the 72 validation samples, which the reference "
        "refuses");
  CHECK_THAT(*batch_complaint(200, 168, 72),
             Catch::Contains("the 168 training samples and the 72 validation samples"));
  CHECK_THAT(*batch_complaint(10, 9, 72), Catch::Contains("the 9 training samples,"));
}

TEST_CASE("a target that is not a number is not official") {
  Config config = official();
  config.target = std::numeric_limits<double>::quiet_NaN();
  CHECK(unofficial_reasons(config, {}).size() == 1);
}

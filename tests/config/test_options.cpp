// The option table against the specification, written out here a second time on purpose.
#include <algorithm>
#include <set>

#include "fractal_unet/options.hpp"
#include "support.hpp"

using namespace scaffold;

TEST_CASE("defaults are the specification's") {
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"base_run_dir", "benchmark_runs"},
      {"dataset_dir", "datasets"},
      {"fract_base_dir", "fractals"},
      {"workload", "fractal_unet"},
      {"seed", "42"},
      {"dataloader_num_workers", "1"},
      {"dc_num_shards", "[1, 1, 1]"},
      {"dc_shard_dims", "[2, 3, 4]"},
      {"checkpoint_interval", "-1"},
      {"job_name", "benchmark"},
      {"problem_scale", "7"},
      {"n_categories", "5"},
      {"n_instances_used_per_fractal", "145"},
      {"unet_bottleneck_dim", "3"},
      {"target_dice", "0.95"},
      {"local_batch_size", "1"},
      {"optimizer", "ADAM"},
      {"starting_learning_rate", "0.001"},
      {"min_learning_rate", "0.0001"},
      {"T_0", "10"},
      {"T_mult", "2"},
      {"disable_scheduler", "0"},
      {"variance_threshold", "0.15"},
      {"n_fracts_per_vol", "3"},
      {"val_split", "30"},
      {"epochs", "-1"},
      {"more_determinism", "0"},
      {"datagen_from_scratch", "0"},
      {"train_from_scratch", "1"},
      {"torch_amp", "1"},
      {"checkpoint_dir", "checkpoints"},
      {"async_save", "0"},
      {"loss_freq", "1"},
      {"normalize", "1"},
      {"group_norm_groups", "8"},
      {"warmup_batches", "64"},
      {"activation_checkpointing", "0"},
      {"ce_weight_sample_fraction", "0.1"},
      {"framework", "torch"},
      {"dataset_reuse_enforce_commit_id", "0"},
      {"train_seed", "-1"},
      {"device", "auto"},
      {"num_threads", "0"},
      {"dataset_format", "dense"},
      {"loader_budget_mib", "512"},
      {"grad_accumulation_steps", "1"},
      {"lr_scaling", "none"},
      {"lr_base_batch", "1"},
      {"lr_warmup_steps", "0"},
      {"gradient_compression", "none"},
      {"gradient_bucket_mib", "25"},
      {"overlap_gradients", "1"},
      {"stall_timeout", "0"},
      {"max_steps_per_epoch", "0"},
      {"direct_io", "0"},
      {"stage_dir", "\"\""},
      {"fused", "1"},
      {"monitor", "auto"},
      {"monitor_address", "127.0.0.1"},
      {"monitor_port", "0"},
      {"monitor_control", "0"},
      {"snapshot_interval", "1"},
      {"snapshot_worst", "2"},
      {"snapshot_volume_mib", "32"},
      {"snapshot_limit_mib", "256"},
  };
  std::vector<std::pair<std::string, std::string>> actual;
  for (const auto& entry : entries(config_test::merge({""}))) {
    actual.emplace_back(entry.key, entry.value);
    CHECK(entry.origin == "default");
  }
  std::vector<std::pair<std::string, std::string>> declared;
  for (const auto& option : options()) declared.emplace_back(option.name, option.default_value);
  CHECK(declared == actual);
  auto sorted_expected = expected;
  std::sort(sorted_expected.begin(), sorted_expected.end());
  std::sort(actual.begin(), actual.end());
  CHECK(actual == sorted_expected);
}

TEST_CASE("the struct's fields hold the same defaults") {
  const Config config;
  CHECK(fractal_unet(config).problem_scale == 7);
  CHECK(config.dc_shard_dims == std::array<std::int64_t, 3>{2, 3, 4});
  CHECK(config.starting_learning_rate == 1e-3);
  CHECK(config.torch_amp);
  CHECK_FALSE(config.async_save);
  CHECK(config.optimizer == "ADAM");
  CHECK(config == config_test::merge({""}).values);
}

TEST_CASE("every option explains itself, and its group is contiguous") {
  std::set<std::string> flags, closed_groups;
  std::string group;
  for (const auto& option : options()) {
    CAPTURE(option.name);
    CHECK(flags.insert(option.flag).second);
    CHECK(option.flag.substr(0, 2) == "--");
    CHECK(option.flag.find('_') == std::string::npos);
    CHECK(option.help.back() == '.');
    CHECK_FALSE(option.allowed.empty());
    CHECK(option.help.find('|') == std::string::npos);  // it would break the table
    if (option.group != group) {
      CHECK(closed_groups.insert(option.group).second);
      group = option.group;
    }
  }
}

TEST_CASE("exactly the specification's keys may change on restart") {
  const std::set<std::string> expected = {"base_run_dir",
                                          "dataset_dir",
                                          "fract_base_dir",
                                          "checkpoint_dir",
                                          "epochs",
                                          "target_dice",
                                          "device",
                                          "num_threads",
                                          "dc_num_shards",
                                          "checkpoint_interval",
                                          "dc_shard_dims",
                                          "dataloader_num_workers",
                                          "loader_budget_mib",
                                          "gradient_bucket_mib",
                                          "overlap_gradients",
                                          "stall_timeout",
                                          "fused",
                                          "direct_io",
                                          "stage_dir",
                                          "monitor",
                                          "monitor_address",
                                          "monitor_port",
                                          "monitor_control",
                                          "snapshot_interval",
                                          "snapshot_worst",
                                          "snapshot_volume_mib",
                                          "snapshot_limit_mib"};
  std::set<std::string> actual;
  for (const auto& option : options())
    if (may_change_on_restart(option.name)) actual.insert(option.name);
  CHECK(actual == expected);
  CHECK_FALSE(may_change_on_restart("no_such_key"));
}

TEST_CASE("differing keys are named in the order of declaration") {
  Config a, b;
  CHECK(differing_keys(a, b).empty());
  b.epochs = 3;
  b.dc_num_shards = {2, 1, 1};
  b.optimizer = "SGD";
  b.torch_amp = false;
  CHECK(differing_keys(a, b) ==
        std::vector<std::string>{"dc_num_shards", "optimizer", "epochs", "torch_amp"});
}

TEST_CASE("the documentation holds the table of this program") {
  const fs::path root = SCAFFOLD_SOURCE_DIR;
  const std::string begin = "<!-- options:begin -->\n", end = "<!-- options:end -->";
  const auto check = [&](const fs::path& page, bool required) {
    const std::string text = fs::exists(page) ? read_text(page) : "";
    const auto first = text.find(begin);
    if (!required && first == text.npos) return;
    INFO(page.string() << ": put the output of 'scaffold config --markdown' between the markers");
    REQUIRE(first != text.npos);
    const auto last = text.find(end, first);
    REQUIRE(last != text.npos);
    const auto start = first + begin.size();
    CHECK(text.substr(start, last - start) == markdown_table());
  };
  check(root / "docs/configuration.md", true);
  check(root / "README.md", false);
}

TEST_CASE("the ready configurations load and say what they promise") {
  const fs::path configs = fs::path(SCAFFOLD_SOURCE_DIR) / "configs";
  const auto differing = [&](const char* file) {
    return differing_keys(Config{}, merge_config({configs / file}, {}).values);
  };
  using Keys = std::vector<std::string>;
  CHECK(differing("benchmark_default.yml") == Keys{});
  CHECK(differing("quickstart.yml") == Keys{"problem_scale"});
  CHECK(differing("smoke.yml") == Keys{"checkpoint_interval", "problem_scale"});
  CHECK(differing("official.yml") == Keys{"dc_num_shards", "problem_scale", "unet_bottleneck_dim"});
  CHECK(fractal_unet(merge_config({configs / "quickstart.yml"}, {}).values).problem_scale == 5);
  CHECK(fractal_unet(merge_config({configs / "smoke.yml"}, {}).values).problem_scale == 4);
  CHECK(fractal_unet(merge_config({configs / "official.yml"}, {}).values).problem_scale == 11);
  CHECK(fractal_unet(merge_config({configs / "official.yml"}, {}).values).unet_bottleneck_dim == 6);
  // Every key of the user-facing groups stands in benchmark_default.yml.
  const auto merged = merge_config({configs / "benchmark_default.yml"}, {});
  for (const auto& option : options())
    if (option.group == "User-facing" || option.group == "Problem" || option.group == "Learning")
      CHECK(merged.origins.at(option.name).kind == Origin::Kind::file);
}

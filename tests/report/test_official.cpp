#include <functional>

#include "catch.hpp"
#include "report/official.hpp"

using namespace scaffold;

TEST_CASE("a run at the reference's problem that converged in one sitting is official") {
  CHECK(unofficial_reasons({}).empty());
  OfficialInputs stricter;
  stricter.target_dice = 0.97;
  CHECK(unofficial_reasons(stricter).empty());
}

TEST_CASE("each departure gives one reason that says what is and what must be") {
  using Change = std::function<void(OfficialInputs&)>;
  const std::vector<std::pair<std::string, Change>> departures = {
      {"problem_scale is 5, not 11", [](auto& r) { r.problem_scale = 5; }},
      {"n_categories is 6, not 5", [](auto& r) { r.n_categories = 6; }},
      {"n_instances_used_per_fractal is 3, not 145", [](auto& r) { r.n_instances_used_per_fractal = 3; }},
      {"n_fracts_per_vol is 2, not 3", [](auto& r) { r.n_fracts_per_vol = 2; }},
      {"val_split is 12.5, not 30", [](auto& r) { r.val_split = 12.5; }},
      {"seed is 7, not 42", [](auto& r) { r.seed = 7; }},
      {"variance_threshold is 0.1, not 0.15", [](auto& r) { r.variance_threshold = 0.1; }},
      {"normalize is 0, not 1", [](auto& r) { r.normalize = 0; }},
      {"unet_bottleneck_dim is 2, not 3", [](auto& r) { r.unet_bottleneck_dim = 2; }},
      {"group_norm_groups is 1, not 8", [](auto& r) { r.group_norm_groups = 1; }},
      {"ce_weight_sample_fraction is 1, not 0.1", [](auto& r) { r.ce_weight_sample_fraction = 1; }},
      {"target_dice is 0.9, below 0.95", [](auto& r) { r.target_dice = 0.9; }},
      {"train_seed is fixed, not -1 (an official run draws a fresh one)",
       [](auto& r) { r.train_seed_fixed = true; }},
      {"dataset_format is compact, not dense", [](auto& r) { r.compact_dataset = true; }},
      {"train_from_scratch is 0, not 1", [](auto& r) { r.train_from_scratch = false; }},
      {"the run was restarted once: the time lost between its sittings is unknown",
       [](auto& r) { r.restarts = 1; }},
      {"the run was restarted 2 times: the time lost between its sittings is unknown",
       [](auto& r) { r.restarts = 2; }},
      {"the run ended by its limit of epochs before it reached target_dice",
       [](auto& r) { r.status = RunStatus::epochs_exhausted; }},
      {"the run was interrupted before it reached target_dice",
       [](auto& r) { r.status = RunStatus::interrupted; }},
      {"the run failed before it reached target_dice", [](auto& r) { r.status = RunStatus::failed; }},
  };
  OfficialInputs everything;
  for (const auto& [reason, change] : departures) {
    OfficialInputs run;
    change(run);
    change(everything);
    CHECK(unofficial_reasons(run) == std::vector<std::string>{reason});
  }
  // Restarts and endings exclude each other: the last of each remains.
  CHECK(unofficial_reasons(everything).size() == departures.size() - 3);
}

TEST_CASE("a target that is not a number is not official") {
  OfficialInputs run;
  run.target_dice = std::numeric_limits<double>::quiet_NaN();
  CHECK(unofficial_reasons(run).size() == 1);
}

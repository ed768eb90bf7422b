#include "run/official.hpp"

#include <algorithm>
#include <array>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/rules.hpp"

namespace scaffold {
namespace {

// In the order in which the reference's worker.py prints them with the figure of merit.
constexpr std::array comparability_keys = {"problem_scale",
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

/// 1e-3 and 0.001 are the same value.
bool same_value(const std::string& a, const std::string& b) {
  double x = 0, y = 0;
  return a == b || (parse_double(a, x) && parse_double(b, y) && x == y);
}

KeyRule rule_of(const OptionInfo& option) {
  // "The datatypes used may be changed"; async_save stands in none of the reference's lists: its code alone
  // knows it, as an option that is off.
  if (option.group == "Internal")
    return option.name == "torch_amp" || option.name == "async_save" ? KeyRule::free : KeyRule::internal;
  if (option.group == "Problem") return KeyRule::problem;
  const bool named = std::find(comparability_keys.begin(), comparability_keys.end(), option.name) !=
                     comparability_keys.end();
  return named ? KeyRule::compares : KeyRule::free;
}

void check_problem(const Config& config, std::vector<std::string>& reasons) {
  const Config official = official_baseline();
  for (const char* key : {"problem_scale", "n_categories", "n_instances_used_per_fractal"})
    if (value_text(config, key) != value_text(official, key))
      reasons.push_back(cat(key, " is ", value_text(config, key), ", not ", value_text(official, key)));
  const auto dim = official_bottleneck(fractal_unet(config).problem_scale);
  if (dim && fractal_unet(config).unet_bottleneck_dim != *dim)
    reasons.push_back(cat("unet_bottleneck_dim is ", fractal_unet(config).unet_bottleneck_dim, ", not ", *dim,
                          ", which problem_scale ", fractal_unet(config).problem_scale, " should use"));
  if (!(config.target >= official.target))
    reasons.push_back(cat("target_dice is ", value_text(config, "target_dice"), ", below ",
                          value_text(official, "target_dice")));
}

/// What the reference does not have, and what would make a run another computation than the reference's.
void check_ours(const Config& config, std::vector<std::string>& reasons) {
  if (config.train_seed >= 0)
    reasons.emplace_back("train_seed is fixed, not -1 (an official run draws a fresh one)");
  for (const char* key : {"dataset_format", "gradient_compression"})
    if (const auto is = value_text(config, key), usual = value_text({}, key); is != usual)
      reasons.push_back(cat(key, " is ", is, ", not ", usual));
  if (config.max_steps_per_epoch > 0) reasons.emplace_back("max_steps_per_epoch cuts the epochs");
}

void check_conduct(const RunConduct& run, std::vector<std::string>& reasons) {
  if (run.orders_of_watchers > 0)
    reasons.push_back(cat("watchers changed its course by ", run.orders_of_watchers,
                          run.orders_of_watchers == 1 ? " order" : " orders", " (monitor_control)"));
  if (run.restarts > 0)
    reasons.push_back(cat("the run was restarted ", run.restarts == 1 ? "once" : cat(run.restarts, " times"),
                          ": the time lost between its sittings is unknown"));
  switch (run.status) {
    case RunStatus::converged:
      break;
    case RunStatus::epochs_exhausted:
      reasons.emplace_back("the run ended by its limit of epochs before it reached target_dice");
      break;
    case RunStatus::interrupted:
      reasons.emplace_back("the run was interrupted before it reached target_dice");
      break;
    case RunStatus::failed:
      reasons.emplace_back("the run failed before it reached target_dice");
      break;
  }
}

}  // namespace

Config official_baseline() {
  Config config;
  fractal_unet(config).problem_scale = official_scale;
  fractal_unet(config).unet_bottleneck_dim = *official_bottleneck(official_scale);
  return config;
}

KeyRule key_rule(std::string_view key) {
  for (const auto& option : options())
    if (option.name == key) return rule_of(option);
  throw ConfigError(cat("the rules of official results know no key '", key, "'"));
}

std::vector<std::string> unofficial_reasons(const Config& config) {
  std::vector<std::string> reasons;
  check_problem(config, reasons);
  const auto changed = differing_keys(config, Config());
  for (const auto& option : options())
    if (rule_of(option) == KeyRule::internal &&
        std::find(changed.begin(), changed.end(), option.name) != changed.end())
      reasons.push_back(
          cat(option.name, " is ", value_text(config, option.name), ", not ", option.default_value));
  check_ours(config, reasons);
  return reasons;
}

std::vector<std::string> unofficial_reasons(const Config& config, const RunConduct& conduct) {
  auto reasons = unofficial_reasons(config);
  check_conduct(conduct, reasons);
  return reasons;
}

std::vector<std::pair<std::string, std::string>> comparability(const std::vector<ConfigEntry>& config) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const char* key : comparability_keys)
    for (const auto& entry : config)
      if (entry.key == key) values.emplace_back(key, entry.value);
  return values;
}

std::vector<std::string> differs_from_baseline(const std::vector<ConfigEntry>& config) {
  const Config baseline = official_baseline();
  std::vector<std::string> differences;
  for (const auto& [key, value] : comparability(config))
    if (const auto usual = value_text(baseline, key); !same_value(value, usual))
      differences.push_back(cat(key, " is ", value, ", the baseline's is ", usual));
  return differences;
}

std::optional<std::string> batch_complaint(std::int64_t global_batch, std::int64_t training,
                                           std::int64_t validation) {
  std::string above;
  if (global_batch > training) above = cat("the ", training, " training volumes");
  if (global_batch > validation)
    above += cat(above.empty() ? "" : " and ", "the ", validation, " validation volumes");
  if (above.empty()) return std::nullopt;
  return cat("a step's global batch of ", global_batch, " samples is larger than ", above,
             ", which the reference refuses");
}

}  // namespace scaffold

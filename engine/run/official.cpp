#include "run/official.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "workload/workload.hpp"

namespace scaffold {
namespace {

/// 1e-3 and 0.001 are the same value.
bool same_value(const std::string& a, const std::string& b) {
  double x = 0, y = 0;
  return a == b || (parse_double(a, x) && parse_double(b, y) && x == y);
}

KeyRule rule_of(const OptionInfo& option, const std::vector<std::string>& compared) {
  // "The datatypes used may be changed"; async_save stands in none of the reference's lists: its code alone
  // knows it, as an option that is off.
  if (option.group == "Internal")
    return option.name == "torch_amp" || option.name == "async_save" ? KeyRule::free : KeyRule::internal;
  if (option.group == "Problem") return KeyRule::problem;
  const bool named = std::find(compared.begin(), compared.end(), option.name) != compared.end();
  return named ? KeyRule::compares : KeyRule::free;
}

/// What the reference does not have, and what would make a run another computation than the reference's.
void check_ours(const Config& config, std::vector<std::string>& reasons) {
  if (config.train_seed >= 0)
    reasons.emplace_back("train_seed is fixed, not -1 (an official run draws a fresh one)");
  const char* key = "gradient_compression";
  if (const auto is = value_text(config, key), usual = value_text({}, key); is != usual)
    reasons.push_back(cat(key, " is ", is, ", not ", usual));
  if (config.max_steps_per_epoch > 0) reasons.emplace_back("max_steps_per_epoch cuts the epochs");
}

void check_conduct(const RunConduct& run, const std::string& target, std::vector<std::string>& reasons) {
  if (run.orders_of_watchers > 0)
    reasons.push_back(cat("watchers changed its course by ", run.orders_of_watchers,
                          run.orders_of_watchers == 1 ? " order" : " orders", " (monitor_control)"));
  if (run.restarts > 0)
    reasons.push_back(cat("the run was restarted ", run.restarts == 1 ? "once" : cat(run.restarts, " times"),
                          ": the time lost between its sessions is unknown"));
  switch (run.status) {
    case RunStatus::converged:
      break;
    case RunStatus::epochs_exhausted:
      reasons.push_back(cat("the run ended by its limit of epochs before it reached ", target));
      break;
    case RunStatus::interrupted:
      reasons.push_back(cat("the run was interrupted before it reached ", target));
      break;
    case RunStatus::failed:
      reasons.push_back(cat("the run failed before it reached ", target));
      break;
  }
}

}  // namespace

KeyRule key_rule(std::string_view key, const Workload& workload) {
  for (const auto& option : options(workload.name()))
    if (option.name == key) return rule_of(option, workload.comparability_keys());
  throw ConfigError(cat("the rules of official results know no key '", key, "'"));
}

std::vector<std::string> unofficial_reasons(const Config& config) {
  const Workload& workload = workload_of(config);
  if (!workload.official_problem())
    return {cat("the workload ", workload.name(), " has no official problem")};
  std::vector<std::string> reasons = workload.unofficial_reasons(config);
  const auto changed = differing_keys(config, Config());
  for (const auto& option : options(workload.name()))
    if (rule_of(option, {}) == KeyRule::internal &&
        std::find(changed.begin(), changed.end(), option.name) != changed.end())
      reasons.push_back(
          cat(option.name, " is ", value_text(config, option.name), ", not ", option.default_value));
  check_ours(config, reasons);
  return reasons;
}

std::vector<std::string> unofficial_reasons(const Config& config, const RunConduct& conduct) {
  auto reasons = unofficial_reasons(config);
  check_conduct(conduct, workload_of(config).metrics().front().target_key(), reasons);
  return reasons;
}

std::vector<std::pair<std::string, std::string>> comparability(const std::vector<ConfigEntry>& config) {
  std::vector<std::pair<std::string, std::string>> values;
  for (const auto& key : workload_of(config).comparability_keys())
    for (const auto& entry : config)
      if (entry.key == key) values.emplace_back(key, entry.value);
  return values;
}

std::vector<std::string> differs_from_baseline(const std::vector<ConfigEntry>& config) {
  const auto baseline = workload_of(config).official_problem();
  std::vector<std::string> differences;
  if (!baseline) return differences;
  for (const auto& [key, value] : comparability(config))
    if (const auto usual = value_text(*baseline, key); !same_value(value, usual))
      differences.push_back(cat(key, " is ", value, ", the baseline's is ", usual));
  return differences;
}

std::optional<std::string> batch_complaint(std::int64_t global_batch, std::int64_t training,
                                           std::int64_t validation) {
  std::string above;
  if (global_batch > training) above = cat("the ", training, " training samples");
  if (global_batch > validation)
    above += cat(above.empty() ? "" : " and ", "the ", validation, " validation samples");
  if (above.empty()) return std::nullopt;
  return cat("a step's global batch of ", global_batch, " samples is larger than ", above,
             ", which the reference refuses");
}

}  // namespace scaffold

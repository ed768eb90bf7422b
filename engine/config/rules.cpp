// Rules that tie keys together; what a key accepts by itself stands where it is declared.
#include <algorithm>
#include <array>

#include "config/options.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {

using namespace config_detail;

namespace {

std::string with_origin(const MergedConfig& merged, const std::string& key) {
  return cat(key, " ", value_text(merged.values, key), " (", origin_of(merged, key), ")");
}

}  // namespace

void declare::fail_rule(const MergedConfig& merged, const std::string& key, const std::string& what,
                        const std::string& other) {
  throw ConfigError(cat(with_origin(merged, key), " ", what,
                        other.empty() ? "" : "; there is " + with_origin(merged, other)));
}

void validate(const MergedConfig& merged) {
  const Config& c = merged.values;
  std::array<std::int64_t, 3> axes = c.dc_shard_dims;
  std::sort(axes.begin(), axes.end());
  if (axes != std::array<std::int64_t, 3>{2, 3, 4})
    fail_rule(merged, "dc_shard_dims", "must name 2, 3 and 4 (D, H, W) once each");
  if (const auto& rules = workload_rules(c.workload)) rules(merged);
  if (c.min_learning_rate > c.starting_learning_rate)
    fail_rule(merged, "min_learning_rate", "must be at most starting_learning_rate",
              "starting_learning_rate");
}

}  // namespace scaffold

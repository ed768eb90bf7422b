#include "job/run_checks.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "run/official.hpp"

namespace scaffold {

std::optional<std::string> batch_note(const DatasetSource& data, std::int64_t batch, int replicas) {
  const auto complaint = batch_complaint(batch, data.training(), data.validation());
  if (!complaint) return std::nullopt;
  return cat(*complaint, "; use ",
             replicas > 1
                 ? cat("fewer replicas than ", replicas, " (fewer ranks, or more ", "dc_num_shards), ")
                 : "",
             "a smaller local_batch_size or fewer grad_accumulation_steps");
}

void check_batch(const Config& config, const DatasetSource& data, std::int64_t batch, int replicas) {
  const auto note = batch_note(data, batch, replicas);
  if (!note) return;
  if (unofficial_reasons(config).empty()) throw ConfigError(*note);
  log::warning(cat(*note, ". This run goes on: it is not official anyway"));
}

}  // namespace scaffold

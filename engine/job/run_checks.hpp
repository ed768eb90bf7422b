// What is known of a run from its configuration alone, before any data is made.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "config/config.hpp"
#include "workload/task.hpp"

namespace scaffold {

/// The reference ends where a step's `batch` of samples, over all replicas, is larger than the training or
/// the validation samples. So does a run that could be official (ConfigError); any other is told and goes on.
void check_batch(const Config& config, const DatasetSource& data, std::int64_t batch, int replicas);
/// What is wrong with such a batch, and what to do; nothing where nothing is.
std::optional<std::string> batch_note(const DatasetSource& data, std::int64_t batch, int replicas);

}  // namespace scaffold

// What is known of a run from its configuration alone, before any data is made.
#pragma once
#include <optional>
#include <string>

#include "config/config.hpp"
#include "fractal_unet/dataset/plan.hpp"

namespace scaffold {

/// A split that leaves nothing to train or validate on is a ConfigError; a target that predicting background
/// alone reaches is warned of.
void check_split(const Config& config, const Plan& plan);

/// The reference ends where a step's `batch` of samples, over all replicas, is larger than the training or
/// the validation volumes. So does a run that could be official (ConfigError); any other is told and goes on.
void check_batch(const Config& config, const Plan& plan, std::int64_t batch, int replicas);
/// What is wrong with such a batch, and what to do; nothing where nothing is.
std::optional<std::string> batch_note(const Plan& plan, std::int64_t batch, int replicas);

/// What another bottleneck than the page's means from scale 9 on (run/official.hpp); nothing where it is
/// the page's.
std::optional<std::string> bottleneck_note(const Config& config);

}  // namespace scaffold

// From configuration to what library, dataset and their plan are made of.
#pragma once
#include "comm/communicator.hpp"
#include "config/config.hpp"
#include "core/files.hpp"
#include "fractal_unet/dataset/plan.hpp"
#include "fractal_unet/dataset/spec.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace scaffold {

LibrarySpec library_spec(const Config& config);
DatasetSpec dataset_spec(const Config& config);
/// Which fractals its volumes hold, and which volumes validate.
Plan dataset_plan(const Config& config);

/// Searches the configured library on all ranks, `cores` threads each, and returns its folder; `force` starts
/// over instead of filling holes. What one rank throws every rank throws. Collective.
fs::path search_library(const Config& config, int cores, bool force, Communicator& ranks);

}  // namespace scaffold

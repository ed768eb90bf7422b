// The network of a checkpoint on one volume. Plain data on this side; LibTorch is behind it, where it was
// built in.
#pragma once
#include <string>
#include <vector>

#include "core/files.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "sources/background.hpp"

namespace scaffold::viewer {

struct Inferred {
  std::vector<std::uint8_t> classes;
  std::vector<float> logits;
  std::string precision;
};

/// Whether this viewer can compute predictions at all.
bool can_infer();
/// Computes with all but one of the process's cores, in the precision that the run was trained in. Logits are
/// kept when they take at most `logits_budget` bytes. SystemError when the memory at hand is known not to
/// suffice; ConfigError when this viewer was built without LibTorch.
Inferred infer(const fs::path& checkpoint, const DatasetReader& reader, std::int64_t volume,
               std::uint64_t logits_budget, const ProgressTold& progress);

}  // namespace scaffold::viewer

// scaffold export of a dataset's volume or a prediction, for programs that look at volumes.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>

namespace CLI {
class App;
}

namespace scaffold {

struct LabelTargets {
  std::optional<std::int64_t> volume;
  std::filesystem::path nifti, ome_zarr, vtkhdf;
  bool any() const { return volume || !nifti.empty() || !ome_zarr.empty() || !vtkhdf.empty(); }
};

void add_label_options(CLI::App& command, LabelTargets& targets);
/// `path`: a dataset's folder (then with a volume) or a prediction. Nothing that is there already is
/// replaced.
int export_labels(const std::filesystem::path& path, const LabelTargets& targets);

}  // namespace scaffold

#include "app/open.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/checkpoint_panel.hpp"
#include "panels/dataset_panel.hpp"
#include "panels/gallery_panel.hpp"
#include "panels/run_panel.hpp"
#include "run/artifact.hpp"

namespace scaffold::viewer {
namespace {

/// A volume is shown within its dataset: <dataset>/volumes/NNNNNN.h5.
std::unique_ptr<Panel> open_volume(const fs::path& file, Context& context) {
  const fs::path folder = fs::absolute(file).parent_path().parent_path();
  std::int64_t number = -1;
  if (!fs::exists(folder / "index.json") || !parse_int(file.stem().string(), number))
    throw DataError(
        cat("'", file.string(), "' is a volume, but its dataset's index.json is not in the folder above it"));
  auto panel = std::make_unique<DatasetPanel>(folder, context);
  panel->show_volume(number);
  return panel;
}

std::unique_ptr<Panel> open_panel(const ArtifactRef& found, Context& context) {
  switch (found.thing) {
    case ArtifactKind::dataset:
      return std::make_unique<DatasetPanel>(found.path, context);
    case ArtifactKind::volume:
      return open_volume(found.path, context);
    case ArtifactKind::run:
      return std::make_unique<RunPanel>(found.path, context);
    case ArtifactKind::library:
      return std::make_unique<GalleryPanel>(found.path, context);
    case ArtifactKind::checkpoint:
    case ArtifactKind::prediction:
      return std::make_unique<CheckpointPanel>(found.path, context);
  }
  throw DataError(cat("'", found.path.string(), "' is of an unknown kind"));
}

}  // namespace

std::vector<std::unique_ptr<Panel>> open_panels(const fs::path& path, Context& context) {
  std::vector<std::unique_ptr<Panel>> panels;
  for (const ArtifactRef& found : recognize(path)) panels.push_back(open_panel(found, context));
  return panels;
}

}  // namespace scaffold::viewer

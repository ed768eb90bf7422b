#include "panels/fractal_unet/panels.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/fractal_unet/bench_scenes.hpp"
#include "panels/fractal_unet/checkpoint_panel.hpp"
#include "panels/fractal_unet/dataset_panel.hpp"
#include "panels/fractal_unet/gallery_panel.hpp"
#include "panels/fractal_unet/gallery_sheet.hpp"

namespace scaffold::viewer {
namespace {

/// A volume is shown within its dataset: <dataset>/volumes/NNNNNN.h5.
std::unique_ptr<Panel> make_volume(const fs::path& file, Context& context) {
  const fs::path folder = fs::absolute(file).parent_path().parent_path();
  std::int64_t number = -1;
  if (!fs::exists(folder / "index.json") || !parse_int(file.stem().string(), number))
    throw DataError(
        cat("'", file.string(), "' is a volume, but its dataset's index.json is not in the folder above it"));
  auto panel = std::make_unique<DatasetPanel>(folder, context);
  panel->show_volume(number);
  return panel;
}

Sheet open_library_sheet(const fs::path& folder) {
  return [library = std::make_shared<LibrarySource>(folder)](int width, int height, const Theme& theme) {
    return gallery_sheet(*library, width, height, theme);
  };
}

StartPage start_page() {
  return {"3D fractals, datasets made of them, and what a network makes of those",
          "eight fractal categories to look at: their clouds, numbers, instances, rejects",
          {{"scaffold generate_fractals -c configs/smoke.yml", "a library",
            "the classes: numbers, clouds, why candidates fail"},
           {"scaffold generate_dataset -c configs/smoke.yml", "a dataset",
            "volumes in 3D and slices, which instance wrote a voxel"},
           {"scaffold benchmark -c configs/smoke.yml", "a run",
            "curves; its checkpoints against the truth, error by error"}}};
}

}  // namespace

const WorkloadPanels& fractal_unet_panels() {
  static const WorkloadPanels all{
      "Looks at fractal libraries, datasets, checkpoints and runs of ScaFFold.",
      start_page(),
      {{"library", is_a<ArtifactKind::library>, make_panel<GalleryPanel>, nullptr, open_library_sheet},
       {"dataset", is_a<ArtifactKind::dataset>, make_panel<DatasetPanel>},
       {"dataset", is_a<ArtifactKind::volume>, make_volume},
       {"checkpoint", is_a<ArtifactKind::checkpoint>, make_panel<CheckpointPanel>},
       {"prediction", is_a<ArtifactKind::prediction>, make_panel<CheckpointPanel>}},
      {bench_volume, bench_cloud}};
  return all;
}

}  // namespace scaffold::viewer

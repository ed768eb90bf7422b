#include "panels/registry.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/fractal_unet/checkpoint_panel.hpp"
#include "panels/fractal_unet/dataset_panel.hpp"
#include "panels/fractal_unet/gallery_panel.hpp"
#include "panels/run_panel.hpp"
#include "storage/vtkhdf.hpp"

namespace scaffold::viewer {
namespace {

template <ArtifactKind thing>
bool is(const ArtifactRef& found) {
  return found.thing == thing;
}

template <class P, class From = fs::path>
std::unique_ptr<Panel> make(const From& from, Context& context) {
  return std::make_unique<P>(from, context);
}

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

constexpr PanelKind panels[] = {
    {"library", is<ArtifactKind::library>, make<GalleryPanel>},
    {"dataset", is<ArtifactKind::dataset>, make<DatasetPanel>},
    {"dataset", is<ArtifactKind::volume>, make_volume},
    {"checkpoint", is<ArtifactKind::checkpoint>, make<CheckpointPanel>},
    {"prediction", is<ArtifactKind::prediction>, make<CheckpointPanel>},
    {"run", is<ArtifactKind::run>, make<RunPanel>, make<RunPanel, AttachTarget>},
};

std::vector<PanelKind>& all_kinds() {
  static std::vector<PanelKind> all(std::begin(panels), std::end(panels));
  return all;
}

/// What a .vtkhdf file leads to.
ArtifactRef behind(const fs::path& view) {
  const fs::path file = (fs::absolute(view).parent_path() / read_vtkhdf_view(view).file).lexically_normal();
  const ArtifactRef found = recognize(file).front();
  if (found.thing == ArtifactKind::view)
    throw DataError(cat("'", view.string(), "' leads to '", file.string(), "', which holds no voxels"));
  return found;
}

}  // namespace

void add_panel_kind(const PanelKind& kind) { all_kinds().insert(all_kinds().begin(), kind); }

std::vector<std::string> panel_kinds() {
  std::vector<std::string> names;
  for (const auto& kind : all_kinds())
    if (std::ranges::find(names, kind.kind) == names.end()) names.emplace_back(kind.kind);
  return names;
}

std::vector<std::unique_ptr<Panel>> open_panels(const fs::path& path, Context& context) {
  std::vector<std::unique_ptr<Panel>> opened;
  for (ArtifactRef found : recognize(path)) {
    if (found.thing == ArtifactKind::campaign) continue;  // its runs are shown
    if (found.thing == ArtifactKind::view) found = behind(found.path);
    const auto kind = std::ranges::find_if(all_kinds(), [&](const auto& k) { return k.matches(found); });
    if (kind == all_kinds().end())
      throw DataError(cat("'", found.path.string(), "' is of a kind that no panel shows"));
    opened.push_back(kind->make(found.path, context));
  }
  if (opened.empty())
    throw DataError(cat("'", path.string(), "' holds campaigns alone; open one that has begun a run"));
  return opened;
}

std::unique_ptr<Panel> attach_panel(const monitor::Target& target, Context& context) {
  for (const auto& kind : all_kinds())
    if (kind.attach) return kind.attach(target, context);
  throw ConfigError(cat("no panel shows '", target.run, "' while it goes on"));
}

}  // namespace scaffold::viewer

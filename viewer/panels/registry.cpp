#include "panels/registry.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/fractal_unet/panels.hpp"
#include "panels/run_panel.hpp"
#include "storage/vtkhdf.hpp"

namespace scaffold::viewer {
namespace {

constexpr PanelKind run{"run", is_a<ArtifactKind::run>, make_panel<RunPanel>,
                        make_panel<RunPanel, AttachTarget>};

/// The workloads' in the order in which --help names them.
const WorkloadPanels* const workloads[] = {&fractal_unet_panels()};

std::vector<PanelKind>& all_kinds() {
  static std::vector<PanelKind> all = [] {
    std::vector<PanelKind> kinds;
    for (const auto* workload : workloads)
      kinds.insert(kinds.end(), workload->kinds.begin(), workload->kinds.end());
    kinds.push_back(run);
    return kinds;
  }();
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

const WorkloadPanels& default_panels() { return *workloads[0]; }

Sheet open_sheet(const fs::path& path) {
  for (const auto& kind : all_kinds())
    if (kind.sheet) return kind.sheet(path);
  throw ConfigError(cat("no panel draws '", path.string(), "' on a sheet"));
}

std::unique_ptr<Panel> attach_panel(const monitor::Target& target, Context& context) {
  for (const auto& kind : all_kinds())
    if (kind.attach) return kind.attach(target, context);
  throw ConfigError(cat("no panel shows '", target.run, "' while it goes on"));
}

}  // namespace scaffold::viewer

// Which panel shows what: a table with a line for each kind. A workload's kinds, and what else the program
// shows of it, come from a folder of its own, which has a line in registry.cpp.
#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "panels/panel.hpp"
#include "run/artifact.hpp"
#include "scene/label_volume.hpp"
#include "scene/view.hpp"

namespace scaffold::viewer {

/// Draws everything that something holds on one picture of this size, without a window.
using Sheet = std::function<Image(int width, int height, const Theme& theme)>;

struct PanelKind {
  const char* kind;  ///< as Panel::kind() says it
  bool (*matches)(const ArtifactRef& found);
  /// DataError when it cannot be read.
  std::unique_ptr<Panel> (*make)(const fs::path& path, Context& context);
  /// Of a run that goes on. Null: the kind shows none.
  std::unique_ptr<Panel> (*attach)(const monitor::Target& target, Context& context) = nullptr;
  /// Opens it for a sheet. Null: the kind has none.
  Sheet (*sheet)(const fs::path& path) = nullptr;
};

/// For the table: things of one kind, and a panel made of where they are.
template <ArtifactKind thing>
bool is_a(const ArtifactRef& found) {
  return found.thing == thing;
}
template <class P, class From = fs::path>
std::unique_ptr<Panel> make_panel(const From& from, Context& context) {
  return std::make_unique<P>(from, context);
}

/// What the window says while nothing is open.
struct StartPage {
  const char* about;
  const char* sample;  ///< what there is to see in assets/sample_library
  struct Step {
    const char *command, *makes, *shows;
  };
  std::vector<Step> steps;  ///< to something of one's own
};

/// What frame times are measured with: made in memory, like what a user works with.
struct BenchScenes {
  /// A dataset's volume of this edge.
  std::shared_ptr<const LabelVolume> (*volume)(std::int64_t edge);
  /// A cloud of so many points. Each call makes it anew with other numbers and gives the view that shows it.
  std::function<View&(int update)> (*cloud)(std::uint64_t points);
};

struct WorkloadPanels {
  const char* about;  ///< the program, in --help
  StartPage start;
  std::vector<PanelKind> kinds;
  BenchScenes bench;
};
/// Of the first workload in the table.
const WorkloadPanels& default_panels();

/// One more kind, asked before those that are there. Its strings must live on.
void add_panel_kind(const PanelKind& kind);
/// Their names, in the order of the table.
std::vector<std::string> panel_kinds();

/// A panel for everything of ours under `path`, as `scaffold inspect` recognizes it. DataError when there is
/// nothing, or it cannot be read.
std::vector<std::unique_ptr<Panel>> open_panels(const fs::path& path, Context& context);
/// DataError when it is no thing that has a sheet, or cannot be read.
Sheet open_sheet(const fs::path& path);
/// A panel of a run that goes on. ConfigError when the target cannot mean anything.
std::unique_ptr<Panel> attach_panel(const monitor::Target& target, Context& context);

}  // namespace scaffold::viewer

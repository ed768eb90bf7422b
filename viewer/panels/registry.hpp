// Which panel shows what: a table with a line for each kind.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "panels/panel.hpp"
#include "run/artifact.hpp"

namespace scaffold::viewer {

struct PanelKind {
  const char* kind;  ///< as Panel::kind() says it
  bool (*matches)(const ArtifactRef& found);
  /// DataError when it cannot be read.
  std::unique_ptr<Panel> (*make)(const fs::path& path, Context& context);
  /// Of a run that goes on. Null: the kind shows none.
  std::unique_ptr<Panel> (*attach)(const monitor::Target& target, Context& context) = nullptr;
};

/// One more kind, asked before those that are there. Its strings must live on.
void add_panel_kind(const PanelKind& kind);
/// Their names, in the order of the table.
std::vector<std::string> panel_kinds();

/// A panel for everything of ours under `path`, as `scaffold inspect` recognizes it. DataError when there is
/// nothing, or it cannot be read.
std::vector<std::unique_ptr<Panel>> open_panels(const fs::path& path, Context& context);
/// A panel of a run that goes on. ConfigError when the target cannot mean anything.
std::unique_ptr<Panel> attach_panel(const monitor::Target& target, Context& context);

}  // namespace scaffold::viewer

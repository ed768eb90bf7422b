#include "app/start_page.hpp"

#include <imgui.h>

#include <optional>

#include "panels/registry.hpp"

namespace scaffold::viewer {
namespace {

/// Beside the sources, above the folder that this program was built in; or where it was installed to.
std::optional<fs::path> sample_library() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path at = program.parent_path(); at.has_relative_path(); at = at.parent_path())
    for (const char* assets : {"assets", "share/scaffold"})
      if (const fs::path sample = at / assets / "sample_library"; fs::is_directory(sample, error))
        return sample;
  return std::nullopt;
}

}  // namespace

void draw_start_page(const std::vector<fs::path>& recent, const std::function<void()>& ask,
                     Context& context) {
  const StartPage& page = default_panels().start;
  const float em = ImGui::GetFontSize();
  ImGui::SetCursorPos({3 * em, 3.5f * em});
  ImGui::BeginGroup();
  ImGui::SetWindowFontScale(1.6f);
  ImGui::TextUnformatted("ScaFFold viewer");
  ImGui::SetWindowFontScale(1);
  ImGui::TextDisabled("%s", page.about);
  ImGui::Dummy({0, em});
  if (ImGui::Button("Open…", {11 * em, 0})) ask();
  context.tags.mark("start-open");
  ImGui::SameLine();
  ImGui::TextDisabled("or drop it here: library, dataset, volume, checkpoint, prediction, run folder");
  if (const auto sample = sample_library()) {
    if (ImGui::Button("Sample library", {11 * em, 0})) context.open(*sample);
    context.tags.mark("start-sample");
    ImGui::SameLine();
    ImGui::TextDisabled("%s", page.sample);
  }
  if (!recent.empty()) {
    ImGui::Dummy({0, em});
    ImGui::TextUnformatted("Recent");
    for (const auto& path : recent)
      if (ImGui::Selectable(path.string().c_str(), false, 0, {40 * em, 0})) context.open(path);
  }
  ImGui::Dummy({0, em});
  ImGui::TextUnformatted("To have something of your own to look at");
  for (const auto& [command, makes, shows] : page.steps) {
    ImGui::BulletText("%s", command);
    ImGui::Indent(1.4f * em);
    ImGui::TextDisabled("%s: %s", makes, shows);
    ImGui::Unindent(1.4f * em);
  }
  ImGui::Dummy({0, em});
  ImGui::TextDisabled(
      "?  lists the keys        Ctrl+O  opens        F10  light or dark        F12  screenshot");
  ImGui::EndGroup();
}

}  // namespace scaffold::viewer

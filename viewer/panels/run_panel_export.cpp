// A chart as a file: its picture, the engine's SVG, or its points.
#include <imgui.h>

#include <algorithm>
#include <cstring>

#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/run_panel.hpp"
#include "scene/image_file.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* extensions[] = {".png", ".svg", ".csv"};
constexpr int min_pixels = 200, max_pixels = 4000;

}  // namespace

void RunPanel::begin_export(std::size_t chart) {
  export_.chart = chart;
  export_.own_name = false;
  export_.problem.clear();
  suggest_name();
  open_export_ = true;
}

void RunPanel::suggest_name() {
  if (export_.own_name) return look_for_file();
  const std::string name = cat(first_.filename().string(), "-", run_chart_table()[export_.chart].key,
                               extensions[static_cast<std::size_t>(export_.format)]);
  export_.name.fill(0);
  std::strncpy(export_.name.data(), name.c_str(), export_.name.size() - 1);
  look_for_file();
}

void RunPanel::look_for_file() {
  std::error_code error;
  export_.exists = fs::exists(export_.name.data(), error);
}

void RunPanel::draw_export() {
  const float em = ImGui::GetFontSize();
  if (std::exchange(open_export_, false)) ImGui::OpenPopup("Save chart");
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  if (!ImGui::BeginPopup("Save chart")) return;
  ImGui::Text("Save “%s” as", run_chart_table()[export_.chart].name);
  int format = static_cast<int>(export_.format);
  for (int i = 0; i < 3; ++i) {
    if (i) ImGui::SameLine();
    static constexpr const char* names[] = {"PNG picture", "SVG drawing", "CSV of the points"};
    if (ImGui::RadioButton(names[i], &format, i)) {
      export_.format = static_cast<Format>(format);
      suggest_name();
    }
    context_.tags.mark(cat("export-format-", i));
  }
  if (export_.format != Format::csv) {
    int size[2] = {export_.width, export_.height};
    ImGui::SetNextItemWidth(12 * em);
    if (ImGui::InputInt2(export_.format == Format::png ? "pixels" : "proportions", size)) {
      export_.width = std::clamp(size[0], min_pixels, max_pixels);
      export_.height = std::clamp(size[1], min_pixels, max_pixels);
    }
    context_.tags.mark("export-size");
  }
  ImGui::SetNextItemWidth(30 * em);
  bool save = ImGui::InputText("##file", export_.name.data(), export_.name.size(),
                               ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemEdited()) {
    export_.own_name = true;
    look_for_file();
  }
  context_.tags.mark("export-name");
  save |= ImGui::Button(export_.exists ? "Replace###save" : "Save###save");
  context_.tags.mark("export-save");
  ImGui::SameLine();
  if (ImGui::Button("Cancel")) ImGui::CloseCurrentPopup();
  context_.tags.mark("export-cancel");
  if (!export_.problem.empty()) {
    ImGui::PushTextWrapPos(32 * em);
    ImGui::TextColored(vec4(context_.theme.bad), "%s", export_.problem.c_str());
    ImGui::PopTextWrapPos();
  }
  if (save && write_export()) ImGui::CloseCurrentPopup();
  ImGui::EndPopup();
}

bool RunPanel::write_export() {
  try {
    if (export_.name[0] == 0) throw DataError("a name for the file is missing");
    std::error_code error;
    const fs::path path = fs::absolute(export_.name.data(), error).lexically_normal();
    if (fs::is_directory(path, error)) throw DataError(cat("'", path.string(), "' is a folder"));
    ChartWidget& chart = widget(export_.chart);
    if (stale_) rebuild();
    const ChartContent& content = chart.chart().content();
    switch (export_.format) {
      case Format::png:
        write_png(chart.picture(export_.width, export_.height), path);
        break;
      case Format::svg:
        write_atomic(path,
                     chart_svg(content, chart.chart().range(),
                               static_cast<double>(export_.height) / static_cast<double>(export_.width)));
        break;
      case Format::csv:
        write_atomic(path, chart_csv(content, chart.chart().range()));
        break;
    }
    notice_ = cat("saved '", path.string(), "'");
    return true;
  } catch (const Error& problem) {
    export_.problem = problem.what();
  }
  return false;
}

}  // namespace scaffold::viewer

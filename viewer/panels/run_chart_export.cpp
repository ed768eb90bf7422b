#include "panels/run_chart_export.hpp"

#include <imgui.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/image_file.hpp"
#include "ui/dialog.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* extensions[] = {".png", ".svg", ".csv"};
constexpr const char* format_names[] = {"PNG picture", "SVG drawing", "CSV of the points"};
constexpr int min_pixels = 200, max_pixels = 4000;

}  // namespace

void ChartExport::begin(std::size_t chart, const std::string& run) {
  chart_ = chart;
  run_ = run;
  own_name_ = false;
  problem_.clear();
  suggest_name();
  open_ = true;
}

void ChartExport::suggest_name() {
  if (!own_name_) {
    const std::string name =
        cat(run_, "-", run_chart_table()[chart_].key, extensions[static_cast<std::size_t>(format_)]);
    name_.fill(0);
    std::strncpy(name_.data(), name.c_str(), name_.size() - 1);
  }
  look_for_file();
}

void ChartExport::look_for_file() {
  std::error_code error;
  exists_ = fs::exists(name_.data(), error);
}

void ChartExport::draw() {
  if (std::exchange(open_, false)) ImGui::OpenPopup("Save chart");
  if (!begin_dialog("Save chart")) return;
  ImGui::Text("Save “%s” as", run_chart_table()[chart_].name.c_str());
  draw_format();
  bool save = draw_name();
  save |= dialog_buttons(exists_ ? "Replace###save" : "Save###save", "export-save", "export-cancel", context_,
                         true);
  if (!problem_.empty()) {
    ImGui::PushTextWrapPos(32 * ImGui::GetFontSize());
    ImGui::TextColored(vec4(context_.theme.bad), "%s", problem_.c_str());
    ImGui::PopTextWrapPos();
  }
  if (save && write()) ImGui::CloseCurrentPopup();
  end_dialog();
}

void ChartExport::draw_format() {
  int format = static_cast<int>(format_);
  for (int i = 0; i < 3; ++i) {
    if (i) ImGui::SameLine();
    if (ImGui::RadioButton(format_names[i], &format, i)) {
      format_ = static_cast<Format>(format);
      suggest_name();
    }
    context_.tags.mark(cat("export-format-", i));
  }
  if (format_ == Format::csv) return;
  int size[2] = {width_, height_};
  ImGui::SetNextItemWidth(12 * ImGui::GetFontSize());
  if (ImGui::InputInt2(format_ == Format::png ? "pixels" : "proportions", size)) {
    width_ = std::clamp(size[0], min_pixels, max_pixels);
    height_ = std::clamp(size[1], min_pixels, max_pixels);
  }
  context_.tags.mark("export-size");
}

/// Whether Enter was pressed.
bool ChartExport::draw_name() {
  ImGui::SetNextItemWidth(30 * ImGui::GetFontSize());
  const bool entered =
      ImGui::InputText("##file", name_.data(), name_.size(), ImGuiInputTextFlags_EnterReturnsTrue);
  if (ImGui::IsItemEdited()) {
    own_name_ = true;
    look_for_file();
  }
  context_.tags.mark("export-name");
  return entered;
}

bool ChartExport::write() {
  try {
    if (name_[0] == 0) throw DataError("a name for the file is missing");
    std::error_code error;
    const fs::path path = fs::absolute(name_.data(), error).lexically_normal();
    if (fs::is_directory(path, error)) throw DataError(cat("'", path.string(), "' is a folder"));
    write(path);
    notice_ = cat("saved '", path.string(), "'");
    return true;
  } catch (const Error& problem) {
    problem_ = problem.what();
  }
  return false;
}

void ChartExport::write(const fs::path& path) {
  ChartWidget& widget = charts_.up_to_date(chart_);
  const ChartView& chart = widget.chart();
  if (format_ == Format::png)
    write_png(widget.picture(width_, height_), path);
  else if (format_ == Format::svg)
    write_atomic(path, chart_svg(chart.content(), chart.range(),
                                 static_cast<double>(height_) / static_cast<double>(width_)));
  else
    write_atomic(path, chart_csv(chart.content(), chart.range()));
}

}  // namespace scaffold::viewer

#include "app/file_dialog.hpp"

#include <imgui.h>
#include <imgui_stdlib.h>

#include <algorithm>
#include <utility>

#include "core/text.hpp"
#include "run/artifact.hpp"
#include "ui/dialog.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_entries = 5000;

/// What of ours a folder is, for the second column; nothing for others. Cheap: names only.
std::string what_is(const fs::path& path, bool folder) {
  std::error_code error;
  if (!folder) return {};
  if (is_run_folder(path)) return "run";
  if (is_campaign_folder(path)) return "campaign";
  if (fs::exists(path / "index.json", error)) return "dataset";
  if (fs::exists(path / "library.json", error)) return "library";
  return {};
}

}  // namespace

void FileDialog::show(Purpose purpose, const std::string& title, const std::string& name,
                      std::function<void(const fs::path&)> chosen) {
  purpose_ = purpose;
  title_ = title;
  name_ = name;
  chosen_ = std::move(chosen);
  visible_ = appearing_ = true;
  std::error_code error;
  enter(folder_.empty() ? fs::current_path(error) : folder_);
}

void FileDialog::enter(const fs::path& folder) {
  folder_ = folder.lexically_normal();
  entries_.clear();
  selected_.clear();
  problem_.clear();
  std::error_code error;
  fs::directory_iterator at(folder_, fs::directory_options::skip_permission_denied, error);
  for (const fs::directory_iterator end; !error && at != end && entries_.size() < max_entries;
       at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (!hidden_files_ && name[0] == '.') continue;
    std::error_code no;
    const bool is_folder = at->is_directory(no);
    entries_.push_back({name, what_is(at->path(), is_folder), is_folder});
  }
  if (error) problem_ = cat("cannot read this folder: ", error.message());
  std::sort(entries_.begin(), entries_.end(),
            [](const Entry& a, const Entry& b) { return a.folder != b.folder ? a.folder : a.name < b.name; });
}

void FileDialog::choose(const fs::path& path) {
  visible_ = false;
  chosen_(path);
}

void FileDialog::draw(Context& context) {
  if (!visible_) return;
  const ImVec2 screen = ImGui::GetMainViewport()->WorkSize;
  const float em = ImGui::GetFontSize();
  ImGui::SetNextWindowSize({std::min(46 * em, 0.9f * screen.x), std::min(32 * em, 0.9f * screen.y)},
                           ImGuiCond_Appearing);
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  const bool appearing = std::exchange(appearing_, false);
  if (appearing) ImGui::SetNextWindowFocus();
  const bool drawn = ImGui::Begin(cat(title_, "###file dialog").c_str(), &visible_,
                                  ImGuiWindowFlags_NoCollapse | ImGuiWindowFlags_NoSavedSettings);
  if (drawn) {
    bool entered = false;
    if (ImGui::Button("Up") && folder_.has_parent_path()) enter(folder_.parent_path());
    ImGui::SameLine();
    if (ImGui::Checkbox("hidden", &hidden_files_)) enter(folder_);
    ImGui::SameLine();
    std::string typed = folder_.string();
    ImGui::SetNextItemWidth(-1);
    if (ImGui::InputText("##folder", &typed, ImGuiInputTextFlags_EnterReturnsTrue)) {
      std::error_code error;
      fs::is_directory(typed, error) ? enter(typed) : choose(typed);
    }
    draw_entries(context);
    if (purpose_ == Purpose::save) {
      ImGui::SetNextItemWidth(-8 * em);
      if (appearing) ImGui::SetKeyboardFocusHere();
      entered = ImGui::InputText("##name", &name_,
                                 ImGuiInputTextFlags_EnterReturnsTrue | ImGuiInputTextFlags_AutoSelectAll);
      context.tags.mark("dialog-name");
      ImGui::SameLine();
    }
    const bool ready = purpose_ == Purpose::save ? !name_.empty() : true;
    std::error_code error;
    const bool replaces = purpose_ == Purpose::save && ready && fs::exists(folder_ / name_, error);
    ImGui::BeginDisabled(!ready);
    // Enter alone replaces nothing.
    if (ImGui::Button(replaces                    ? "Replace"
                      : purpose_ == Purpose::save ? "Save"
                      : selected_.empty()         ? "Open this folder"
                                                  : "Open") ||
        ((entered || (!appearing && enter_pressed())) && ready && !replaces))
      choose(purpose_ == Purpose::save ? folder_ / name_ : selected_.empty() ? folder_ : folder_ / selected_);
    context.tags.mark("dialog-ok");
    ImGui::EndDisabled();
    ImGui::SameLine();
    if (ImGui::Button("Cancel")) visible_ = false;
    keep_inside();
  }
  ImGui::End();
}

void FileDialog::draw_entries(Context& context) {
  const float below = ImGui::GetFrameHeightWithSpacing() + 4;
  if (!problem_.empty()) ImGui::TextColored(vec4(context.theme.bad), "%s", problem_.c_str());
  if (!ImGui::BeginTable("entries", 2, ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg, {0, -below})) return;
  ImGui::TableSetupColumn("Name", ImGuiTableColumnFlags_WidthStretch);
  ImGui::TableSetupColumn("Is", ImGuiTableColumnFlags_WidthFixed, 6 * ImGui::GetFontSize());
  std::string into;
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(entries_.size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const Entry& entry = entries_[static_cast<std::size_t>(i)];
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      ImGui::PushID(i);
      const std::string label = entry.folder ? entry.name + "/" : entry.name;
      if (ImGui::Selectable(label.c_str(), selected_ == entry.name,
                            ImGuiSelectableFlags_SpanAllColumns | ImGuiSelectableFlags_AllowDoubleClick)) {
        selected_ = entry.name;
        if (!entry.folder) name_ = entry.name;
        if (ImGui::IsMouseDoubleClicked(ImGuiMouseButton_Left)) into = entry.name;
      }
      context.tags.mark("entry-" + entry.name);
      ImGui::PopID();
      ImGui::TableNextColumn();
      ImGui::TextDisabled("%s", entry.what.c_str());
    }
  ImGui::EndTable();
  if (into.empty()) return;
  std::error_code error;
  const fs::path path = folder_ / into;
  // A folder of ours is opened, any other entered.
  if (fs::is_directory(path, error) && (purpose_ == Purpose::save || what_is(path, true).empty()))
    enter(path);
  else
    choose(path);
}

}  // namespace scaffold::viewer

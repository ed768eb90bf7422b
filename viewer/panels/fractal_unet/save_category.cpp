#include "panels/fractal_unet/save_category.hpp"

#include <imgui_stdlib.h>

#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"
#include "ui/dialog.hpp"

namespace scaffold::viewer {

fs::path next_free_category(const fs::path& folder) {
  std::error_code error;
  for (std::uint64_t n = 0; n < 1'000'000; ++n)
    if (const fs::path file = folder / (padded(n, 6) + ".csv"); !fs::exists(file, error)) return file;
  return folder / "category.csv";
}

void save_category(const Ifs& ifs, const fs::path& file) {
  if (!file.has_filename()) throw ConfigError("a category file needs a name, such as 000000.csv");
  std::error_code error;
  if (fs::symlink_status(file, error).type() != fs::file_type::not_found)
    throw ConfigError(cat("'", file.string(), "' exists and is not overwritten: choose another name"));
  const std::string text = to_csv(ifs);
  ifs_from_csv(text, file.string());  // what would not be read again is not written
  write_atomic(file, text);
}

void SavePopup::open() {
  std::error_code error;
  name_ = next_free_category(fs::current_path(error)).filename().string();
  problem_.clear();
  opening_ = true;
}

void SavePopup::draw(const Ifs& ifs, Context& context) {
  constexpr const char* title = "Save as category file";
  if (std::exchange(opening_, false)) ImGui::OpenPopup(title);
  const float em = ImGui::GetFontSize();
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  if (!ImGui::BeginPopupModal(title, nullptr, ImGuiWindowFlags_AlwaysAutoResize)) return;
  std::error_code error;
  ImGui::PushTextWrapPos(30 * em);
  ImGui::TextColored(vec4(context.theme.faint),
                     "Two lines of 13 numbers. A name without a folder goes into %s",
                     fs::current_path(error).string().c_str());
  ImGui::SetNextItemWidth(30 * em);
  if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
  bool save = ImGui::InputText("##name", &name_, ImGuiInputTextFlags_EnterReturnsTrue);
  context.tags.mark("save-name");
  if (!problem_.empty()) ImGui::TextColored(vec4(context.theme.bad), "%s", problem_.c_str());
  ImGui::PopTextWrapPos();
  save |= dialog_buttons("Save", "save-ok", "save-cancel", context, true);
  if (save) try {
      save_category(ifs, name_);
      ImGui::CloseCurrentPopup();
    } catch (const Error& problem) {
      problem_ = problem.what();
    }
  end_dialog();
}

}  // namespace scaffold::viewer

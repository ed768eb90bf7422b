#include "app/application.hpp"

#include <imgui.h>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

/// Folders that `path` means: itself, the one that its file belongs to, or those in it.
std::vector<fs::path> dataset_folders(const fs::path& path) {
  std::error_code error;
  for (fs::path at = fs::absolute(path); at.has_relative_path(); at = at.parent_path())
    if (fs::exists(at / "index.json", error)) return {at};
  std::vector<fs::path> found;
  if (fs::is_directory(path, error))
    for (const auto& entry : fs::directory_iterator(path, error))
      if (fs::exists(entry.path() / "index.json", error)) found.push_back(entry.path());
  return found;
}

}  // namespace

bool Application::open(const std::string& path) {
  try {
    if (!fs::exists(path)) throw DataError(cat("'", path, "' does not exist"));
    const auto folders = dataset_folders(path);
    if (folders.empty()) throw DataError(cat("'", path, "' is no dataset, and holds none"));
    for (const auto& folder : folders) datasets_.push_back(std::make_unique<DatasetPanel>(folder));
    return true;
  } catch (const std::exception& error) {
    messages_.push_back(error.what());
  }
  return false;
}

void Application::draw() {
  const ImGuiViewport* screen = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen->WorkPos);
  ImGui::SetNextWindowSize(screen->WorkSize);
  ImGui::Begin("scaffold-viewer", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBringToFrontOnFocus);
  draw_messages();
  if (datasets_.empty())
    draw_start();
  else if (datasets_.size() == 1)
    datasets_.front()->draw();
  else if (ImGui::BeginTabBar("open")) {
    for (std::size_t i = 0; i < datasets_.size(); ++i) {
      ImGui::PushID(static_cast<int>(i));
      bool kept = true;
      if (ImGui::BeginTabItem(datasets_[i]->title().c_str(), &kept)) {
        datasets_[i]->draw();
        ImGui::EndTabItem();
      }
      ImGui::PopID();
      if (!kept) {
        datasets_.erase(datasets_.begin() + static_cast<std::ptrdiff_t>(i));
        break;
      }
    }
    ImGui::EndTabBar();
  }
  ImGui::End();
  if (ImGui::IsKeyPressed('/') && ImGui::GetIO().KeyShift) help_ = !help_;
  if (help_) draw_help();
}

void Application::draw_start() {
  ImGui::TextUnformatted("ScaFFold: datasets of 3D fractals");
  ImGui::Spacing();
  ImGui::BulletText("Drop a dataset folder on this window");
  ImGui::BulletText("or start scaffold-viewer PATH");
  ImGui::BulletText("`scaffold generate_dataset -c configs/smoke.yml` makes a small one");
}

void Application::draw_messages() {
  for (std::size_t i = 0; i < messages_.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    const bool away = ImGui::SmallButton("x");
    ImGui::SameLine();
    ImGui::PushStyleColor(ImGuiCol_Text, {1, 0.7f, 0.3f, 1});
    ImGui::TextWrapped("%s", messages_[i].c_str());
    ImGui::PopStyleColor();
    ImGui::PopID();
    if (away) {
      messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(i));
      return;
    }
  }
}

void Application::draw_help() {
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  if (ImGui::Begin("Keys", &help_, ImGuiWindowFlags_AlwaysAutoResize)) {
    for (const auto& [key, does] : {std::pair("n, p", "next, previous volume"),
                                    {"1 2 3 4", "cubes, points, surfaces, ray casting"},
                                    {"r, x, y, z", "look from the corner, along D, H, W"},
                                    {"s", "slices on and off"},
                                    {"drag, right drag, wheel", "turn, shift, come nearer"},
                                    {"?", "this list"}}) {
      ImGui::TextUnformatted(key);
      ImGui::SameLine(14 * ImGui::GetFontSize());
      ImGui::TextUnformatted(does);
    }
  }
  ImGui::End();
}

void Application::run() {
  // ImGui needs a few frames after an event; then nothing is drawn until the next.
  constexpr int frames_after_event = 3;
  int left = frames_after_event;
  while (!window_.closing()) {
    window_.wait(left > 0 ? 0 : 3600);
    left = left > 0 ? left - 1 : frames_after_event;
    for (const auto& path : window_.dropped()) open(path);
    if (ImGui::IsAnyMouseDown()) left = frames_after_event;
    window_.frame([&] { draw(); });
  }
}

}  // namespace scaffold::viewer

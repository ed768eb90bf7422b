#include "app/application.hpp"

#include <imgui.h>

#include <algorithm>
#include <utility>

#include "app/session.hpp"
#include "app/start_page.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "panels/registry.hpp"
#include "scene/image_file.hpp"
#include "ui/dialog.hpp"
#include "ui/keys.hpp"
#include "ui/recover.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_recent = 12;

}  // namespace

Application::Application(Window& window) : window_(window) {
  context_.wake = &Window::wake;
  context_.complain = [this](const std::string& text) { messages_.complain(text); };
  context_.open = [this](const fs::path& path) { waiting_.push_back(path); };
  context_.browse = [this](const std::string& title, std::function<void(const fs::path&)> chosen) {
    dialog_.show(FileDialog::Purpose::open, title, "", std::move(chosen));
  };
  context_.known = [this](const std::string& kind) {
    std::vector<fs::path> paths;
    for (const auto& panel : panels())
      if (panel->kind() == kind) paths.push_back(panel->path());
    for (const auto& path : recent_)
      if (std::none_of(paths.begin(), paths.end(), [&](const auto& p) { return same_file(p, path); }))
        paths.push_back(path);
    return paths;
  };
  apply(context_.theme, window_.scale());
}

void Application::set_recent(std::vector<fs::path> recent) {
  recent_ = std::move(recent);
  if (recent_.size() > max_recent) recent_.resize(max_recent);
}

bool Application::open(const fs::path& path) {
  return Session::is_file(path) ? Session(*this).open(path) : open_artifact(path);
}

bool Application::open_artifact(const fs::path& path) {
  try {
    for (auto& panel : open_panels(path, context_)) tabs_.add(std::move(panel));
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error).lexically_normal();
    auto recent = recent_;
    std::erase(recent, absolute);
    recent.insert(recent.begin(), absolute);
    set_recent(std::move(recent));
    return true;
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
  return false;
}

bool Application::attach(const std::vector<AttachTarget>& targets) {
  try {
    std::unique_ptr<Panel> fresh;
    for (const auto& target : targets)
      if (!fresh)
        fresh = attach_panel(target, context_);
      else if (!fresh->attach(target))
        context_.complain(cat("'", target.run, "' was not attached to: there are too many runs"));
    if (!fresh) return false;
    tabs_.add(std::move(fresh));  // in place of the folder, where that is open
    return true;
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
  return false;
}

void Application::set_dark(bool dark) {
  context_.theme = dark ? dark_theme() : light_theme();
  apply(context_.theme, window_.scale());
  for (const auto& panel : panels()) panel->theme_changed();
}

void Application::open_waiting() {
  tabs_.end_frame();
  for (const auto& path : window_.dropped()) waiting_.push_back(path);
  for (const auto& path : std::exchange(waiting_, {})) open(path);
  if (std::exchange(screenshot_, false)) screenshot();
}

void Application::draw() {
  context_.tags.clear();
  const bool escaped = close_front();
  guarded([&] { draw_menu(); });
  const ImGuiViewport* screen = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen->WorkPos);
  ImGui::SetNextWindowSize(screen->WorkSize);
  ImGui::Begin("scaffold-viewer", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBringToFrontOnFocus);
  messages_.draw(context_);
  if (panels().empty())
    draw_start_page(
        recent_, [this] { ask_to_open(); }, context_);
  else
    tabs_.draw(context_.tags, [this](Panel& panel) { guarded([&] { panel.draw(); }); });
  ImGui::End();
  guarded([&] { dialog_.draw(context_); });
  guarded([&] {
    if (const auto target = attach_dialog_.draw(context_)) attach({*target});
  });
  if (help_) guarded([&] { draw_help(); });
  if (escaped || dialog_.visible() || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) return;
  guarded([&] {
    if (!dispatch(shortcuts()) && front()) dispatch(front()->shortcuts());
  });
}

/// Whether Escape has closed what is in front of the panels.
bool Application::close_front() {
  if (tend_popups()) return true;
  if (!key_pressed(key_code("Escape"))) return false;
  if (dialog_.visible()) {
    dialog_.hide();
    return true;
  }
  return std::exchange(help_, false);
}

void Application::guarded(const std::function<void()>& draw) {
  const UiMark mark;
  try {
    draw();
  } catch (const std::exception& error) {
    mark.unwind();
    context_.complain(error.what());
  }
}

void Application::draw_menu() {
  if (!ImGui::BeginMainMenuBar()) return;
  const bool file = ImGui::BeginMenu("File");
  context_.tags.mark("menu-file");
  if (file) {
    for (const auto& shortcut : shortcuts())
      if (ImGui::MenuItem(shortcut.does.c_str(), shortcut.keys.c_str())) shortcut.act();
    if (ImGui::BeginMenu("Recent", !recent_.empty())) {
      for (const auto& path : recent_)
        if (ImGui::MenuItem(path.string().c_str())) context_.open(path);
      ImGui::EndMenu();
    }
    ImGui::EndMenu();
  }
  if (ImGui::BeginMenu("View")) {
    if (ImGui::MenuItem("Light theme", nullptr, !context_.theme.dark)) set_dark(!context_.theme.dark);
    ImGui::EndMenu();
  }
  if (ImGui::BeginMenu("Help")) {
    if (ImGui::MenuItem("Keys", "?")) help_ = true;
    ImGui::EndMenu();
  }
  ImGui::EndMainMenuBar();
}

void Application::ask_to_open() { dialog_.show(FileDialog::Purpose::open, "Open", "", context_.open); }

void Application::ask_to_save() {
  dialog_.show(FileDialog::Purpose::save, "Save session", "view.scaffold-session",
               [this](const fs::path& path) { Session(*this).save(path); });
}

std::vector<Shortcut> Application::shortcuts() {
  return {{"Ctrl+O", "Open…", [this] { ask_to_open(); }},
          {"Ctrl+T", "Attach to a run…", [this] { attach_dialog_.show(); }},
          {"Ctrl+S", "Save session as…", [this] { ask_to_save(); }},
          {"Ctrl+W", "Close",
           [this] {
             if (front()) tabs_.close(front_number());
           }},
          {"Ctrl+Right Ctrl+PageDown", "Next tab", [this] { tabs_.step(1); }},
          {"Ctrl+Left Ctrl+PageUp", "Previous tab", [this] { tabs_.step(-1); }},
          {"F12", "Screenshot", [this] { screenshot_ = true; }},
          {"F10", "Light or dark", [this] { set_dark(!context_.theme.dark); }},
          {"?", "All keys", [this] { help_ = !help_; }},
          {"Ctrl+Q", "Quit", [this] { quit_ = true; }}};
}

void Application::draw_help() {
  ImGui::SetNextWindowPos(ImGui::GetMainViewport()->GetCenter(), ImGuiCond_Appearing, {0.5f, 0.5f});
  if (ImGui::Begin("Keys", &help_, ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings)) {
    const auto list = [](const std::vector<Shortcut>& shortcuts) {
      for (const auto& shortcut : shortcuts) {
        ImGui::TextUnformatted(shortcut.keys.c_str());
        ImGui::SameLine(14 * ImGui::GetFontSize());
        ImGui::TextUnformatted(shortcut.does.c_str());
      }
    };
    if (front()) {
      list(front()->shortcuts());
      ImGui::Separator();
    }
    list(shortcuts());
    if (const char* mouse = front() ? front()->mouse_help() : ""; *mouse) {
      ImGui::Separator();
      ImGui::TextUnformatted("drag");
      ImGui::SameLine(14 * ImGui::GetFontSize());
      ImGui::TextUnformatted(mouse);
    }
  }
  keep_inside();
  ImGui::End();
}

void Application::screenshot() {
  for (int n = 1; n < 10000; ++n) {
    const fs::path path = cat("scaffold-", n, ".png");
    std::error_code error;
    if (fs::exists(path, error)) continue;
    try {
      write_png(window_.picture(), path);
      messages_.notice(cat("screenshot in '", fs::absolute(path, error).string(), "'"));
    } catch (const Error& problem) {
      context_.complain(problem.what());
    }
    return;
  }
}

void Application::run(const std::function<void()>& after_frame) {
  // ImGui needs a few frames after an event; then nothing is drawn until the next.
  constexpr int frames_after_event = 3;
  int left = frames_after_event;
  while (!window_.closing() && !quit_ && !signals::pending()) {
    window_.wait(left > 0 || animating() ? 0 : busy() ? 0.1 : 3600);
    left = left > 0 ? left - 1 : frames_after_event;
    if (ImGui::IsAnyMouseDown()) left = frames_after_event;
    const bool worked = busy();
    window_.frame([&] { draw(); });
    open_waiting();
    // What this frame has taken from the background may be seen in the next only.
    if (worked && !busy()) left = frames_after_event;
    if (after_frame) after_frame();
  }
}

}  // namespace scaffold::viewer

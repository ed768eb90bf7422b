#include "app/application.hpp"

#include <imgui.h>

#include <algorithm>
#include <optional>

#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "panels/registry.hpp"
#include "scene/image_file.hpp"
#include "ui/flow.hpp"
#include "ui/keys.hpp"
#include "ui/recover.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_messages = 20, few_messages = 3;  // kept; shown until asked for more

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) && !error;
}

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

Application::Application(Window& window) : window_(window) {
  context_.wake = &Window::wake;
  context_.complain = [this](const std::string& text) {
    ++complaints_;
    if (messages_.empty() || messages_.back() != text) messages_.push_back(text);
    if (messages_.size() > max_messages) messages_.erase(messages_.begin());
  };
  context_.open = [this](const fs::path& path) { open_later(path); };
  context_.known = [this](const std::string& kind) {
    std::vector<fs::path> paths;
    for (const auto& panel : panels_)
      if (panel->kind() == kind) paths.push_back(panel->path());
    for (const auto& path : recent_)
      if (std::none_of(paths.begin(), paths.end(), [&](const auto& p) { return same_file(p, path); }))
        paths.push_back(path);
    return paths;
  };
  apply(context_.theme, window_.scale());
}

bool Application::open_thing(const fs::path& path) {
  try {
    auto fresh = open_panels(path, context_);
    for (auto& panel : fresh) {
      const auto open = std::find_if(panels_.begin(), panels_.end(), [&](const auto& p) {
        return p->kind() == panel->kind() && same_file(p->path(), panel->path());
      });
      if (open == panels_.end()) {
        panels_.push_back(std::move(panel));
        bring_to_front(panels_.size() - 1);
      } else {  // opened again: read again
        const auto number = static_cast<std::size_t>(open - panels_.begin());
        *open = std::move(panel);
        bring_to_front(number);
      }
    }
    std::error_code error;
    const fs::path absolute = fs::absolute(path, error).lexically_normal();
    std::erase(recent_, absolute);
    recent_.insert(recent_.begin(), absolute);
    if (recent_.size() > max_recent) recent_.resize(max_recent);
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
    // In place of the folder, where that is open.
    const auto open = std::find_if(panels_.begin(), panels_.end(), [&](const auto& panel) {
      return panel->kind() == fresh->kind() && same_file(panel->path(), fresh->path());
    });
    const auto number = static_cast<std::size_t>(open - panels_.begin());
    if (open == panels_.end())
      panels_.push_back(std::move(fresh));
    else {
      closed_.push_back(std::move(*open));
      *open = std::move(fresh);
    }
    bring_to_front(number);
    return true;
  } catch (const std::exception& error) {
    context_.complain(error.what());
  }
  return false;
}

void Application::close(std::size_t panel) {
  // Its textures are in what this frame draws.
  closed_.push_back(std::move(panels_[panel]));
  panels_.erase(panels_.begin() + static_cast<std::ptrdiff_t>(panel));
  if (front_ >= panel && front_ > 0) --front_;
  select_front_ = true;
}

void Application::bring_to_front(std::size_t panel) {
  front_ = panel;
  select_front_ = true;
}

// Only what is seen: another tab takes its result when it comes to the front.
bool Application::busy() const { return front_ < panels_.size() && panels_[front_]->busy(); }
bool Application::animating() const { return front_ < panels_.size() && panels_[front_]->animating(); }

void Application::set_dark(bool dark) {
  context_.theme = dark ? dark_theme() : light_theme();
  apply(context_.theme, window_.scale());
  for (const auto& panel : panels_) panel->theme_changed();
}

void Application::open_waiting() {
  closed_.clear();
  for (const auto& path : window_.dropped()) waiting_.push_back(path);
  for (const auto& path : std::exchange(waiting_, {})) open(path);
  if (std::exchange(screenshot_, false)) screenshot();
}

void Application::draw() {
  context_.tags.clear();
  guarded([&] { draw_menu(); });
  const ImGuiViewport* screen = ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen->WorkPos);
  ImGui::SetNextWindowSize(screen->WorkSize);
  ImGui::Begin("scaffold-viewer", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings |
                   ImGuiWindowFlags_NoBringToFrontOnFocus);
  draw_messages();
  if (panels_.empty())
    draw_start();
  else
    draw_tabs();
  ImGui::End();
  guarded([&] { dialog_.draw(context_); });
  guarded([&] {
    if (const auto target = attach_dialog_.draw(context_)) attach({*target});
  });
  if (help_) guarded([&] { draw_help(); });
  if (dialog_.visible() || ImGui::IsPopupOpen("", ImGuiPopupFlags_AnyPopup)) return;
  guarded([&] {
    if (!dispatch(shortcuts()) && front()) dispatch(front()->shortcuts());
  });
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

void Application::draw_tabs() {
  if (!ImGui::BeginTabBar("open", ImGuiTabBarFlags_FittingPolicyScroll)) return;
  std::size_t closed = panels_.size();
  const std::size_t wanted = front_;
  for (std::size_t i = 0; i < panels_.size(); ++i) {
    ImGui::PushID(panels_[i].get());
    bool kept = true;
    const auto flags = select_front_ && i == wanted ? ImGuiTabItemFlags_SetSelected : ImGuiTabItemFlags_None;
    // A panel's title may change: it is not the tab's identity.
    if (ImGui::BeginTabItem(cat(panels_[i]->title(), "###tab").c_str(), &kept, flags)) {
      if (!select_front_) front_ = i;
      guarded([&] { panels_[i]->draw(); });
      ImGui::EndTabItem();
    }
    context_.tags.mark(cat("tab-", i));
    ImGui::PopID();
    if (!kept) closed = i;
  }
  select_front_ = false;
  ImGui::EndTabBar();
  if (closed < panels_.size()) close(closed);
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
        if (ImGui::MenuItem(path.string().c_str())) open_later(path);
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

std::vector<Shortcut> Application::shortcuts() {
  return {{"Ctrl+O", "Open…", [this] { dialog_.show(FileDialog::Purpose::open, "Open", "", context_.open); }},
          {"Ctrl+T", "Attach to a run…", [this] { attach_dialog_.show(); }},
          {"Ctrl+S", "Save session as…",
           [this] {
             dialog_.show(FileDialog::Purpose::save, "Save session", "view.scaffold-session",
                          [this](const fs::path& path) { save_session(path); });
           }},
          {"Ctrl+W", "Close",
           [this] {
             if (front()) close(front_);
           }},
          {"Ctrl+Right Ctrl+PageDown", "Next tab",
           [this] {
             if (!panels_.empty()) bring_to_front((front_ + 1) % panels_.size());
           }},
          {"Ctrl+Left Ctrl+PageUp", "Previous tab",
           [this] {
             if (!panels_.empty()) bring_to_front((front_ + panels_.size() - 1) % panels_.size());
           }},
          {"F12", "Screenshot", [this] { screenshot_ = true; }},
          {"F10", "Light or dark", [this] { set_dark(!context_.theme.dark); }},
          {"?", "All keys", [this] { help_ = !help_; }},
          {"Ctrl+Q", "Quit", [this] { quit_ = true; }}};
}

void Application::draw_start() {
  const StartPage& page = default_panels().start;
  const float em = ImGui::GetFontSize();
  ImGui::SetCursorPos({3 * em, 3.5f * em});
  ImGui::BeginGroup();
  ImGui::SetWindowFontScale(1.6f);
  ImGui::TextUnformatted("ScaFFold viewer");
  ImGui::SetWindowFontScale(1);
  ImGui::TextDisabled("%s", page.about);
  ImGui::Dummy({0, em});
  if (ImGui::Button("Open…", {11 * em, 0})) shortcuts()[0].act();
  context_.tags.mark("start-open");
  ImGui::SameLine();
  ImGui::TextDisabled("or drop it here: library, dataset, volume, checkpoint, prediction, run folder");
  if (const auto sample = sample_library()) {
    if (ImGui::Button("Sample library", {11 * em, 0})) open_later(*sample);
    context_.tags.mark("start-sample");
    ImGui::SameLine();
    ImGui::TextDisabled("%s", page.sample);
  }
  if (!recent_.empty()) {
    ImGui::Dummy({0, em});
    ImGui::TextUnformatted("Recent");
    for (const auto& path : recent_)
      if (ImGui::Selectable(path.string().c_str(), false, 0, {40 * em, 0})) open_later(path);
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

void Application::draw_messages() {
  if (!notice_.empty()) {
    const bool away = ImGui::SmallButton("×##notice");
    ImGui::SameLine();
    ImGui::TextColored(vec4(context_.theme.good), "%s", notice_.c_str());
    if (away) notice_.clear();
  }
  const std::size_t n = messages_.size();
  if (n <= few_messages) {
    all_messages_ = false;
    return draw_messages_from(0);
  }
  if (ImGui::SmallButton("×##all")) return messages_.clear();
  context_.tags.mark("dismiss-messages");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Dismiss all messages");
  ImGui::SameLine();
  if (ImGui::SmallButton(all_messages_ ? "▲ the last ones only"
                                       : cat("▼ ", n - few_messages, " more before these").c_str()))
    all_messages_ = !all_messages_;
  context_.tags.mark("more-messages");
  if (!all_messages_) return draw_messages_from(n - few_messages);
  // What is open stays in sight below them.
  ImGui::BeginChild("messages", {0, 0.4f * ImGui::GetContentRegionAvail().y}, true);
  draw_messages_from(0);
  ImGui::EndChild();
}

void Application::draw_messages_from(std::size_t first) {
  std::size_t dismissed = messages_.size();
  for (std::size_t i = first; i < messages_.size(); ++i) {
    ImGui::PushID(static_cast<int>(i));
    if (ImGui::SmallButton("×")) dismissed = i;
    ImGui::SameLine();
    wrapped(context_.theme.bad, messages_[i]);
    ImGui::PopID();
  }
  if (dismissed < messages_.size())
    messages_.erase(messages_.begin() + static_cast<std::ptrdiff_t>(dismissed));
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
  ImGui::End();
  if (key_pressed(key_code("Escape"))) help_ = false;
}

void Application::screenshot() {
  for (int n = 1; n < 10000; ++n) {
    const fs::path path = cat("scaffold-", n, ".png");
    std::error_code error;
    if (fs::exists(path, error)) continue;
    try {
      write_png(window_.picture(), path);
      notice_ = cat("screenshot in '", fs::absolute(path, error).string(), "'");
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

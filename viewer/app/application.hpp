// What is open, and the frame that shows it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/attach_dialog.hpp"
#include "app/file_dialog.hpp"
#include "app/window.hpp"
#include "panels/panel.hpp"

namespace scaffold::viewer {

class Application {
 public:
  explicit Application(Window& window);

  /// Opens whatever `scaffold inspect` recognizes; what cannot be opened becomes a message in the window.
  /// Whether something was opened.
  bool open(const fs::path& path);
  /// Runs that go on, over each other in one panel. What cannot mean anything becomes a message.
  bool attach(const std::vector<AttachTarget>& targets);
  void close(std::size_t panel);
  /// Calls ImGui for one frame.
  void draw();
  /// Until the window is closed or the user quits; `after_frame` is called after each frame.
  void run(const std::function<void()>& after_frame = {});

  const std::vector<std::unique_ptr<Panel>>& panels() const { return panels_; }
  Panel* front() { return front_ < panels_.size() ? panels_[front_].get() : nullptr; }
  void bring_to_front(std::size_t panel);
  const std::vector<std::string>& messages() const { return messages_; }
  void clear_messages() { messages_.clear(); }
  Context& context() { return context_; }
  bool busy() const;
  bool animating() const;

  void set_dark(bool dark);
  const std::vector<fs::path>& recent() const { return recent_; }
  void set_recent(std::vector<fs::path> recent) { recent_ = std::move(recent); }
  /// Everything needed to come back to this; `front` names the same panel.
  nlohmann::json session() const;
  /// Opens what session() held; what is gone becomes a message. `base`: where relative paths begin.
  void restore(const nlohmann::json& session, const fs::path& base);

  /// Paths to open once this frame is over.
  void open_later(const fs::path& path) { waiting_.push_back(path); }
  void open_waiting();
  /// Of who plays at random: what closes the window is in the menu as well.
  void stay() { quit_ = false; }
  std::vector<Shortcut> shortcuts();

 private:
  static constexpr std::size_t max_recent = 12;

  void draw_menu();
  void draw_tabs();
  /// What `draw` throws becomes a message; what it has begun is ended.
  void guarded(const std::function<void()>& draw);
  void draw_start();
  void draw_messages();
  void draw_messages_from(std::size_t first);
  void draw_help();
  bool open_thing(const fs::path& path);
  void restore_entry(const nlohmann::json& entry, const fs::path& base);
  void save_session(fs::path path);
  bool open_session(const fs::path& path);
  void screenshot();

  Window& window_;
  Context context_;
  std::vector<std::unique_ptr<Panel>> panels_, closed_;  ///< closed_: until the frame is over
  std::size_t front_ = 0, complaints_ = 0;
  bool select_front_ = false;
  std::vector<std::string> messages_;
  std::string notice_;  ///< good news, until the next
  std::vector<fs::path> recent_, waiting_;
  FileDialog dialog_;
  AttachDialog attach_dialog_;
  bool all_messages_ = false, help_ = false, quit_ = false, screenshot_ = false;
};

/// As it is written to a file.
std::string session_text(const nlohmann::json& session);

}  // namespace scaffold::viewer

// What is open, and the frame that shows it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/attach_dialog.hpp"
#include "app/file_dialog.hpp"
#include "app/messages.hpp"
#include "app/panel_tabs.hpp"
#include "app/window.hpp"

namespace scaffold::viewer {

class Application {
 public:
  explicit Application(Window& window);

  /// Opens a session file, or whatever `scaffold inspect` recognizes; what cannot be opened becomes a message
  /// in the window. Whether something was opened.
  bool open(const fs::path& path);
  /// The same of anything but a session file.
  bool open_artifact(const fs::path& path);
  /// Runs that go on, over each other in one panel. What cannot mean anything becomes a message.
  bool attach(const std::vector<AttachTarget>& targets);
  /// Calls ImGui for one frame.
  void draw();
  /// Until the window is closed or the user quits; `after_frame` is called after each frame.
  void run(const std::function<void()>& after_frame = {});

  const std::vector<std::unique_ptr<Panel>>& panels() const { return tabs_.panels(); }
  Panel* front() { return tabs_.front(); }
  std::size_t front_number() const { return tabs_.front_number(); }
  void bring_to_front(std::size_t panel) { tabs_.bring_to_front(panel); }
  const std::vector<std::string>& messages() const { return messages_.all(); }
  /// How often something went wrong.
  std::size_t complaints() const { return messages_.complaints(); }
  Context& context() { return context_; }
  // Only what is seen: another tab takes its result when it comes to the front.
  bool busy() const { return tabs_.front() && tabs_.front()->busy(); }
  bool animating() const { return tabs_.front() && tabs_.front()->animating(); }

  void set_dark(bool dark);
  const std::vector<fs::path>& recent() const { return recent_; }
  /// As many as are kept, the latest first.
  void set_recent(std::vector<fs::path> recent);

  /// Opens what is to be opened once this frame is over.
  void open_waiting();
  /// Of who plays at random: what closes the window is in the menu as well.
  void stay() { quit_ = false; }

 private:
  std::vector<Shortcut> shortcuts();
  void draw_menu();
  /// What `draw` throws becomes a message; what it has begun is ended.
  void guarded(const std::function<void()>& draw);
  void draw_help();
  bool close_front();
  void ask_to_open();
  void ask_to_save();
  void screenshot();

  Window& window_;
  Context context_;
  PanelTabs tabs_;
  Messages messages_;
  std::vector<fs::path> recent_, waiting_;  ///< waiting_: to be opened
  FileDialog dialog_;
  AttachDialog attach_dialog_;
  bool help_ = false, quit_ = false, screenshot_ = false;
};

}  // namespace scaffold::viewer

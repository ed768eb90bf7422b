// What is open, and the frame that shows it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "app/window.hpp"
#include "panels/dataset_panel.hpp"

namespace scaffold::viewer {

class Application {
 public:
  explicit Application(Window& window) : window_(window) {}

  /// Opens a dataset folder, a file in it, or a folder of datasets; what cannot be opened becomes a message
  /// in the window. Whether something was opened.
  bool open(const std::string& path);
  /// Calls ImGui for one frame.
  void draw();
  /// Until the window is closed.
  void run();
  const std::vector<std::unique_ptr<DatasetPanel>>& datasets() const { return datasets_; }
  const std::vector<std::string>& messages() const { return messages_; }

 private:
  void draw_start();
  void draw_messages();
  void draw_help();

  Window& window_;
  std::vector<std::unique_ptr<DatasetPanel>> datasets_;
  std::vector<std::string> messages_;
  bool help_ = false;
};

}  // namespace scaffold::viewer

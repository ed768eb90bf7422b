// Chooses a file or folder; drawn by ImGui, so it is there wherever the window is.
#pragma once
#include <functional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class FileDialog {
 public:
  enum class Purpose { open, save };
  /// `chosen` is called with the path from within draw(). Saving asks for a name; opening takes a folder too.
  void show(Purpose purpose, const std::string& title, const std::string& name,
            std::function<void(const fs::path&)> chosen);
  void draw(Context& context);
  bool visible() const { return visible_; }
  void hide() { visible_ = false; }

 private:
  struct Entry {
    std::string name, what;
    bool folder = false;
  };
  void enter(const fs::path& folder);
  void draw_entries(Context& context);
  void choose(const fs::path& path);

  Purpose purpose_ = Purpose::open;
  std::string title_, name_, problem_;
  std::function<void(const fs::path&)> chosen_;
  fs::path folder_;
  std::vector<Entry> entries_;
  std::string selected_;
  bool visible_ = false, appearing_ = false, hidden_files_ = false;
};

}  // namespace scaffold::viewer

// The runs of a panel as a column: what each has come to, adding and removing them, their checkpoints.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "panels/run_live.hpp"

namespace scaffold::viewer {

/// Asks for a run folder.
class AddRunDialog {
 public:
  AddRunDialog(RunList& runs, Context& context) : runs_(runs), context_(context) {}
  /// In the next frame.
  void show() { open_ = true; }
  void draw();

 private:
  void begin();
  bool add_typed();

  RunList& runs_;
  Context& context_;
  bool open_ = false;
  std::array<char, 4096> typed_{};
  std::string problem_;
  std::vector<fs::path> offered_;
  fs::path browsed_;  ///< what the dialog for files has brought
  std::shared_ptr<bool> there_ = std::make_shared<bool>(true);
};

class RunSide {
 public:
  RunSide(RunList& runs, Context& context)
      : runs_(runs), context_(context), live_(runs, context), add_(runs, context) {}

  void draw();
  /// Once a frame, outside of the column.
  void draw_dialog() { add_.draw(); }
  void ask_for_run() { add_.show(); }
  std::string said() const { return live_.said(); }

 private:
  bool draw_run(std::size_t number);
  void draw_name(std::size_t number);
  void draw_checkpoints();

  RunList& runs_;
  Context& context_;
  LiveControl live_;
  AddRunDialog add_;
  float height_ = 0;                   ///< of all of them, in the last frame
  std::vector<fs::path> checkpoints_;  ///< of the run chosen, when its list was opened
};

}  // namespace scaffold::viewer

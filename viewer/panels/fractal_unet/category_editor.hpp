// One category large: its cloud, its numbers to play with, why it is accepted, its instances.
#pragma once
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "panels/fractal_unet/cloud_stage.hpp"
#include "panels/fractal_unet/instance_strip.hpp"
#include "panels/fractal_unet/map_editor.hpp"
#include "panels/fractal_unet/save_category.hpp"

namespace scaffold::viewer {

/// What is edited, and the settings that it is tested by.
struct EditedCategory {
  std::string title;
  Ifs ifs{};
  int category = 0;  ///< names the instances' streams
  CloudTask tested;  ///< its stream; the numbers are replaced
  LibrarySpec spec;
  std::uint64_t full_points = 0;
  std::int64_t edge = 0;
};

class CategoryEditor {
 public:
  CategoryEditor(Context& context, CloudStage& stage) : context_(context), stage_(stage), strip_(context) {}

  void show(EditedCategory subject);
  bool empty() const { return !subject_; }
  /// Shows it on the stage again, after something else was there.
  void refresh();
  void draw();

  /// The numbers as they are now; changing them is one step of undo.
  const Ifs& ifs() const { return ifs_; }
  void set(const Ifs& ifs);
  bool edited() const { return subject_ && !(ifs_ == subject_->ifs); }
  void undo();
  void reset();
  void choose_instance(int instance);
  int instance() const { return strip_.instance(); }
  void save() { save_.open(); }
  bool busy() const { return strip_.busy(); }
  const EditedCategory& subject() const { return *subject_; }

 private:
  void draw_numbers();
  void draw_buttons();
  void draw_measures() const;
  void changed(bool draft);

  Context& context_;
  CloudStage& stage_;
  InstanceStrip strip_;
  MapEditor maps_;
  SavePopup save_;
  std::optional<EditedCategory> subject_;
  Ifs ifs_{}, strip_ifs_{};
  std::vector<Ifs> undo_;
  std::uint64_t version_ = 0;
  bool dragging_ = false;
};

}  // namespace scaffold::viewer

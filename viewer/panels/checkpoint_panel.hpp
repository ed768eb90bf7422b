// A checkpoint's network, or a stored prediction, on one volume: where it is right, where it is wrong, and
// how sure it is; two of them against each other.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "panels/linked_views.hpp"
#include "panels/panel.hpp"
#include "scene/field_scene.hpp"
#include "sources/checkpoint_source.hpp"
#include "sources/dataset_source.hpp"
#include "sources/errors.hpp"
#include "ui/chart_widget.hpp"

namespace scaffold::viewer {

class CheckpointPanel : public Panel {
 public:
  /// Of a checkpoint's or prediction's file. Of DataError the caller makes a message in the window.
  CheckpointPanel(const fs::path& file, Context& context);

  std::string kind() const override { return subject_->is_prediction ? "prediction" : "checkpoint"; }
  fs::path path() const override { return subject_->path; }
  std::string title() const override;
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  /// The wheel has just moved a view: it is drawn finely a moment later.
  bool animating() const override { return mode_ == Mode::field ? field_view_.moving() : views_.moving(); }
  bool busy() const override { return work_.busy(); }
  nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;
  void theme_changed() override;
  View& main_view() override;

 private:
  enum class Mode { side, wipe, field, compare };
  static constexpr const char* mode_names[] = {"side", "wipe", "field", "compare"};

  // checkpoint_panel.cpp: what is known, and finding out more
  void open_dataset(const fs::path& folder);
  void open_second(const fs::path& file);
  void choose_volume(std::int64_t volume);
  void step_volume(int by);
  /// Reads the truth; with `run` or for predictions also asks the networks.
  void ask(bool run, bool again = false);
  void run();
  void collect();
  void arrived(Comparison found);
  void set_mode(Mode mode);
  void choose_cell(std::optional<std::array<int, 2>> cell);
  void go_to_cell();
  void refresh();  ///< the layers, after anything that they are made of has changed
  void refresh_field();
  void refresh_boundary();
  std::vector<Layer> layers() const;
  Layer layer(const std::string& what) const;
  Layer highlighted(Layer layer) const;
  std::vector<ClassStyle> error_styles() const;
  std::vector<ClassStyle> difference_styles() const;
  bool has_answer() const { return found_.first != nullptr; }

  // checkpoint_sidebar.cpp: the left column
  void draw_subject();
  void draw_dataset();
  void draw_volumes();
  void draw_run();
  void draw_classes();
  void draw_matrix();
  void draw_boundary();
  void draw_second();
  void draw_path_choice(const char* tag, const char* hint, std::string& text,
                        const std::function<std::vector<fs::path>()>& candidates,
                        const std::function<void(const fs::path&)>& chosen);

  // checkpoint_views.cpp: the right side
  void draw_toolbar();
  void draw_views(ImVec2 size);
  void draw_field(ImVec2 size);
  void draw_legend() const;
  void draw_probe() const;

  // checkpoint_state.cpp
  void restore_paths(const nlohmann::json& state);
  void restore_styles(const nlohmann::json& state);
  void restore_camera(const nlohmann::json& state);
  nlohmann::json findings() const;

  Context& context_;
  std::shared_ptr<const Subject> subject_, second_;
  std::shared_ptr<const DatasetSource> dataset_;
  std::vector<std::int64_t> order_;  ///< volumes, validation first
  std::int64_t volume_ = 0;
  Comparison found_;
  std::shared_ptr<const LabelVolume> differences_;  ///< of two answers
  std::array<std::int64_t, 4> difference_counts_{};
  std::map<std::int64_t, double> scores_;  ///< mean Dice by volume
  Background<Comparison> work_;
  bool running_ = false;  ///< what goes on runs a network
  double started_ = 0;
  std::string problem_, dataset_problem_, second_problem_;
  std::vector<fs::path> candidates_;
  std::string dataset_text_, second_text_;
  bool show_facts_ = false, unfold_second_ = false;

  std::vector<ClassStyle> styles_;
  LinkedViews views_;
  Mode mode_ = Mode::side;
  std::string wipe_left_ = "prediction", wipe_right_ = "truth";
  std::optional<std::array<int, 2>> cell_;  ///< of the matrix: truth, prediction
  std::optional<Direction> look_from_;      ///< once there is something to look at
  std::optional<Voxel> crosshair_to_be_;

  ViewWidget field_view_;
  FieldScene field_scene_;
  TransferFunction transfer_;
  int field_class_ = 1;
  std::vector<float> field_, histogram_;
  std::array<Texture, 3> field_slices_;
  std::array<bool, 3> field_stale_{true, true, true};
  std::optional<Voxel> probe_;

  std::array<int, 3> shards_{2, 1, 1};
  std::optional<BoundaryErrors> boundary_;
  std::string boundary_problem_;
  ChartWidget boundary_chart_;
};

}  // namespace scaffold::viewer

// A checkpoint's network, or a stored prediction, on one volume: where it is right, where it is wrong, and
// how sure it is; two of them against each other.
#pragma once
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "panels/field_view.hpp"
#include "panels/linked_views.hpp"
#include "panels/volume_list.hpp"
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
  bool animating() const override { return views_.animating() || (mode_ == Mode::field && field_.moving()); }
  bool busy() const override { return work_.busy() || field_.busy(); }
  nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;
  void theme_changed() override;
  View& main_view() override;

 private:
  std::vector<std::string> other_keys() const override { return {"view", "classes", "run"}; }
  enum class Mode { side, wipe, field, compare };
  static constexpr const char* mode_names[] = {"side", "wipe", "field", "compare"};

  // checkpoint_panel.cpp: what is known, and finding out more
  void open_dataset(const fs::path& folder);
  void open_second(const fs::path& file);
  void choose_volume(std::int64_t volume);
  void step_volume(int by);
  /// Shows another checkpoint of the run, and runs it when this one has been run.
  void step_checkpoint(int by);
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
  int field_class() const;
  void refresh_boundary();
  void follow_ground();
  std::vector<Layer> layers() const;
  Layer layer(const std::string& what) const;
  Layer highlighted(Layer layer) const;
  bool has_answer() const { return found_.first != nullptr; }

  // checkpoint_sidebar.cpp: the left column
  void draw_subject();
  void draw_dataset();
  void draw_volumes();
  void draw_view_controls();
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
  void draw_mode_choices();
  void draw_hints() const;
  void draw_probe() const;

  // checkpoint_state.cpp
  void restore_paths(const nlohmann::json& state);
  void restore_styles(const nlohmann::json& state);
  void restore_field(const nlohmann::json& state);
  void restore_cell(const nlohmann::json& state);
  nlohmann::json findings() const;

  Context& context_;
  std::shared_ptr<const Subject> subject_, second_;
  std::shared_ptr<const DatasetSource> dataset_;
  VolumeList list_;  ///< validation first
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
  FieldView field_;
  LinkedViews views_;
  bool dark_ground_ = true;  ///< that the layers were colored for
  Mode mode_ = Mode::side;
  std::string wipe_left_ = "prediction", wipe_right_ = "truth";
  std::optional<std::array<int, 2>> cell_;  ///< of the matrix: truth, prediction
  std::optional<int> field_class_;          ///< none: that of the most voxels
  std::optional<Index3> probe_;

  std::array<int, 3> shards_{2, 1, 1};
  std::optional<BoundaryErrors> boundary_;
  std::string boundary_problem_;
  ChartWidget boundary_chart_;
};

}  // namespace scaffold::viewer

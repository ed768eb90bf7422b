// A dataset: its volumes, one of them in 3D and in three slices through a crosshair, its classes.
#pragma once
#include <array>
#include <memory>
#include <optional>

#include "panels/fractal_unet/volume_list.hpp"
#include "panels/panel.hpp"
#include "panels/volume_view.hpp"
#include "sources/background.hpp"
#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/planes.hpp"

namespace scaffold::viewer {

class DatasetPanel : public Panel {
 public:
  /// DataError when the folder is no dataset.
  DatasetPanel(const fs::path& folder, Context& context);

  std::string kind() const override { return "dataset"; }
  fs::path path() const override { return source_->folder(); }
  std::string title() const override { return source_->title(); }
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  bool busy() const override;
  bool animating() const override { return labels_ && problem_.empty() && view_.animating(); }
  void theme_changed() override;
  View& main_view() override { return view_.view(); }

  /// Reads it in the background; one beyond the ends is the last or first.
  void show_volume(std::int64_t volume);

 private:
  const Properties& properties() const override { return properties_; }
  nlohmann::json found() const override;
  enum class Split { all, training, validation };
  struct Loaded {
    std::int64_t volume = 0;
    std::shared_ptr<const LabelVolume> labels;
    ClassCounts voxels_of_class;
  };
  struct Originated {
    std::int64_t volume = 0;
    VolumeOrigins origins;
  };

  Properties declare();
  void declare_classes(Properties& all);
  void poll();
  void take_volume(Loaded loaded);
  void find_origins();
  void show_classes(const std::vector<int>& classes);
  void restyle();
  void recolor();
  bool listed(std::int64_t volume) const;
  void list();
  void count_all();
  void step_volume(int by);
  void apply_shards();

  void draw_left();
  void draw_classes();
  void draw_fractals();
  void draw_shards();
  void draw_statistics();
  void draw_list();
  void draw_views();
  void draw_probe();
  std::string probe_text(const Index3& at) const;
  const std::string& image_text(const Index3& at);

  std::shared_ptr<const DatasetSource> source_;
  Context& context_;
  VolumeView view_;
  LabelPlanes planes_;
  std::optional<Index3> under_;  ///< the mouse, in a slice
  VolumeList list_;
  Background<Loaded> loading_;
  Background<Originated> originating_;
  Background<DatasetStatistics> counting_;

  std::shared_ptr<const LabelVolume> labels_;
  ClassCounts voxels_of_class_;  ///< of the file
  std::optional<Originated> origins_;
  std::optional<DatasetStatistics> statistics_;
  std::vector<ClassStyle> styles_;
  std::int64_t volume_ = 0;  ///< that was asked for
  Split split_ = Split::all;
  int category_ = 0;  ///< 0: any
  bool own_colors_ = true, show_slices_ = true, show_shards_ = false;
  std::array<int, 3> shards_{1, 1, 1};
  std::pair<Index3, std::int64_t> image_at_{{}, -1};  ///< voxel and volume that image_text_ is about
  std::string image_text_;
  std::string problem_;         ///< why the volume cannot be shown
  std::string shards_problem_;  ///< why these shards cannot be
  Properties properties_;
};

}  // namespace scaffold::viewer

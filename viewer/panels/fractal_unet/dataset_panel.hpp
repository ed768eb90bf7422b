// A dataset: its volumes, one of them in 3D and in three slices through a crosshair, its classes.
#pragma once
#include <memory>
#include <optional>

#include "panels/fractal_unet/class_statistics.hpp"
#include "panels/fractal_unet/dataset_classes.hpp"
#include "panels/fractal_unet/origin_list.hpp"
#include "panels/fractal_unet/shard_boxes.hpp"
#include "panels/fractal_unet/volume_choice.hpp"
#include "panels/panel.hpp"
#include "panels/volume_view.hpp"
#include "sources/background.hpp"
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
  struct Loaded {
    std::shared_ptr<const LabelVolume> labels;
    ClassCounts voxels_of_class;
  };

  Properties declare();
  void poll();
  void take_volume(Loaded loaded);
  void restyle();
  void step_volume(int by);
  void step_slice(int by);

  void draw_left();
  void draw_views();
  void draw_probe();
  std::string probe_text(const Index3& at) const;
  const std::string& image_text(const Index3& at);

  std::shared_ptr<const DatasetSource> source_;
  Context& context_;
  VolumeView view_;
  LabelPlanes planes_;
  std::optional<Index3> under_;  ///< the mouse, in a slice
  DatasetClasses classes_;
  OriginList origins_;
  ShardBoxes shards_;
  ClassStatistics statistics_;
  VolumeChoice choice_;
  Background<Loaded> loading_;

  std::shared_ptr<const LabelVolume> labels_;
  ClassCounts voxels_of_class_;  ///< of the file
  std::int64_t volume_ = 0;      ///< that was asked for
  bool show_slices_ = true;
  std::size_t slice_axis_ = 0;                        ///< across which the keys go
  std::pair<Index3, std::int64_t> image_at_{{}, -1};  ///< voxel and volume that image_text_ is about
  std::string image_text_;
  std::string problem_;  ///< why the volume cannot be shown
  Properties properties_;
};

}  // namespace scaffold::viewer

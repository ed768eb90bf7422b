// The large 3D view of one cloud, and what the engine says of it.
#pragma once
#include <string>

#include "fractal_unet/fractal/instance.hpp"
#include "fractal_unet/fractal/measures.hpp"
#include "panels/property.hpp"
#include "scene/cloud_scene.hpp"
#include "sources/fractal_unet/library_source.hpp"
#include "ui/view_widget.hpp"

namespace scaffold::viewer {

class CloudStage {
 public:
  explicit CloudStage(Context& context);

  /// Tests the task with the engine's acceptance test and shows its cloud, or the part before it runs away.
  /// `draft`: at most 65 536 points and no measures, for while a slider moves.
  void show(const CloudTask& task, const LibrarySpec& spec, std::int64_t edge, bool draft);
  /// An instance's cloud; the result stays that of the last task.
  void show_instance(const InstanceRequest& request, const LibrarySpec& spec);
  /// The camera to what is shown: for another category, not while it is edited.
  void look();
  /// All of it into sight, from where the camera looks.
  void fit();
  void look_along(const std::string& direction);  ///< of direction_names

  void draw(ImVec2 size);
  /// Colors and axes; one line.
  void draw_options();
  void theme_changed();

  View& view() { return widget_.view(); }
  const Candidate& candidate() const { return candidate_; }
  const CloudMeasures& measures() const { return measures_; }
  CloudState cloud_state() const { return traced_.state; }
  std::size_t points() const { return traced_.cloud.size(); }
  double deviation() const { return deviation_; }
  const std::string& problem() const { return problem_; }

  Properties properties();

 private:
  void recolor();
  void show_cloud();

  Context& context_;
  ViewWidget widget_;
  CloudScene scene_;
  TracedCloud traced_;
  Candidate candidate_;
  CloudMeasures measures_;
  double deviation_ = 1;
  std::string problem_;
  CloudColors colors_ = CloudColors::height;
  bool axes_ = false;
};

}  // namespace scaffold::viewer

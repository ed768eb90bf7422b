// The classes of a dataset: which are seen, how opaque, in which colors.
#pragma once
#include <functional>
#include <vector>

#include "panels/property.hpp"
#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class DatasetClasses {
 public:
  /// `changed`: what is drawn by them is to be drawn again.
  DatasetClasses(const DatasetSource& source, std::function<void()> changed, Context& context);

  /// By class; 0 is the background.
  const std::vector<ClassStyle>& styles() const { return styles_; }
  /// Those of the image, or of the classes.
  void toggle_colors() { use_colors(!own_colors_); }
  /// A row a class, with its voxels in the volume.
  void draw(const ClassCounts& voxels);
  Properties properties();

 private:
  bool draw_class(std::size_t label, std::int64_t voxels);
  void draw_all_or_none(const char* name, bool visible);
  void show(const std::vector<int>& classes);
  void use_colors(bool own);

  const DatasetSource& source_;
  std::function<void()> changed_;
  Context& context_;
  bool own_colors_ = true;
  std::vector<ClassStyle> styles_;
};

}  // namespace scaffold::viewer

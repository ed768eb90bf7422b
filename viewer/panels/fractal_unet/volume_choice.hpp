// Which of a dataset's volumes are listed, by split and category, and the list to choose from.
#pragma once
#include "panels/fractal_unet/volume_list.hpp"
#include "panels/property.hpp"

namespace scaffold::viewer {

class VolumeChoice {
 public:
  VolumeChoice(const DatasetSource& source, Context& context);

  /// The volume that was clicked.
  std::optional<std::int64_t> draw(std::int64_t chosen);
  VolumeList& list() { return list_; }
  void next_category();
  void next_split();
  Properties properties();

 private:
  enum class Split { all, training, validation };
  bool listed(std::int64_t volume) const;
  void filter();

  const DatasetSource& source_;
  Context& context_;
  std::vector<ClassStyle> classes_;  ///< for their names
  VolumeList list_;
  Split split_ = Split::all;
  int category_ = 0;  ///< 0: any
};

}  // namespace scaffold::viewer

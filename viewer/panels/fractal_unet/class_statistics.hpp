// Voxels by class over a whole dataset, which takes reading it.
#pragma once
#include <memory>
#include <optional>

#include "panels/property.hpp"
#include "sources/background.hpp"
#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ClassStatistics {
 public:
  ClassStatistics(std::shared_ptr<const DatasetSource> source, Context& context)
      : source_(std::move(source)), context_(context) {}

  /// Once a frame: takes what was counted.
  void poll();
  bool busy() const { return work_.busy(); }
  void draw(const std::vector<ClassStyle>& styles);
  Properties properties();
  /// Null until they are counted.
  nlohmann::json found() const;

 private:
  void count();
  void draw_table(const DatasetStatistics& all, const std::vector<ClassStyle>& styles) const;

  std::shared_ptr<const DatasetSource> source_;
  Context& context_;
  Background<DatasetStatistics> work_;
  std::optional<DatasetStatistics> counted_;
};

}  // namespace scaffold::viewer

// Errors by their distance from the planes along which a volume is cut into shards.
#pragma once
#include <array>
#include <optional>
#include <string>

#include "panels/property.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/checkpoint_source.hpp"
#include "ui/chart_widget.hpp"

namespace scaffold::viewer {

class BoundaryView {
 public:
  BoundaryView(const Comparison& found, const Subject& subject, Context& context);

  /// Something else was found, perhaps.
  void refresh();
  void draw();
  Properties properties();
  const std::optional<BoundaryErrors>& errors() const { return errors_; }

 private:
  const Comparison& found_;
  Context& context_;
  std::array<int, 3> shards_{2, 1, 1};
  std::shared_ptr<const Answer> of_;  ///< and of these shards:
  std::array<int, 3> of_shards_{};
  std::optional<BoundaryErrors> errors_;
  std::string problem_;
  ChartWidget chart_;
};

}  // namespace scaffold::viewer

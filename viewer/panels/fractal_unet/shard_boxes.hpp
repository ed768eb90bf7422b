// How ranks would cut a volume: boxes around their shards.
#pragma once
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "comm/shard_layout.hpp"
#include "panels/property.hpp"
#include "scene/decorations.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ShardBoxes {
 public:
  using Shards = std::array<int, 3>;
  /// `stored`: as the volumes of this edge are. `changed` gets the boxes to draw.
  ShardBoxes(std::int64_t edge, const Extent3& stored,
             std::function<void(const std::vector<LabeledBox>&)> changed, Context& context);

  void toggle();
  /// Tells the boxes; none while they are not shown.
  void apply();
  void draw();
  Properties properties();

 private:
  std::vector<LabeledBox> boxes() const;

  std::int64_t edge_;
  Extent3 stored_;
  std::function<void(const std::vector<LabeledBox>&)> changed_;
  Context& context_;
  bool shown_ = false;
  Shards shards_;
  std::string problem_;  ///< why these cannot be
};

}  // namespace scaffold::viewer

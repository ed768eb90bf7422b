// A label volume at all its levels of detail, cut into bricks, and which bricks are worth drawing.
#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// Edge of a brick in voxels of its level.
inline constexpr std::int64_t brick_edge = 32;

/// Brick (i, j, k) of a level; level l has voxels of 2^l voxels of the file.
struct Brick {
  int level = 0;
  Index3 at{};
  auto operator<=>(const Brick&) const = default;
};

/// What a brick costs to draw.
struct BrickCost {
  std::uint32_t voxels = 0;  ///< occupied
  std::uint32_t faces = 0;   ///< between an occupied and an empty voxel
};

class LabelPyramid {
 public:
  explicit LabelPyramid(std::shared_ptr<const LabelVolume> base);

  /// The finest level in memory, the coarsest, and in voxels of the file.
  int base_level() const { return base_level_; }
  int top_level() const { return base_level_ + static_cast<int>(levels_.size()) - 1; }
  Index3 extent() const;
  /// base_level() … top_level().
  const LabelVolume& level(int level) const {
    return *levels_[static_cast<std::size_t>(level - base_level_)];
  }
  std::shared_ptr<const LabelVolume> shared(int level) const {
    return levels_[static_cast<std::size_t>(level - base_level_)];
  }
  BrickCost cost(const Brick& brick) const;
  BrickCost total(int level) const { return totals_[static_cast<std::size_t>(level - base_level_)]; }
  /// The brick's voxels in its level, cut at the volume's border.
  std::pair<Index3, Index3> box(const Brick& brick) const;
  Index3 bricks(int level) const;
  std::uint64_t bytes() const;

 private:
  int base_level_ = 0;
  std::vector<std::shared_ptr<const LabelVolume>> levels_;
  std::vector<std::vector<BrickCost>> costs_;
  std::vector<BrickCost> totals_;
};

/// Whether a brick's voxels are in memory, worth reading, or beyond what memory there is.
enum class Readiness { there, wanted, never };

struct Detail {
  /// Pixels that one voxel of the file covers where this brick is; 0: out of sight.
  std::function<double(const Brick&)> pixels_per_voxel;
  std::function<std::uint64_t(const Brick&)> cost;
  /// Asked once for each part of a brick that is to be refined, the most worthwhile first. While one is not
  /// there, the brick stays as it is.
  std::function<Readiness(const Brick&)> ready;
  std::uint64_t budget = 0;
};

/// Bricks that cover the volume once, the finest where voxels appear largest, within the budget; `wanted`
/// gets those that are worth reading for it. A voxel is not refined below a pixel.
std::vector<Brick> choose_bricks(const LabelPyramid& pyramid, const Detail& detail,
                                 std::vector<Brick>& wanted);

}  // namespace scaffold::viewer

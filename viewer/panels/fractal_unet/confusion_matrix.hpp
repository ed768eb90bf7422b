// The confusion matrix as a picture; a click on a cell chooses the voxels that it counts.
#pragma once
#include <array>
#include <functional>
#include <optional>

#include "panels/property.hpp"
#include "scene/label_volume.hpp"
#include "sources/fractal_unet/checkpoint_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class ConfusionMatrix {
 public:
  using Cell = std::array<int, 2>;  ///< truth, prediction
  explicit ConfusionMatrix(Context& context) : context_(context) {}

  const std::optional<Cell>& cell() const { return cell_; }
  void clear() { cell_.reset(); }
  /// A voxel of the chosen cell: the middle one in their order.
  std::optional<Index3> voxel(const Comparison& found) const;

  enum class Changed { nothing, cleared, chosen };
  Changed draw(const Comparison& found);
  /// `classes`: how many there are.
  Properties properties(std::function<int()> classes);
  /// Voxels of the chosen cell.
  std::optional<std::int64_t> voxels(const Comparison& found) const;

 private:
  struct Layout {
    int n;
    bool counts;  ///< there is room for them
    float width, height;
    ImVec2 at, corner;  ///< of everything, of the cells
  };
  void draw_labels(const Layout& layout) const;
  void draw_row(const Layout& layout, int truth, const std::int64_t* row, const std::optional<Cell>& under);
  void draw_cell(const Layout& layout, Cell cell, std::int64_t count, float share, bool under);

  Context& context_;
  std::optional<Cell> cell_;
};

}  // namespace scaffold::viewer

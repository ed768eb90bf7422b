// A field of values from 0 to 1, as a probability: in 3D through a transfer function, and in slices.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "panels/view_controls.hpp"
#include "sources/background.hpp"
#include "ui/planes.hpp"

namespace scaffold::viewer {

class FieldView {
 public:
  /// What the values from 0 to 1 are: "probability".
  FieldView(const char* quantity, Context& context);

  Viewport viewport() { return {&widget_, &decorations_, nullptr, &scene_}; }
  using Values = std::function<std::vector<float>(const ProgressTold&)>;
  /// Voxels' values [D·H·W], reckoned in the background; `source` and `part` tell one field from another.
  /// Without `values`: nothing.
  void show(std::shared_ptr<const void> source, int part, const Index3& extent, const Values& values);
  /// Once a frame: takes what has been reckoned.
  void collect();
  bool busy() const { return work_.busy(); }
  bool moving() const { return widget_.moving(); }
  const TransferFunction& transfer() const { return transfer_; }
  void set_transfer(const TransferFunction& transfer);
  /// What is shown there; nothing while nothing is.
  std::optional<float> at(const Index3& voxel) const;

  /// The view with its title, the slices below it and the transfer function beside them.
  void draw(ImVec2 size, const std::string& title, ViewControls& controls);
  /// Under the mouse, in a slice.
  const std::optional<Index3>& probe() const { return probe_; }
  View& view() { return widget_.view(); }

 private:
  struct Field {
    std::shared_ptr<const void> source;
    int part = 0;
    Index3 extent{};
    std::vector<float> values, histogram;
    bool same_as(const Field& other) const {
      return source == other.source && part == other.part && extent == other.extent;
    }
  };
  void draw_transfer(float height);

  const char* quantity_;
  Context& context_;
  ViewWidget widget_;
  FieldScene scene_{widget_.renderer()};
  Decorations decorations_{widget_.renderer()};
  Field asked_;  ///< without values
  Field field_;
  Background<Field> work_;
  TransferFunction transfer_;
  PlaneTextures planes_;
  std::optional<Index3> probe_;
};

}  // namespace scaffold::viewer

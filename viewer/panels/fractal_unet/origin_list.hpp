// The fractals of a volume, made again: how many voxels each has, and which of them wrote a voxel.
#pragma once
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "sources/background.hpp"
#include "sources/fractal_unet/dataset_source.hpp"
#include "ui/context.hpp"

namespace scaffold::viewer {

class OriginList {
 public:
  OriginList(std::shared_ptr<const DatasetSource> source, Context& context)
      : source_(std::move(source)), context_(context) {}

  /// Another volume is shown. Of small ones the fractals are made again at once, of others when asked for.
  void show(std::int64_t volume);
  /// None is.
  void clear() { found_.reset(); }
  /// Once a frame: takes what was made.
  void poll();
  bool busy() const { return work_.busy(); }
  /// `volume`: that was asked for, perhaps another than the one that is shown.
  void draw(std::int64_t volume, const std::vector<ClassStyle>& styles);
  /// "   written by category 0 instance 3, over …"; empty where it is not known.
  std::string writers(std::int64_t volume, const Index3& voxel) const;
  /// Adds to what a panel has found.
  void tell(nlohmann::json& is, const Index3& crosshair) const;

 private:
  struct Found {
    std::int64_t volume = 0;
    VolumeOrigins origins;
  };
  void find(std::int64_t volume);
  void draw_fractal(const VolumeOrigins::Fractal& fractal, Rgb color) const;

  std::shared_ptr<const DatasetSource> source_;
  Context& context_;
  Background<Found> work_;
  std::optional<Found> found_;
};

}  // namespace scaffold::viewer

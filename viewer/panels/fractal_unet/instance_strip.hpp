// The 145 instances of a category as a strip of small tiles and a slider.
#pragma once
#include "fractal_unet/fractal/ifs.hpp"
#include "panels/tile_cache.hpp"

namespace scaffold::viewer {

class InstanceStrip {
 public:
  explicit InstanceStrip(Context& context) : context_(context), tiles_(context) {}

  /// `version`: another one means that `base` has changed. True when another instance was chosen.
  bool draw(const Ifs& base, int category, std::uint64_t version, std::uint64_t seed, std::uint64_t points);
  /// `deviation`: of the chosen instance, where it is less than 1 that is said.
  void draw_line(double deviation);
  float height() const;

  int instance() const { return instance_; }
  /// Clamped.
  void choose(int instance);
  bool busy() const { return tiles_.busy(); }

 private:
  Context& context_;
  TileCache tiles_;
  int instance_ = 0;
  bool scroll_to_ = false;
};

}  // namespace scaffold::viewer

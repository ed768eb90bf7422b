// The roofline picture of Williams, Waterman and Patterson, "Roofline: an insightful visual performance
// model" (CACM 52, 2009): how far each kernel is below what memory and arithmetic allow.
#pragma once
#include <string>
#include <vector>

namespace scaffold {

struct Roofline {
  struct Point {
    std::string name;
    double intensity = 0;  ///< FLOP a byte that must cross the memory bus
    double rate = 0;       ///< FLOP/s reached
    int kind = 0;          ///< index into kinds
  };
  std::string title;
  double bytes_per_second = 0;     ///< the slope
  double flops_per_second = 0;     ///< the ceiling
  std::vector<std::string> kinds;  ///< for the legend, at most 8
  std::vector<Point> points;       ///< those that are not positive are left out
  int width = 900, height = 480;   ///< user units
};

/// A complete SVG document; each point tells its name, rate and share of its roof under the pointer.
std::string svg(const Roofline& picture);

}  // namespace scaffold

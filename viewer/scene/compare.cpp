#include "scene/compare.hpp"

#include <cstdlib>

namespace scaffold::viewer {

Image block_means(const Image& image) {
  Image small{image.width / compared_block, image.height / compared_block, {}};
  small.rgb.reserve(static_cast<std::size_t>(small.width * small.height) * 3);
  for (int y = 0; y < small.height; ++y)
    for (int x = 0; x < small.width; ++x)
      for (int c = 0; c < 3; ++c) {
        int sum = 0;
        for (int j = 0; j < compared_block; ++j)
          for (int i = 0; i < compared_block; ++i)
            sum += image.rgb[(static_cast<std::size_t>(y * compared_block + j) *
                                  static_cast<std::size_t>(image.width) +
                              static_cast<std::size_t>(x * compared_block + i)) *
                                 3 +
                             static_cast<std::size_t>(c)];
        small.rgb.push_back(static_cast<std::uint8_t>(sum / (compared_block * compared_block)));
      }
  return small;
}

double difference(const Image& a, const Image& b) {
  constexpr int noticed = 24;
  if (a.width != b.width || a.height != b.height || a.rgb.empty()) return 1;
  std::size_t differing = 0;
  const std::size_t blocks = a.rgb.size() / 3;
  for (std::size_t i = 0; i < blocks; ++i) {
    bool differs = false;
    for (std::size_t c = 0; c < 3; ++c) differs |= std::abs(a.rgb[3 * i + c] - b.rgb[3 * i + c]) > noticed;
    differing += differs;
  }
  return static_cast<double>(differing) / static_cast<double>(blocks);
}

}  // namespace scaffold::viewer

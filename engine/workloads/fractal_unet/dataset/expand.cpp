// Compact volumes to colors. The image is twelve times the mask and larger than caches: what is written goes
// past them (four floats a store), which saves reading the lines first.
#include <cstring>

#include "fractal_unet/dataset/reader.hpp"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace scaffold {
namespace {

constexpr std::size_t group = 16;  // voxels: a cache line of each channel

#if defined(__SSE2__)
bool streamable(const float* into) { return reinterpret_cast<std::uintptr_t>(into) % 16 == 0; }
void stream(float* into, float a, float b, float c, float d) { _mm_stream_ps(into, _mm_setr_ps(a, b, c, d)); }
void finish_streams() { _mm_sfence(); }
#else
bool streamable(const float*) { return true; }
void stream(float* into, float a, float b, float c, float d) {
  into[0] = a, into[1] = b, into[2] = c, into[3] = d;
}
void finish_streams() {}
#endif

/// One channel of a multiple of `group` voxels. Volumes are nearly empty, and the background is zeros.
void paint_groups(const float* color, const std::uint8_t* mask, std::size_t voxels, float* into) {
  for (std::size_t v = 0; v < voxels; v += group) {
    std::uint64_t low = 0, high = 0;
    std::memcpy(&low, mask + v, 8);
    std::memcpy(&high, mask + v + 8, 8);
    if ((low | high) == 0)
      for (std::size_t i = v; i < v + group; i += 4) stream(into + i, 0, 0, 0, 0);
    else
      for (std::size_t i = v; i < v + group; i += 4)
        stream(into + i, color[mask[i]], color[mask[i + 1]], color[mask[i + 2]], color[mask[i + 3]]);
  }
}

}  // namespace

void expand(const Palette& palette, const std::uint8_t* mask, std::int64_t voxels, float* image,
            std::int64_t stride) {
  const auto count = static_cast<std::size_t>(voxels);
  float colors[256] = {};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t k = 0; k < palette.size(); ++k) colors[k] = palette[k][channel];
    float* into = image + static_cast<std::int64_t>(channel) * stride;
    const std::size_t whole = streamable(into) ? count / group * group : 0;
    paint_groups(colors, mask, whole, into);
    for (std::size_t v = whole; v < count; ++v) into[v] = colors[mask[v]];
  }
  finish_streams();
}

}  // namespace scaffold

// A picture on the GPU, for ImGui to draw.
#pragma once
#include <cstdint>
#include <vector>

namespace scaffold::viewer {

class Texture {
 public:
  Texture() = default;
  ~Texture();
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;

  /// rgba: width · height · 4 bytes, top row first. Sharp voxels: no interpolation.
  void upload(int width, int height, const std::vector<std::uint8_t>& rgba);
  unsigned handle() const { return handle_; }

 private:
  unsigned handle_ = 0;
};

}  // namespace scaffold::viewer

#include "ui/texture.hpp"

#include <vtk_glew.h>

namespace scaffold::viewer {

Texture::~Texture() {
  if (handle_) glDeleteTextures(1, &handle_);
}

void Texture::upload(int width, int height, const std::vector<std::uint8_t>& rgba) {
  if (!handle_) glGenTextures(1, &handle_);
  glBindTexture(GL_TEXTURE_2D, handle_);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  glPixelStorei(GL_UNPACK_ALIGNMENT, 1);
  glTexImage2D(GL_TEXTURE_2D, 0, GL_RGBA, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, rgba.data());
  glBindTexture(GL_TEXTURE_2D, 0);
}

}  // namespace scaffold::viewer

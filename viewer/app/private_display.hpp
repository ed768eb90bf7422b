// An X server of our own for drawing without a screen: Debian's VTK needs GLX, which EGL does not give it.
#pragma once
#include <optional>

#include "core/subprocess.hpp"

namespace scaffold::viewer {

/// Starts Xvfb on a free display number and points DISPLAY at it; ends it on destruction, and with this
/// process however that ends. SystemError when there is none to start, or it does not come up.
class PrivateDisplay {
 public:
  PrivateDisplay(int width, int height);

 private:
  std::optional<Subprocess> server_;
};

}  // namespace scaffold::viewer

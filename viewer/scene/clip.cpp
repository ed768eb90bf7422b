#include "scene/clip.hpp"

#include <vtkPlane.h>

namespace scaffold::viewer {

void set_plane(vtkPlane* plane, const ClipPlane& clip) {
  plane->SetOrigin(clip.point[0], clip.point[1], clip.point[2]);
  // VTK keeps the side that the normal points to.
  plane->SetNormal(-clip.normal[0], -clip.normal[1], -clip.normal[2]);
}

}  // namespace scaffold::viewer

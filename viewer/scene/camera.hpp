// Mouse movements as camera movements, as in ParaView: drag turns, right or middle drag shifts, the wheel
// comes nearer.
#pragma once

class vtkRenderer;

namespace scaffold::viewer {

/// `dx`, `dy`: pixels, y downwards; `height`: of the view, in pixels.
void turn(vtkRenderer* renderer, double dx, double dy, double height);
void shift(vtkRenderer* renderer, double dx, double dy, double height);
/// `notches` of the wheel; positive comes nearer.
void approach(vtkRenderer* renderer, double notches);

}  // namespace scaffold::viewer

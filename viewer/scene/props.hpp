// Label geometry as things that VTK draws. Coordinates: voxels of the file, (x, y, z) = (D, H, W).
#pragma once
#include <vtkSmartPointer.h>

#include <vector>

#include "scene/label_mesh.hpp"
#include "scene/surface_mesh.hpp"

class vtkProp3D;
class vtkActor;
class vtkVolume;

namespace scaffold::viewer {

vtkSmartPointer<vtkActor> face_prop(const FaceMesh& mesh, const ClassStyle& style);
/// `pixels`: edge of a point on the screen.
vtkSmartPointer<vtkActor> point_prop(const std::vector<float>& centers, const ClassStyle& style,
                                     float pixels);
vtkSmartPointer<vtkActor> surface_prop(const SurfaceMesh& mesh, const ClassStyle& style);
/// All classes by ray casting; styles[c] of class c.
vtkSmartPointer<vtkVolume> ray_prop(const LabelVolume& volume, const std::vector<ClassStyle>& styles,
                                    const Index3& begin, const Index3& end);
/// The colors and opacities alone, of what was made with other ones.
void restyle(vtkActor* prop, const ClassStyle& style);
void restyle(vtkVolume* prop, const std::vector<ClassStyle>& styles);
/// Coarse while the view moves, fine when it stands still.
void set_ray_quality(vtkVolume* prop, bool moving, std::int64_t step);

}  // namespace scaffold::viewer

#include "scene/box_outline.hpp"

#include <vtkActor.h>
#include <vtkCellArray.h>
#include <vtkPoints.h>
#include <vtkPolyData.h>
#include <vtkPolyDataMapper.h>
#include <vtkProperty.h>
#include <vtkRenderer.h>

namespace scaffold::viewer {

BoxOutline::BoxOutline(vtkRenderer* renderer)
    : renderer_(renderer),
      box_(vtkSmartPointer<vtkPolyData>::New()),
      actor_(vtkSmartPointer<vtkActor>::New()) {
  auto mapper = vtkSmartPointer<vtkPolyDataMapper>::New();
  mapper->SetInputData(box_);
  actor_->SetMapper(mapper);
  actor_->GetProperty()->SetLighting(false);
  renderer_->AddActor(actor_);
}

BoxOutline::~BoxOutline() { renderer_->RemoveActor(actor_); }

void BoxOutline::show(const std::array<double, 6>& bounds) {
  auto corners = vtkSmartPointer<vtkPoints>::New();
  auto edges = vtkSmartPointer<vtkCellArray>::New();
  for (vtkIdType corner = 0; corner < 8; ++corner) {
    corners->InsertNextPoint(bounds[corner & 1 ? 1 : 0], bounds[corner & 2 ? 3 : 2],
                             bounds[corner & 4 ? 5 : 4]);
    for (const vtkIdType axis : {1, 2, 4}) {
      const vtkIdType ends[2] = {corner, corner | axis};
      if (!(corner & axis)) edges->InsertNextCell(2, ends);
    }
  }
  box_->SetPoints(corners);
  box_->SetLines(edges);
  box_->Modified();
}

void BoxOutline::set_color(Rgb color) {
  actor_->GetProperty()->SetColor(static_cast<double>(color.r), static_cast<double>(color.g),
                                  static_cast<double>(color.b));
}

void BoxOutline::set_visible(bool visible) { actor_->SetVisibility(visible); }

}  // namespace scaffold::viewer

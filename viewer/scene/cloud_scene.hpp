// A point cloud in a renderer, made to be changed many times a second.
#pragma once
#include <vtkSmartPointer.h>

#include <cstdint>
#include <vector>

#include "fractal/cloud.hpp"
#include "scene/colours.hpp"

class vtkActor;
class vtkCubeAxesActor;
class vtkFloatArray;
class vtkPolyData;
class vtkRenderer;
class vtkUnsignedCharArray;

namespace scaffold::viewer {

enum class CloudColours { height, map };

class CloudScene {
 public:
  static constexpr std::size_t most_points = 2'000'000;  ///< drawn; of more, the first

  explicit CloudScene(vtkRenderer* renderer);
  ~CloudScene();

  /// `maps[i]`: which map made point i (empty: unknown, all as map 0). The camera stays.
  void show(const Cloud& cloud, const std::vector<std::uint8_t>& maps);
  void set_colours(CloudColours colours, bool dark);
  void set_axes(bool shown, Rgb colour);
  /// The camera to the cloud's bounds; of a runaway's part, to the bounds of its first `share` of points.
  void look(double share = 1);
  /// The same from where the camera looks now.
  void fit(double share = 1);
  std::size_t drawn() const { return drawn_; }

 private:
  void colour();
  void fill_view(std::size_t points);

  vtkRenderer* renderer_;
  vtkSmartPointer<vtkFloatArray> coordinates_;
  vtkSmartPointer<vtkUnsignedCharArray> colours_;
  vtkSmartPointer<vtkPolyData> data_;
  vtkSmartPointer<vtkActor> actor_;
  vtkSmartPointer<vtkCubeAxesActor> axes_;
  std::vector<std::uint8_t> maps_;
  std::size_t drawn_ = 0;
  CloudColours by_ = CloudColours::height;
  bool dark_ = true;
};

}  // namespace scaffold::viewer

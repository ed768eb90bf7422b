// The `scaffold-viewer` program.
#include <imgui.h>
#include <vtkImageData.h>
#include <vtkPNGWriter.h>
#include <vtkRenderer.h>
#include <vtkUnsignedCharArray.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/application.hpp"
#include "app/private_display.hpp"
#include "app/window.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "scene/volume_scene.hpp"
#include "sources/dataset_source.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

struct Arguments {
  std::vector<std::string> paths;
  std::string render, panel, size = "1280x800", direction = "iso", as = "cubes";
  std::int64_t volume = 0;
  std::vector<int> classes;
  bool axes = false;
};

std::pair<int, int> parse_size(const std::string& text) {
  const auto parts = split(text, 'x');
  std::int64_t width = 0, height = 0;
  if (parts.size() != 2 || !parse_int(parts[0], width) || !parse_int(parts[1], height) || width < 16 ||
      height < 16 || width > 16384 || height > 16384)
    throw ConfigError(cat("--size: got '", text, "', WIDTHxHEIGHT from 16x16 to 16384x16384 is expected"));
  return {static_cast<int>(width), static_cast<int>(height)};
}

void write_png(const Image& image, const fs::path& path) {
  auto data = vtkSmartPointer<vtkImageData>::New();
  data->SetDimensions(image.width, image.height, 1);
  data->AllocateScalars(VTK_UNSIGNED_CHAR, 3);
  auto* out = static_cast<std::uint8_t*>(data->GetScalarPointer());
  const auto row = static_cast<std::ptrdiff_t>(image.width) * 3;
  for (int y = 0; y < image.height; ++y)  // VTK's rows begin at the bottom
    std::copy_n(image.rgb.begin() + (image.height - 1 - y) * row, row, out + y * row);
  auto writer = vtkSmartPointer<vtkPNGWriter>::New();
  writer->WriteToMemoryOn();
  writer->SetInputData(data);
  writer->Write();
  vtkUnsignedCharArray* png = writer->GetResult();
  write_atomic(path, {reinterpret_cast<const char*>(png->GetPointer(0)),
                      static_cast<std::size_t>(png->GetNumberOfValues())});
}

const std::map<std::string, Representation> representations = {{"cubes", Representation::cubes},
                                                               {"points", Representation::points},
                                                               {"surface", Representation::surface},
                                                               {"volume", Representation::volume}};
const std::map<std::string, Direction> directions = {
    {"iso", Direction::iso}, {"x", Direction::x}, {"y", Direction::y}, {"z", Direction::z}};

/// Opens what was asked for and sets it as the options say. Throws what would be a message in the window.
DatasetPanel& prepare(Application& application, const Arguments& arguments) {
  for (const auto& path : arguments.paths)
    if (!application.open(path)) throw DataError(application.messages().back());
  DatasetPanel& panel = *application.datasets().front();
  if (arguments.volume < 0 || arguments.volume >= panel.source().volumes())
    throw ConfigError(cat("--volume: got ", arguments.volume, ", the dataset has volumes 0 to ",
                          panel.source().volumes() - 1));
  panel.show_volume(arguments.volume);
  if (!arguments.classes.empty()) panel.show_classes(arguments.classes);
  panel.scene().set_representation(representations.at(arguments.as));
  panel.scene().look_from(directions.at(arguments.direction));
  panel.view().touch();
  return panel;
}

void render(const Arguments& arguments) {
  if (arguments.paths.empty()) throw ConfigError("--render needs a PATH to draw");
  const auto [width, height] = parse_size(arguments.size);
  std::optional<PrivateDisplay> display;
  if (!std::getenv("DISPLAY")) display.emplace(width, height);
  Window window("scaffold-viewer", width, height, false);
  Application application(window);
  DatasetPanel& panel = prepare(application, arguments);
  if (arguments.panel.empty()) {
    panel.scene().set_axes(arguments.axes);
    panel.view().texture(width, height);
    write_png(panel.view().picture(), arguments.render);
    return;
  }
  for (int frame = 0; frame < 3; ++frame)
    window.frame([&] { application.draw(); });  // until the layout stands
  write_png(window.picture(), arguments.render);
}

void interact(const Arguments& arguments) {
  const auto [width, height] = parse_size(arguments.size);
  Window window("scaffold-viewer", width, height, true);
  Application application(window);
  for (const auto& path : arguments.paths) application.open(path);
  application.run();
}

int run(int argc, char** argv) {
  CLI::App app("Looks at fractal libraries, datasets, checkpoints and runs of ScaFFold.", "scaffold-viewer");
  Arguments arguments;
  app.add_option("paths", arguments.paths, "What to open: a dataset folder");
  app.add_option("--render", arguments.render, "Draw to this PNG file, without a screen, and end");
  app.add_option("--panel", arguments.panel,
                 "Draw the whole window with this panel instead of the 3D view: dataset")
      ->check(CLI::IsMember({"dataset"}));
  app.add_option("--size", arguments.size, "Of the picture: WIDTHxHEIGHT")->capture_default_str();
  app.add_option("--volume", arguments.volume, "Number of the volume")->capture_default_str();
  app.add_option("--view", arguments.direction, "From where: iso, x, y or z")
      ->check(CLI::IsMember({"iso", "x", "y", "z"}))
      ->capture_default_str();
  app.add_option("--as", arguments.as, "Representation: cubes, points, surface or volume")
      ->check(CLI::IsMember({"cubes", "points", "surface", "volume"}))
      ->capture_default_str();
  app.add_option("--class", arguments.classes, "Only these classes, as 1,3")->delimiter(',');
  app.add_flag("--axes", arguments.axes, "Bounding box with voxel units");
  app.footer("Example: scaffold-viewer datasets/HASH --render volume.png --volume 3 --view iso --class 1,3");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  if (!arguments.render.empty()) {
    render(arguments);
    return 0;
  }
  interact(arguments);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::cerr << "scaffold-viewer: " << error.what() << "\n";
    return static_cast<int>(error.code());
  } catch (const std::exception& error) {
    std::cerr << "scaffold-viewer: unexpected error: " << error.what() << "\n";
    return 1;
  }
}

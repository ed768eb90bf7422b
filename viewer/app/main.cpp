// The `scaffold-viewer` program.

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>

#include "app/application.hpp"
#include "app/private_display.hpp"
#include "app/window.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/image_file.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

struct Arguments {
  std::vector<std::string> paths;
  std::string render, panel, size = "1280x800";
  nlohmann::json state = nlohmann::json::object();  ///< of the panel in front
};

std::pair<int, int> parse_size(const std::string& text) {
  const auto parts = split(text, 'x');
  std::int64_t width = 0, height = 0;
  if (parts.size() != 2 || !parse_int(parts[0], width) || !parse_int(parts[1], height) || width < 16 ||
      height < 16 || width > 16384 || height > 16384)
    throw ConfigError(cat("--size: got '", text, "', WIDTHxHEIGHT from 16x16 to 16384x16384 is expected"));
  return {static_cast<int>(width), static_cast<int>(height)};
}

/// Opens what was asked for. Throws what would be a message in the window.
void open_all(Application& application, const Arguments& arguments) {
  for (const auto& path : arguments.paths)
    if (!application.open(path)) throw DataError(application.messages().back());
  if (!arguments.panel.empty()) {
    const auto& panels = application.panels();
    const auto found = std::find_if(panels.begin(), panels.end(),
                                    [&](const auto& panel) { return panel->kind() == arguments.panel; });
    if (found == panels.end())
      throw ConfigError(cat("--panel ", arguments.panel, ": none of the paths is a ", arguments.panel));
    application.bring_to_front(static_cast<std::size_t>(found - panels.begin()));
  }
  application.front()->restore(arguments.state);
}

void render(const Arguments& arguments) {
  if (arguments.paths.empty()) throw ConfigError("--render needs a PATH to draw");
  const auto [width, height] = parse_size(arguments.size);
  std::optional<PrivateDisplay> display;
  if (!std::getenv("DISPLAY")) display.emplace(width, height);
  Window window("scaffold-viewer", width, height, false);
  Application application(window);
  open_all(application, arguments);
  if (arguments.panel.empty()) {
    View& view = application.front()->main_view();
    view.texture(width, height);
    write_png(view.picture(), arguments.render);
    return;
  }
  for (int frame = 0; frame < 3 || application.busy(); ++frame) {
    window.frame([&] { application.draw(); });  // until the layout stands and what goes on has ended
    if (application.busy()) window.wait(0.05);
  }
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
  app.add_option("paths", arguments.paths,
                 "What to open: library, dataset, volume, checkpoint, prediction, run folder");
  app.add_option("--render", arguments.render, "Draw to this PNG file, without a screen, and end");
  app.add_option("--panel", arguments.panel,
                 "Draw the whole window with this panel instead of its 3D view: library, dataset, "
                 "checkpoint, prediction, run")
      ->check(CLI::IsMember({"library", "dataset", "checkpoint", "prediction", "run"}));
  app.add_option("--size", arguments.size, "Of the picture: WIDTHxHEIGHT")->capture_default_str();
  // Each of these is a value of the panel's state.
  app.add_option_function<std::int64_t>(
      "--volume", [&](std::int64_t v) { arguments.state["volume"] = v; }, "Number of the volume (default 0)");
  app.add_option_function<std::string>(
         "--view", [&](const std::string& v) { arguments.state["view"] = v; },
         "From where: iso (default), x, y or z")
      ->check(CLI::IsMember({"iso", "x", "y", "z"}));
  app.add_option_function<std::string>(
         "--as", [&](const std::string& v) { arguments.state["as"] = v; },
         "Representation: cubes (default), points, surface or volume")
      ->check(CLI::IsMember({"cubes", "points", "surface", "volume"}));
  app.add_option_function<std::vector<int>>(
         "--class", [&](const std::vector<int>& v) { arguments.state["classes"] = v; },
         "Only these classes, as 1,3")
      ->delimiter(',');
  app.add_flag_function(
      "--axes,!--no-axes", [&](std::int64_t n) { arguments.state["axes"] = n > 0; },
      "Bounding box with voxel units");
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

// The `scaffold-viewer` program.
#include <imgui.h>
#include <vtkVersion.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "app/commands.hpp"
#include "config/command_line.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "panels/registry.hpp"
#include "workloads/tasks.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

std::string version_text() {
  return cat("scaffold-viewer  ", version(), " (commit ", commit(), ")\nDear ImGui       ", IMGUI_VERSION,
             "\nVTK              ", vtkVersion::GetVTKVersion(), "\ncompiler         ", compiler());
}

/// Options that are values of the state of the panel in front.
void add_state_options(CLI::App& app, nlohmann::json& state) {
  const auto text = [&](const char* option, const char* key, const char* help,
                        const std::vector<std::string>& values) {
    app.add_option_function<std::string>(
           option, [&state, key](const std::string& v) { state[key] = v; }, help)
        ->check(CLI::IsMember(values))
        ->group("What is shown");
  };
  app.add_option_function<std::int64_t>(
         "--volume", [&](std::int64_t v) { state["volume"] = v; }, "Number of the volume; 0 without")
      ->group("What is shown");
  text("--view", "view", "From where: iso without", {"iso", "x", "y", "z"});
  text("--as", "as", "Representation: cubes without", {"cubes", "points", "surface", "volume"});
  app.add_option_function<std::vector<int>>(
         "--class", [&](const std::vector<int>& v) { state["classes"] = v; }, "Only these classes, as 1,3")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->group("What is shown");
  app.add_flag_function(
         "--axes,!--no-axes", [&](std::int64_t n) { state["axes"] = n > 0; }, "Bounding box with voxel units")
      ->group("What is shown");
  text("--background", "background", "Behind the volume: theme without", {"theme", "white", "black"});
  app.add_flag_function(
         "--parallel", [&](std::int64_t) { state["parallel"] = true; }, "No perspective")
      ->group("What is shown");
  app.add_option_function<std::string>(
         "--state",
         [&](const std::string& v) {
           try {
             state.update(nlohmann::json::parse(v));
           } catch (const nlohmann::json::exception&) {
             throw CLI::ValidationError("--state", "is no JSON object: " + v);
           }
         },
         "Any of the panel's state as a JSON object, as a session file holds it")
      ->group("What is shown");
}

int run(int argc, char** argv) {
  CLI::App app(default_panels().about, "scaffold-viewer");
  app.set_version_flag("--version", version_text, "Versions of this program and of what it is built on");
  Arguments arguments;
  as_path(app.add_option(
      "paths", arguments.paths,
      "What to open: libraries, datasets, volumes, checkpoints, predictions, run folders, session files"));
  const char* live = "Runs that go on (docs/remote.md)";
  app.add_option("--attach", arguments.attach,
                 "Follow a run that goes on: its folder, or tcp://HOST:PORT; several times: over each other")
      ->allow_extra_args(false)
      ->group(live);
  as_path(app.add_option("--key", arguments.keys,
                         "monitor.json with the key to an endpoint; one for each, in order"))
      ->allow_extra_args(false)
      ->group(live);
  app.add_option("--ssh", arguments.login,
                 "user@login of the machine that has the folders: read them, and open tunnels, with ssh")
      ->group(live);
  app.add_option("--size", arguments.size, "Of the window or picture: WIDTHxHEIGHT, 1280x800 without");
  app.add_option("--theme", arguments.theme, "dark or light")->check(CLI::IsMember({"dark", "light"}));
  app.add_option("--memory-budget", arguments.memory_budget_mib,
                 "MiB for the labels and geometry of a volume")
      ->check(CLI::Range(8, 1 << 20))
      ->capture_default_str();
  app.add_flag("--fresh", arguments.fresh, "Do not restore what was open last, and do not remember what is");
  add_state_options(app, arguments.state);
  const char* without = "Without a screen";
  as_path(app.add_option("--render", arguments.render, "Draw to this PNG file and end"))->group(without);
  app.add_option("--panel", arguments.panel, "Draw the whole window with this panel, not its 3D view alone")
      ->check(CLI::IsMember(panel_kinds()))
      ->group(without);
  app.add_option("--turntable", arguments.turntable, "Draw N pictures around the vertical axis: OUT-00.png …")
      ->check(CLI::Range(1, 100000))
      ->group(without);
  as_path(
      app.add_option("--gallery", arguments.gallery, "Draw the whole library on one sheet to this PNG file"))
      ->group(without);
  as_path(app.add_option("--script", arguments.script,
                         "Play the interactions in this file (docs/viewer.md) and end"))
      ->group(without);
  app.add_flag("--update-baselines", arguments.update_baselines,
               "With --script: write its baseline pictures anew")
      ->group(without);
  as_path(app.add_option("--record", arguments.record,
                         "Write what is done in the window to this file, for --script"))
      ->group(without);
  app.add_flag("--bench", arguments.bench, "Measure frame times and memory of the 3D view")->group(without);
  app.add_option("--bench-edges", arguments.bench_edges, "Edges of the volumes")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->check(CLI::Range(8, 2048))
      ->capture_default_str()
      ->group(without);
  as_path(app.add_option("--bench-json", arguments.bench_json, "Also write the figures to this file"))
      ->group(without);
  app.footer("Example: scaffold-viewer datasets/HASH --render volume.png --volume 3 --view iso --class 1,3");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : static_cast<int>(ExitCode::usage);
  }
  // With --ssh a folder is one of that machine, and so is its ~.
  if (arguments.login.empty())
    for (auto& folder : arguments.attach) folder = path_of_option("--attach", folder);
  if (arguments.bench)
    bench(arguments);
  else if (!arguments.script.empty())
    play_script(arguments);
  else if (!arguments.gallery.empty())
    draw_gallery(arguments);
  else if (!arguments.render.empty())
    render(arguments);
  else
    interact(arguments);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  signals::install();
  register_tasks();
  try {
    return run(argc, argv);
  } catch (const Error& error) {
    std::cerr << "scaffold-viewer: " << error.what() << "\n";
    return static_cast<int>(error.code());
  } catch (const Interrupted& interrupted) {
    std::cerr << "scaffold-viewer: interrupted\n";
    return 128 + interrupted.signal();
  } catch (const std::exception& error) {
    std::cerr << "scaffold-viewer: unexpected error: " << error.what() << "\n";
    return 1;
  }
}

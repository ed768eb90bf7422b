#include "app/commands.hpp"

#include <vtkRenderer.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iostream>
#include <optional>

#include "app/bench.hpp"
#include "app/player.hpp"
#include "app/private_display.hpp"
#include "app/recorder.hpp"
#include "app/session.hpp"
#include "app/window.hpp"
#include "core/error.hpp"
#include "core/json.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "panels/registry.hpp"
#include "scene/camera.hpp"
#include "scene/image_file.hpp"

namespace scaffold::viewer {
namespace {

constexpr const char* default_size = "1280x800";

std::pair<int, int> parse_size(const std::string& text, const std::string& where = "--size") {
  const auto parts = split(text.empty() && where == "--size" ? default_size : text, 'x');
  std::int64_t width = 0, height = 0;
  if (parts.size() != 2 || !parse_int(parts[0], width) || !parse_int(parts[1], height) || width < 16 ||
      height < 16 || width > 16384 || height > 16384)
    throw ConfigError(cat(where, ": got '", text, "', WIDTHxHEIGHT from 16x16 to 16384x16384 is expected"));
  return {static_cast<int>(width), static_cast<int>(height)};
}

/// A window that nobody sees, on a display of its own where none answers.
class Hidden {
 public:
  explicit Hidden(std::pair<int, int> size) {
    const auto [width, height] = size;
    if (const char* display = std::getenv("DISPLAY"); display && *display) {
      try {
        window_ = std::make_unique<Window>("scaffold-viewer", width, height, false);
        return;
      } catch (const SystemError&) {
        // A display of our own may do better.
      }
    }
    display_ = std::make_unique<PrivateDisplay>(width, height);
    window_ = std::make_unique<Window>("scaffold-viewer", width, height, false);
  }
  Window& window() { return *window_; }

 private:
  std::unique_ptr<PrivateDisplay> display_;
  std::unique_ptr<Window> window_;
};

void set_up(Application& application, const Arguments& arguments) {
  application.context().memory_budget = arguments.memory_budget_mib << 20;
  if (!arguments.theme.empty()) application.set_dark(arguments.theme == "dark");
}

/// Endpoints take the keys in their order; folders hold their own.
std::vector<AttachTarget> attach_targets(const Arguments& arguments) {
  std::vector<AttachTarget> targets;
  std::size_t key = 0;
  for (const auto& run : arguments.attach) {
    const bool endpoint = run.find("://") != std::string::npos;
    targets.push_back({run, {}, arguments.login});
    if (!endpoint || arguments.keys.empty()) continue;
    targets.back().key = arguments.keys[std::min(key, arguments.keys.size() - 1)];
    ++key;
  }
  if (arguments.attach.empty() && (!arguments.keys.empty() || !arguments.login.empty()))
    throw ConfigError("--key and --ssh tell how to reach what --attach names, which is missing");
  if (!arguments.keys.empty() && key == 0)
    throw ConfigError("--key belongs to an endpoint (--attach tcp://HOST:PORT); run folders hold their own");
  for (const auto& target : targets)
    monitor::route_to(target);  // what is wrong is said before a window opens
  return targets;
}

/// Opens what was asked for. Throws what would be a message in the window.
void open_all(Application& application, const Arguments& arguments) {
  for (const auto& path : arguments.paths)
    if (!application.open(path)) throw DataError(application.messages().back());
  if (const auto targets = attach_targets(arguments); !targets.empty() && !application.attach(targets))
    throw ConfigError(application.messages().back());
  if (!arguments.panel.empty()) {
    const auto& panels = application.panels();
    const auto found = std::find_if(panels.begin(), panels.end(),
                                    [&](const auto& panel) { return panel->kind() == arguments.panel; });
    if (found == panels.end())
      throw ConfigError(cat("--panel ", arguments.panel, ": none of the paths is a ", arguments.panel));
    application.bring_to_front(static_cast<std::size_t>(found - panels.begin()));
  }
  if (application.front()) application.front()->set(arguments.state);
}

Panel& front_panel(Application& application) {
  if (!application.front())
    throw DataError("there is nothing to draw: the session names nothing that is open");
  return *application.front();
}

/// A panel that could not show what it should says so under "is".
void throw_problem(Application& application) {
  const auto state = front_panel(application).state();
  const std::string problem = state.contains("is") ? state["is"].value("problem", "") : "";
  if (!problem.empty()) throw DataError(problem);
}

/// One picture holds one of them: which, where the path named several of a kind.
void tell_what_is_drawn(Application& application) {
  const Panel& drawn = front_panel(application);
  const auto alike = std::ranges::count_if(application.panels(),
                                           [&](const auto& panel) { return panel->kind() == drawn.kind(); });
  if (alike > 1)
    std::cerr << cat("scaffold-viewer: ", alike, " things of the kind ", drawn.kind(),
                     " are open; drawn is '", drawn.path().string(),
                     "'; give the path of another for that one\n");
}

/// "out.png" and 7 of 36: "out-07.png".
fs::path numbered(const fs::path& path, int number, int count) {
  std::string digits = cat(number);
  digits.insert(0, cat(count - 1).size() - digits.size(), '0');
  return path.parent_path() / cat(path.stem().string(), "-", digits, path.extension().string());
}

/// A name that promises another format would be a lie.
void check_name(const char* option, const fs::path& path) {
  const std::string extension = path.extension().string();
  if (!extension.empty() && extension != ".png" && extension != ".PNG")
    throw ConfigError(cat(option, ": '", path.string(), "': pictures are written as PNG; name it '",
                          fs::path(path).replace_extension(".png").string(), "'"));
}

/// Every output makes the folders above it; before time is spent on what goes there.
void make_folder_of(const fs::path& file) { ensure_writable_folder(fs::absolute(file).parent_path()); }

}  // namespace

void render(const Arguments& arguments) {
  if (arguments.paths.empty() && arguments.attach.empty()) throw ConfigError("--render needs a PATH to draw");
  check_name("--render", arguments.render);
  const auto [width, height] = parse_size(arguments.size);
  Hidden hidden({width, height});
  Application application(hidden.window());
  set_up(application, arguments);
  open_all(application, arguments);
  SimulatedUser(hidden.window(), application).settle();
  throw_problem(application);
  tell_what_is_drawn(application);
  make_folder_of(arguments.render);
  if (!arguments.panel.empty()) return write_png(hidden.window().picture(), arguments.render);
  View& view = application.front()->main_view();
  view.set_text_scale(std::max(1.0, height / 800.0));  // large pictures are looked at as a whole
  const int pictures = std::max(arguments.turntable, 1);
  for (int i = 0; i < pictures; ++i) {
    view.touch();
    view.texture(width, height);
    write_png(view.picture(),
              pictures > 1 ? numbered(arguments.render, i, pictures) : fs::path(arguments.render));
    turn_table(view.renderer(), 360.0 / pictures);
  }
}

void draw_gallery(const Arguments& arguments) {
  if (arguments.paths.size() != 1) throw ConfigError("--gallery needs the PATH of one library to draw");
  check_name("--gallery", arguments.gallery);
  const auto [width, height] = parse_size(arguments.size);
  const Sheet sheet = open_sheet(arguments.paths[0]);
  make_folder_of(arguments.gallery);
  write_png(sheet(width, height, arguments.theme == "light" ? light_theme() : dark_theme()),
            arguments.gallery);
}

void play_script(const Arguments& arguments) {
  const ScriptSize asked = size_of_script(arguments.script);
  const auto size = asked.where.empty() || !arguments.size.empty() ? parse_size(arguments.size)
                                                                   : parse_size(asked.text, asked.where);
  Hidden hidden(size);
  Application application(hidden.window());
  set_up(application, arguments);
  open_all(application, arguments);
  Player(hidden.window(), application, arguments.update_baselines).play(arguments.script);
}

void bench(const Arguments& arguments) {
  if (!arguments.bench_json.empty()) make_folder_of(arguments.bench_json);
  Hidden hidden({800, 600});
  bench_frames(hidden.window(), arguments.bench_edges, arguments.memory_budget_mib << 20,
               arguments.bench_json);
}

namespace {

/// $XDG_STATE_HOME/scaffold-viewer/session.json, ~/.local/state without it; nothing without a home.
fs::path session_file() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state && *state)
    return fs::path(state) / "scaffold-viewer" / "session.json";
  if (const char* home = std::getenv("HOME"); home && *home)
    return fs::path(home) / ".local" / "state" / "scaffold-viewer" / "session.json";
  return {};
}

std::optional<nlohmann::json> last_session() {
  const fs::path file = session_file();
  std::error_code error;
  if (file.empty() || !fs::exists(file, error)) return std::nullopt;
  try {
    return parse_object(read_regular_text(file), file.string());
  } catch (const std::exception&) {
    // It will be written anew.
  }
  return std::nullopt;
}

void save_session(const nlohmann::json& session) {
  const fs::path file = session_file();
  if (file.empty()) return;
  std::error_code error;
  fs::create_directories(file.parent_path(), error);
  try {
    write_atomic(file, session_text(session));
  } catch (const Error&) {
    // A home that cannot be written to is no reason to complain on every exit.
  }
}

}  // namespace

void interact(const Arguments& arguments) {
  if (arguments.turntable > 0) throw ConfigError("--turntable needs --render OUT.png");
  const auto targets = attach_targets(arguments);
  const auto last = arguments.fresh ? std::nullopt : last_session();
  std::string size = arguments.size;
  if (size.empty() && last && last->contains("size") && last->at("size").is_string())
    size = last->at("size").get<std::string>();
  std::pair<int, int> extent;
  try {
    extent = parse_size(size);
  } catch (const ConfigError&) {
    if (!arguments.size.empty()) throw;
    extent = parse_size(default_size);
  }
  Window window("scaffold-viewer", extent.first, extent.second, true);
  Application application(window);
  set_up(application, arguments);
  if (last) {
    auto session = *last;
    // What was asked for on the command line comes instead of what was open, not beside it.
    if (!arguments.paths.empty() || !targets.empty()) session["open"] = nlohmann::json::array();
    Session(application).restore(session, session_file().parent_path());
  }
  for (const auto& path : arguments.paths) application.open(path);
  if (!targets.empty()) application.attach(targets);
  if (!arguments.theme.empty()) application.set_dark(arguments.theme == "dark");
  try {
    if (application.front() && !arguments.state.empty()) application.front()->set(arguments.state);
  } catch (const std::exception& error) {
    application.context().complain(error.what());
  }
  std::optional<Recorder> recorder;
  if (!arguments.record.empty()) make_folder_of(arguments.record);
  if (!arguments.record.empty()) recorder.emplace(arguments.record, window.size());
  signals::tell(&Window::wake);
  application.run([&] {
    if (recorder) recorder->add(window.input());
  });
  signals::tell(nullptr);
  auto session = Session(application).state();
  // As asked for: the window system multiplies it by the monitor's scale.
  const auto unscaled = [&](int pixels) { return std::lround(static_cast<float>(pixels) / window.scale()); };
  session["size"] = cat(unscaled(window.size().first), "x", unscaled(window.size().second));
  if (!arguments.fresh) save_session(session);
}

}  // namespace scaffold::viewer

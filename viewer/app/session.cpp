#include "app/session.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_restored = 100;
constexpr const char* session_key = "scaffold_viewer_session";
constexpr int session_version = 1;
constexpr const char* session_extension = ".scaffold-session";

}  // namespace

bool Session::is_file(const fs::path& path) { return path.extension() == session_extension; }

// A path may hold bytes that are no UTF-8, which JSON cannot: that one is not found again.
std::string session_text(const nlohmann::json& session) {
  return session.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

nlohmann::json Session::state() const {
  nlohmann::json open = nlohmann::json::array(), recent = nlohmann::json::array();
  const auto& panels = application_.panels();
  std::size_t front = application_.front_number();
  for (std::size_t i = 0; i < panels.size(); ++i) {
    const auto& panel = panels[i];
    if (panel->path().empty()) {  // of another machine: there is nothing here to come back to
      if (i < application_.front_number()) --front;
      continue;
    }
    auto state = panel->state();
    state.erase("is");
    std::error_code error;
    open.push_back({{"path", fs::absolute(panel->path(), error).lexically_normal().string()},
                    {"kind", panel->kind()},
                    {"state", state}});
  }
  for (const auto& path : application_.recent()) recent.push_back(path.string());
  return {{session_key, session_version},
          {"dark", application_.context().theme.dark},
          {"front", front},
          {"open", open},
          {"recent", recent}};
}

void Session::restore(const nlohmann::json& session, const fs::path& base) {
  try {
    if (session.at(session_key).get<int>() > session_version)
      throw DataError("this session file is of a newer scaffold-viewer");
    application_.set_dark(session.value("dark", true));
    std::vector<fs::path> recent = application_.recent();
    for (const fs::path path : session.value("recent", std::vector<std::string>{}))
      if (!path.empty() && std::ranges::find(recent, path) == recent.end()) recent.push_back(path);
    application_.set_recent(std::move(recent));
    const auto& entries = session.at("open");
    for (std::size_t i = 0; i < std::min(entries.size(), max_restored); ++i)
      restore_entry(entries.at(i), base);
    if (entries.size() > max_restored)
      application_.context().complain(cat("this session names ", entries.size(), " things; the first ",
                                          max_restored, " of them were opened"));
    const auto front = session.value("front", std::size_t{0});
    if (front < application_.panels().size()) application_.bring_to_front(front);
  } catch (const nlohmann::json::exception&) {
    application_.context().complain("this is no session of scaffold-viewer");
  } catch (const Error& error) {
    application_.context().complain(error.what());
  }
}

void Session::restore_entry(const nlohmann::json& entry, const fs::path& base) {
  fs::path path;
  try {
    const std::string relative = entry.value("relative", "");
    std::error_code error;
    path = base / relative;
    if (relative.empty() || !fs::exists(path, error)) path = entry.at("path").get<std::string>();
    // Not by open(): a session within a session could be itself.
    if (application_.open_artifact(path) && application_.front())
      application_.front()->restore(entry.at("state"));
  } catch (const nlohmann::json::exception&) {
    application_.context().complain(
        path.empty() ? "an entry of this session names no path"
                     : cat("'", path.string(), "': this session does not tell how it was shown"));
  } catch (const std::exception& problem) {
    application_.context().complain(cat("'", path.string(), "': ", problem.what()));
  }
}

void Session::save(fs::path path) const {
  if (!is_file(path)) path += session_extension;
  auto saved = state();
  saved.erase("recent");
  // Beside the absolute paths, so that a folder with everything in it can be moved.
  std::error_code error;
  const fs::path base = fs::absolute(path, error).parent_path();
  for (auto& entry : saved["open"])
    entry["relative"] = fs::path(entry["path"].get<std::string>()).lexically_relative(base).string();
  try {
    write_atomic(path, session_text(saved));
  } catch (const Error& problem) {
    application_.context().complain(problem.what());
  }
}

bool Session::open(const fs::path& path) {
  const std::size_t before = application_.complaints();
  try {
    restore(parse_object(read_regular_text(path, std::uint64_t{1} << 20), cat("'", path.string(), "'")),
            fs::absolute(path).parent_path());
  } catch (const nlohmann::json::exception&) {
    application_.context().complain(cat("'", path.string(), "' is no session of scaffold-viewer"));
  } catch (const std::exception& error) {
    application_.context().complain(error.what());
  }
  return application_.complaints() == before;
}

}  // namespace scaffold::viewer

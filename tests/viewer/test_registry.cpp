// A panel is one class and one line of the table: one of this program's own opens a file.
#include <algorithm>
#include <fstream>

#include "catch.hpp"
#include "core/error.hpp"
#include "headless_imgui.hpp"
#include "panels/registry.hpp"
#include "sources/live_source.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

struct NotesFolder {
  fs::path path = fs::temp_directory_path() / ("scaffold-registry-" + std::to_string(std::rand()));
  NotesFolder() {
    fs::create_directories(path);
    std::ofstream(path / "config.yaml") << "# a run's folder\n";
    std::ofstream(path / "notes.txt") << "learned nothing\n";
  }
  ~NotesFolder() { fs::remove_all(path); }
};

/// A run's notes as they stand there.
class NotesPanel : public Panel {
 public:
  NotesPanel(const fs::path& folder, Context&) : folder_(folder), text_(read_text(folder / "notes.txt")) {
    properties_.value("line", line_);
  }
  std::string kind() const override { return "notes"; }
  fs::path path() const override { return folder_; }
  std::string title() const override { return "notes"; }
  void draw() override { ImGui::TextUnformatted(text_.c_str()); }
  View& main_view() override { throw DataError("notes have no picture"); }

 private:
  const Properties& properties() const override { return properties_; }
  nlohmann::json found() const override { return {{"text", text_}}; }

  fs::path folder_;
  std::string text_;
  int line_ = 1;
  Properties properties_;
};

const PanelKind notes{"notes",
                      [](const ArtifactRef& found) {
                        return found.thing == ArtifactKind::run && fs::exists(found.path / "notes.txt");
                      },
                      [](const fs::path& path, Context& context) -> std::unique_ptr<Panel> {
                        return std::make_unique<NotesPanel>(path, context);
                      }};

}  // namespace

TEST_CASE("a kind that is added opens what it matches, and the others what they did") {
  const NotesFolder folder, other;
  fs::remove(other.path / "notes.txt");
  add_panel_kind(notes);
  const auto kinds = panel_kinds();
  CHECK(std::ranges::count(kinds, "notes") == 1);
  CHECK(std::ranges::count(kinds, "dataset") == 1);

  Context context;
  const auto opened = open_panels(folder.path / "notes.txt", context);
  REQUIRE(opened.size() == 1);
  Panel& panel = *opened.front();
  CHECK(panel.kind() == "notes");
  CHECK(panel.state() == nlohmann::json{{"line", 1}, {"is", {{"text", "learned nothing\n"}}}});
  panel.set({{"line", 3}, {"is", {{"text", "ignored"}}}});
  CHECK(panel.state()["line"] == 3);
  CHECK_THROWS_WITH(panel.set({{"lime", 3}}), "a notes has no 'lime'; did you mean 'line'?");
  CHECK(!panel.attach({}));
  CHECK(open_panels(other.path, context).front()->kind() == "run");
  // A campaign is shown by its runs.
  const NotesFolder campaign;
  fs::remove(campaign.path / "config.yaml");
  std::ofstream(campaign.path / "campaign.json") << "{}";
  CHECK_THROWS_WITH(open_panels(campaign.path, context), Catch::Contains("campaigns alone"));
  fs::rename(other.path, campaign.path / "benchmark");
  const auto runs = open_panels(campaign.path / "campaign.json", context);
  REQUIRE(runs.size() == 1);
  CHECK(runs.front()->kind() == "run");
  CHECK_THROWS_AS(open_panels(folder.path / "missing", context), DataError);
}

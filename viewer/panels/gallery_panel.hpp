// A fractal library: its categories as tiles, one of them large to play with, and the search that found them.
#pragma once
#include <string>

#include "panels/category_editor.hpp"
#include "panels/gallery_grid.hpp"
#include "panels/panel.hpp"
#include "panels/search_browser.hpp"

namespace scaffold::viewer {

class GalleryPanel : public Panel {
 public:
  /// Of DataError the caller makes a message in the window.
  GalleryPanel(const fs::path& folder, Context& context);

  std::string kind() const override { return "library"; }
  fs::path path() const override { return source_.path(); }
  std::string title() const override { return source_.title(); }
  void draw() override;
  std::vector<Shortcut> shortcuts() override;
  const char* mouse_help() const override;
  bool busy() const override;
  /// "view" grid|category|search, "library", "category" (number), "instance", "maps" (two arrays of 13, where
  /// changed), "attempt", "filter", "sort", "descending", "tile" (font sizes, 0: all in sight), "colours",
  /// "axes", "camera".
  nlohmann::json state() const override;
  void restore(const nlohmann::json& state) override;
  void theme_changed() override { stage_.theme_changed(); }
  View& main_view() override;

  LibrarySource& source() { return source_; }

 private:
  std::vector<std::string> other_keys() const override { return {"category", "points", "maps", "camera"}; }
  enum class Showing { grid, category, search };

  void draw_bar();
  void draw_library_choice();
  void show(Showing what);
  void open_category(std::size_t index);
  void step_category(int by);
  void choose_library(std::size_t library);
  void library_changed();
  void edit_attempt();
  void restore_library(const nlohmann::json& state);
  void restore_grid(const nlohmann::json& state);
  void restore_search(const nlohmann::json& state);
  void restore_category(const nlohmann::json& state);
  EditedCategory subject_of(std::size_t index, const Category& category) const;
  nlohmann::json found() const;
  std::vector<Shortcut> grid_keys();
  std::vector<Shortcut> category_keys();

  Context& context_;
  LibrarySource source_;
  CloudStage stage_;
  GalleryGrid grid_;
  CategoryEditor editor_;
  SearchBrowser search_;
  Showing showing_ = Showing::grid;
  bool of_attempt_ = false;  ///< the editor holds an attempt of the search
  std::string problem_;
  int drawn_ = -10;                                ///< number of the frame in which this was last drawn
  std::size_t drawn_done_ = 0, drawn_judged_ = 0;  ///< how much was done by then
};

}  // namespace scaffold::viewer

// A fractal library: its categories as tiles, one of them large to play with, and the search that found them.
#pragma once
#include <string>

#include "panels/fractal_unet/category_editor.hpp"
#include "panels/fractal_unet/gallery_grid.hpp"
#include "panels/fractal_unet/search_browser.hpp"
#include "panels/panel.hpp"

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
  void theme_changed() override { stage_.theme_changed(); }
  View& main_view() override;

  LibrarySource& source() { return source_; }

 private:
  const Properties& properties() const override { return properties_; }
  enum class Showing { grid, category, search };

  void draw_bar();
  void draw_library_choice();
  void show(Showing what);
  void open_category(std::size_t index);
  void step_category(int by);
  void choose_library(std::size_t library);
  void library_changed();
  void edit_attempt();
  /// "view" grid|category|search, "library", "category" (number), "instance", "maps" (two arrays of 13, where
  /// changed), "attempt", "filter", "sort", "descending", "tile" (font sizes, 0: all in sight), and the
  /// stage's.
  Properties declare();
  void declare_library(Properties& all);
  void declare_category(Properties& all);
  void show_asked();
  EditedCategory subject_of(std::size_t index, const Category& category) const;
  nlohmann::json found() const override;
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
  struct Asked {
    std::uint64_t attempt = 0;  ///< that was shown before
    std::string view;
    std::optional<int> category, instance;
    std::optional<std::vector<std::vector<double>>> maps;
  };
  Asked asked_;                                    ///< by what is being restored: it belongs together
  int drawn_ = -10;                                ///< number of the frame in which this was last drawn
  std::size_t drawn_done_ = 0, drawn_tested_ = 0;  ///< how much was done by then
  Properties properties_;
};

}  // namespace scaffold::viewer

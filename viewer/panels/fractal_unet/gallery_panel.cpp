#include "panels/fractal_unet/gallery_panel.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/fractal_unet/acceptance_gauge.hpp"
#include "ui/flow.hpp"

namespace scaffold::viewer {
namespace {

bool is_direction(const std::string& view) {
  return std::ranges::find(direction_names, view) != std::end(direction_names);
}

std::vector<double> numbers(const AffineMap& map) {
  std::vector<double> all(13);
  for (int c = 0; c < 12; ++c) all[static_cast<std::size_t>(c)] = coefficient(map, c);
  all[12] = map.probability;
  return all;
}

/// As a category file would be read.
Ifs maps_from(const std::vector<std::vector<double>>& maps) {
  if (maps.size() != 2 || maps[0].size() != 13 || maps[1].size() != 13)
    throw ConfigError("'maps' is two arrays of 13 numbers");
  Ifs ifs{};
  for (std::size_t m = 0; m < 2; ++m) {
    for (int c = 0; c < 12; ++c) coefficient(ifs[m], c) = maps[m][static_cast<std::size_t>(c)];
    ifs[m].probability = maps[m][12];
    for (const double v : maps[m])
      if (!std::isfinite(v)) throw ConfigError("'maps' holds a number that is not finite");
  }
  try {
    return ifs_from_csv(to_csv(ifs), "maps");
  } catch (const DataError& error) {
    throw ConfigError(error.what());
  }
}

std::string progress_text(const LibrarySource& source) {
  if (source.busy())
    return cat("measured ", source.done(), " of ", counted(source.size(), "category", "categories"));
  return counted(source.size(), "category", "categories");
}

}  // namespace

GalleryPanel::GalleryPanel(const fs::path& folder, Context& context)
    : context_(context),
      source_(folder, context.wake),
      stage_(context),
      grid_(source_, context),
      editor_(context, stage_),
      search_(context, stage_) {
  library_changed();
  properties_ = declare();
}

void GalleryPanel::library_changed() {
  grid_.restart();
  search_.restart(source_.spec(), source_.full_points(), source_.library().statistics);
  of_attempt_ = false;
  problem_ = source_.problem();
  if (showing_ == Showing::category) source_.size() > 0 ? open_category(0) : show(Showing::grid);
  if (showing_ == Showing::search) search_.appear();
}

void GalleryPanel::choose_library(std::size_t library) {
  source_.choose(library);
  library_changed();
}

EditedCategory GalleryPanel::subject_of(std::size_t index, const Category& category) const {
  const int number = source_.number(index);
  return {cat("Category ", number), category.ifs,          number,        source_.task(index, category.ifs),
          source_.spec(),           source_.full_points(), source_.edge()};
}

void GalleryPanel::open_category(std::size_t index) {
  if (index >= source_.size()) return;
  grid_.choose(index);
  const Category category = source_.category_now(index);
  if (category.state == Category::State::unreadable) {
    problem_ = category.problem;
    showing_ = Showing::grid;
    return;
  }
  problem_.clear();
  of_attempt_ = false;
  showing_ = Showing::category;
  editor_.show(subject_of(index, category));
}

void GalleryPanel::edit_attempt() {
  const Ifs ifs = candidate_ifs(source_.spec().seed, search_.attempt());
  EditedCategory subject{cat("Attempt ", search_.attempt()),
                         ifs,
                         0,
                         candidate_task(ifs, source_.spec().seed, 0, search_.attempt()),
                         source_.spec(),
                         source_.full_points(),
                         source_.edge()};
  of_attempt_ = true;
  showing_ = Showing::category;
  editor_.choose_instance(0);
  editor_.show(std::move(subject));
}

void GalleryPanel::show(Showing what) {
  if (what == Showing::category && editor_.empty()) return open_category(grid_.chosen());
  const bool other = what != showing_;
  showing_ = what;
  if (other && what == Showing::search) search_.appear();
  if (other && what == Showing::category) {
    editor_.refresh();
    stage_.look();
  }
}

void GalleryPanel::step_category(int by) {
  if (source_.size() > 0) open_category(of_attempt_ ? grid_.chosen() : grid_.neighbor(grid_.chosen(), by));
}

void GalleryPanel::draw() {
  drawn_ = ImGui::GetFrameCount();
  drawn_done_ = source_.done();
  drawn_tested_ = search_.search().tested();
  draw_bar();
  if (!problem_.empty()) wrapped(context_.theme.bad, problem_);
  if (showing_ == Showing::grid) {
    if (const auto opened = grid_.draw()) open_category(*opened);
  } else if (showing_ == Showing::category) {
    editor_.draw();
  } else {
    search_.draw();
    if (search_.take_edit()) edit_attempt();
  }
}

void GalleryPanel::draw_bar() {
  const auto choice = [&](const char* label, const char* tag, Showing what) {
    const bool on = showing_ == what;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, vec4(context_.theme.accent, 0.45f));
    if (ImGui::Button(label)) show(what);
    if (on) ImGui::PopStyleColor();
    context_.tags.mark(tag);
    ImGui::SameLine();
  };
  choice("All categories", "show-grid", Showing::grid);
  ImGui::BeginDisabled(source_.size() == 0 && editor_.empty());
  choice("One category", "show-category", Showing::category);
  ImGui::EndDisabled();
  choice("The search", "show-search", Showing::search);
  if (showing_ == Showing::category) {
    if (ImGui::ArrowButton("previous", ImGuiDir_Left)) step_category(-1);
    context_.tags.mark("previous-category");
    ImGui::SameLine();
    if (ImGui::ArrowButton("next", ImGuiDir_Right)) step_category(1);
    context_.tags.mark("next-category");
    ImGui::SameLine();
  }
  draw_library_choice();
  ImGui::AlignTextToFramePadding();
  const LibrarySummary& library = source_.library();
  ImGui::TextColored(vec4(library.problems.empty() ? context_.theme.faint : context_.theme.bad), "%s%s",
                     progress_text(source_).c_str(),
                     library.problems.empty() ? "" : ", with problems (point here)");
  context_.tags.mark("progress");
  if (ImGui::IsItemHovered()) {
    std::string text =
        cat(library.folder.string(), "\nseed ", source_.spec().seed, ", ", source_.full_points(),
            " points a cloud, variance threshold ", shortest(source_.spec().variance_threshold));
    for (const auto* lines : {&library.problems, &library.notes})
      for (std::size_t i = 0; i < std::min<std::size_t>(lines->size(), 12); ++i)
        text += cat("\n", (*lines)[i]);
    ImGui::SetTooltip("%s", text.c_str());
  }
}

void GalleryPanel::draw_library_choice() {
  const float em = ImGui::GetFontSize();
  if (source_.libraries().size() > 1) {
    const auto label = [&](std::size_t i) {
      std::error_code error;
      const auto& folder = source_.libraries()[i].folder;
      const auto relative = folder.lexically_relative(source_.path());
      return (relative.empty() || relative == "." ? folder : relative).string();
    };
    float widest = 0;
    for (std::size_t i = 0; i < source_.libraries().size(); ++i)
      widest = std::max(widest, ImGui::CalcTextSize(label(i).c_str()).x);
    const float room = std::clamp(widest + 1 * em, 8 * em, 26 * em);
    ImGui::SetNextItemWidth(room + ImGui::GetFrameHeight());
    // Paths of libraries differ in their ends.
    const std::string whole = label(source_.chosen()), shown = shortened_front(whole, room);
    const bool open = ImGui::BeginCombo("##library", shown.c_str());
    context_.tags.mark("library");
    if (!open && shown != whole && ImGui::IsItemHovered()) ImGui::SetTooltip("%s", whole.c_str());
    if (open) {
      for (std::size_t i = 0; i < source_.libraries().size(); ++i) {
        if (ImGui::Selectable(label(i).c_str(), i == source_.chosen())) choose_library(i);
        context_.tags.mark(cat("library-", i));
      }
      ImGui::EndCombo();
    }
    ImGui::SameLine();
  }
  if (source_.points_known()) return;
  ImGui::SetNextItemWidth(9 * em);
  const bool open = ImGui::BeginCombo("##points", cat(source_.full_points(), " points").c_str());
  context_.tags.mark("points");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("The files do not tell for how many points they were made");
  if (open) {
    for (int scale = 5; scale <= 9; ++scale) {
      const auto points = cloud_points(scale);
      if (ImGui::Selectable(cat("scale ", scale, ": ", points).c_str(), points == source_.full_points())) {
        source_.set_points(points);
        library_changed();
      }
    }
    ImGui::EndCombo();
  }
  ImGui::SameLine();
}

bool GalleryPanel::busy() const {
  // What is finished is taken when it is drawn; while another tab or view is in front it waits.
  const bool in_sight = ImGui::GetFrameCount() - drawn_ <= 1;
  const bool pictures =
      (showing_ == Showing::grid && grid_.busy()) || (showing_ == Showing::category && editor_.busy());
  const bool unseen = pictures || drawn_done_ != source_.done() || drawn_tested_ != search_.search().tested();
  return source_.busy() || search_.busy() || (in_sight && unseen);
}

View& GalleryPanel::main_view() {
  if (editor_.empty() && source_.size() > 0 && showing_ != Showing::search) {
    const Category category = source_.category_now(grid_.chosen());
    if (category.state == Category::State::unreadable) throw DataError(category.problem);
    editor_.show(subject_of(grid_.chosen(), category));
  }
  return stage_.view();
}

std::vector<Shortcut> GalleryPanel::grid_keys() {
  return {{"Right", "Next tile", [this] { grid_.move(1, 0); }},
          {"Left", "Previous tile", [this] { grid_.move(-1, 0); }},
          {"Down", "Next row of tiles", [this] { grid_.move(0, 1); }},
          {"Up", "Previous row of tiles", [this] { grid_.move(0, -1); }},
          {"Enter", "Open the category large", [this] { open_category(grid_.chosen()); }},
          {"s", "Sort by the next measure",
           [this] {
             grid_.sort(static_cast<SortBy>((static_cast<int>(grid_.sorted_by()) + 1) % 5),
                        grid_.descending());
           }},
          {"S", "Sort rising or falling", [this] { grid_.sort(grid_.sorted_by(), !grid_.descending()); }},
          {"+", "Larger tiles", [this] { grid_.scale_tile(1.2f); }},
          {"-", "Smaller tiles", [this] { grid_.scale_tile(1 / 1.2f); }},
          {"0", "Tiles as large as lets all be seen", [this] { grid_.set_tile(0); }}};
}

std::vector<Shortcut> GalleryPanel::category_keys() {
  return {
      {"n PageDown", "Next category", [this] { step_category(1); }},
      {"p PageUp", "Previous category", [this] { step_category(-1); }},
      {"Right", "Next instance", [this] { editor_.choose_instance(editor_.instance() + 1); }},
      {"Left", "Previous instance", [this] { editor_.choose_instance(editor_.instance() - 1); }},
      {"Down", "Next coefficient, same factor", [this] { editor_.choose_instance(editor_.instance() + 12); }},
      {"Up", "Previous coefficient, same factor",
       [this] { editor_.choose_instance(std::max(editor_.instance() - 12, 0)); }},
      {"Home", "Base instance", [this] { editor_.choose_instance(0); }},
      {"Ctrl+Z", "Undo", [this] { editor_.undo(); }},
      {"Backspace", "Back to the category's own numbers", [this] { editor_.reset(); }},
      {"r", "Reset the camera: from a corner", [this] { stage_.look_along("iso"); }},
      {"Ctrl+E", "Export: save as category file", [this] { editor_.save(); }},
      {"Escape", "Back to all categories", [this] { show(Showing::grid); }}};
}

std::vector<Shortcut> GalleryPanel::shortcuts() {
  std::vector<Shortcut> keys;
  if (showing_ == Showing::grid) keys = grid_keys();
  if (showing_ == Showing::category) keys = category_keys();
  if (showing_ == Showing::search)
    keys = {{"n Down Right", "Next attempt in the list", [this] { search_.move(1); }},
            {"p Up Left", "Previous attempt in the list", [this] { search_.move(-1); }},
            {"Enter", "Play with its numbers", [this] { edit_attempt(); }},
            {"Escape", "Back to all categories", [this] { show(Showing::grid); }}};
  if (showing_ != Showing::search) keys.push_back({"f", "The search", [this] { show(Showing::search); }});
  return keys;
}

const char* GalleryPanel::mouse_help() const { return showing_ == Showing::grid ? "" : Panel::mouse_help(); }

nlohmann::json GalleryPanel::found() const {
  nlohmann::json is = {{"categories", source_.size()},
                       {"measured", source_.done()},
                       {"libraries", source_.libraries().size()}};
  if (showing_ == Showing::search) {
    const LibraryStatistics s = search_.search().statistics();
    is["judged"] = {{"tried", s.tried},           {"accepted", s.accepted}, {"runaway", s.runaway},
                    {"not_finite", s.not_finite}, {"flat", s.flat},         {"low_variance", s.low_variance}};
  }
  if (showing_ == Showing::grid) return is;
  const Candidate& candidate = stage_.candidate();
  is["verdict"] = name(candidate.rejection);
  is["variance"] = candidate.variance;
  is["extent"] = candidate.extent;
  is["points"] = stage_.points();
  is["deviation"] = stage_.deviation();
  if (stage_.cloud_state() == CloudState::ok) {
    const CloudMeasures& m = stage_.measures();
    is["occupancy"] = m.occupancy;
    is["distinct"] = m.distinct;
    is["dimension"] = m.dimension ? nlohmann::json(*m.dimension) : nlohmann::json();
  }
  if (showing_ == Showing::category && !editor_.empty())
    is["determinants"] = {determinant(editor_.ifs()[0]), determinant(editor_.ifs()[1])};
  return is;
}

Properties GalleryPanel::declare() {
  Properties all;
  all.then([this] { asked_ = {}; });
  all.add<std::string>(
      "view",
      [this] {
        return std::string(showing_ == Showing::grid     ? "grid"
                           : showing_ == Showing::search ? "search"
                                                         : "category");
      },
      [this](const std::string& view) {
        if (!view.empty() && !is_direction(view) && view != "grid" && view != "category" && view != "search")
          throw ConfigError(cat("'view' is grid, category or search, or iso, x, y or z, not '", view, "'"));
        asked_.view = view;
      });
  declare_library(all);
  declare_category(all);
  all.then([this] { asked_.attempt = search_.attempt(); });
  all.include(search_.properties());
  all.then([this] {
    if (showing_ == Showing::search && search_.attempt() != asked_.attempt) search_.appear();
    if (asked_.view == "grid") show(Showing::grid);
    if (asked_.view == "search") show(Showing::search);
    if (asked_.view == "category" || is_direction(asked_.view)) show(Showing::category);
  });
  all.include(stage_.properties());
  all.then([this] {
    if (is_direction(asked_.view)) stage_.look_along(asked_.view);
  });
  return all;
}

void GalleryPanel::declare_library(Properties& all) {
  all.add<std::size_t>(
      "library", [this] { return source_.chosen(); },
      [this](std::size_t library) {
        if (library >= source_.libraries().size())
          throw ConfigError(cat("'library' ", library, ": only ", source_.libraries().size(), " are here"));
        if (library != source_.chosen()) choose_library(library);
      });
  all.add<std::uint64_t>(
      "points",
      [this] { return source_.points_known() ? std::nullopt : std::optional(source_.full_points()); },
      [this](std::uint64_t points) {
        if (points == source_.full_points() || source_.points_known()) return;
        source_.set_points(points);
        library_changed();
      });
  all.include(grid_.properties());
}

void GalleryPanel::declare_category(Properties& all) {
  all.add<int>(
      "category",
      [this] { return source_.size() > 0 ? std::optional(source_.number(grid_.chosen())) : std::nullopt; },
      [this](int number) { asked_.category = number; });
  all.add<int>(
      "instance", [this] { return editor_.instance(); },
      [this](int instance) { asked_.instance = instance; });
  using Maps = std::vector<std::vector<double>>;
  all.add<Maps>(
      "maps",
      [this] {
        if (!editor_.edited() && !of_attempt_) return std::optional<Maps>();
        return std::optional(Maps{numbers(editor_.ifs()[0]), numbers(editor_.ifs()[1])});
      },
      [this](Maps maps) { asked_.maps = std::move(maps); });
  all.then([this] {
    if (asked_.category || asked_.instance || asked_.maps) show_asked();
  });
}

void GalleryPanel::show_asked() {
  const int number = asked_.category.value_or(source_.size() > 0 ? source_.number(grid_.chosen()) : 0);
  const int instance = asked_.instance.value_or(editor_.instance());
  if (instance < 0 || instance >= instances_per_category)
    throw ConfigError(cat("'instance' ", instance, " is outside 0 to ", instances_per_category - 1));
  for (std::size_t i = 0; i < source_.size(); ++i)
    if (source_.number(i) == number) {
      const Showing before = showing_;
      if (editor_.empty() || i != grid_.chosen() || of_attempt_) open_category(i);
      if (problem_.empty()) showing_ = before;
      grid_.choose(i);
      editor_.choose_instance(instance);
      break;
    } else if (i + 1 == source_.size()) {
      throw ConfigError(cat("'category': this library has no category ", number));
    }
  if (asked_.maps && !asked_.maps->empty() && !editor_.empty()) editor_.set(maps_from(*asked_.maps));
}

}  // namespace scaffold::viewer

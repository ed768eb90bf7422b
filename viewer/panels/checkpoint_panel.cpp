#include "panels/checkpoint_panel.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "panels/error_styles.hpp"

namespace scaffold::viewer {

CheckpointPanel::CheckpointPanel(const fs::path& file, Context& context)
    : context_(context),
      subject_(std::make_shared<const Subject>(read_subject(file))),
      field_(context),
      views_(context, field_.stage()),
      dark_ground_(views_.controls().suited().dark) {
  if (const auto& cut = subject_->shards; cut != std::array<std::int64_t, 3>{1, 1, 1})
    for (std::size_t axis = 0; axis < 3; ++axis) shards_[axis] = static_cast<int>(cut[axis]);
  open_dataset(find_dataset(*subject_, context_.known("dataset")));
}

std::string CheckpointPanel::title() const {
  // RUN/checkpoints/best.h5 of several runs: the run tells them apart.
  const fs::path run = subject_->path.parent_path().parent_path().filename();
  const std::string name = subject_->path.filename().string();
  return subject_->is_prediction || run.empty() ? name : cat(name, " · ", run.string());
}

View& CheckpointPanel::main_view() { return mode_ == Mode::field ? field_.view() : views_.main_view(); }

void CheckpointPanel::open_dataset(const fs::path& folder) {
  dataset_problem_.clear();
  if (folder.empty()) {
    dataset_problem_ = subject_->is_prediction
                           ? cat("The dataset '", subject_->dataset.string(), "' was not found.")
                           : cat("The dataset ", subject_->dataset_hash, " was not found.");
    return;
  }
  try {
    auto source = std::make_shared<const DatasetSource>(folder);
    const auto classes = source->reader().info().classes;
    if (!subject_->is_prediction && classes != subject_->classes)
      throw DataError(cat("'", folder.string(), "' has ", classes, " classes, the network tells ",
                          subject_->classes, " apart"));
    if (source->volumes() == 0) throw DataError(cat("'", folder.string(), "' has no volumes"));
    dataset_ = std::move(source);
  } catch (const Error& error) {
    dataset_problem_ = error.what();
    return;
  }
  const std::string hash = dataset_->reader().info().hash;
  if (!subject_->is_prediction && hash != subject_->dataset_hash)
    dataset_problem_ = cat("The network was trained on another dataset, ", subject_->dataset_hash, ".");
  std::vector<std::int64_t> order;
  for (const auto* part : {&dataset_->reader().validation(), &dataset_->reader().training()})
    order.insert(order.end(), part->begin(), part->end());
  list_.set_volumes(std::move(order));
  scores_.clear();
  styles_ = dataset_->styles(true);
  field_class_.reset();
  const std::int64_t edge = dataset_->reader().info().edge;
  views_.controls().set_extent({edge, edge, edge});
  choose_volume(subject_->is_prediction ? subject_->volume : list_.first());
}

void CheckpointPanel::choose_volume(std::int64_t volume) {
  if (!dataset_) return;
  if (volume < 0 || volume >= dataset_->volumes()) {
    problem_ = cat("the dataset has volumes 0 to ", dataset_->volumes() - 1, ", not ", volume);
    return;
  }
  volume_ = volume;
  found_ = {};
  ask(false);
}

void CheckpointPanel::step_volume(int by) {
  if (subject_->is_prediction) return;
  const auto to = list_.step(volume_, by);
  if (!to) return;
  list_.scroll_to_chosen();
  choose_volume(*to);
}

void CheckpointPanel::step_checkpoint(int by) {
  if (subject_->is_prediction) return;
  const auto all = checkpoints_beside(subject_->path);
  std::error_code error;
  const auto here = std::find_if(all.begin(), all.end(), [&](const fs::path& path) {
    return fs::equivalent(path, subject_->path, error);
  });
  if (here == all.end()) return;
  const auto to = (here - all.begin()) + by;
  if (to < 0 || to >= std::ssize(all)) return;
  auto next = std::make_shared<const Subject>(read_subject(all[static_cast<std::size_t>(to)]));
  if (next->classes != subject_->classes)
    throw DataError(
        cat("'", next->path.string(), "' tells ", next->classes, " classes apart, not ", subject_->classes));
  const bool again = has_answer() || (work_.busy() && running_);
  subject_ = std::move(next);
  scores_.clear();
  found_.first = nullptr;
  differences_ = nullptr;
  ask(again);
  refresh();
  refresh_field();
}

void CheckpointPanel::run() {
  if (!subject_->is_prediction && !(work_.busy() && running_)) ask(true, true);
}

void CheckpointPanel::ask(bool run, bool again) {
  if (!dataset_) return;
  problem_.clear();
  Question question;
  question.reader = {dataset_, &dataset_->reader()};
  question.volume = volume_;
  question.budget = context_.memory_budget;
  question.known = found_.volume == volume_ ? found_ : Comparison{};
  if (again) question.known.first = question.known.second = nullptr;
  const auto asked = [&](const std::shared_ptr<const Subject>& subject) {
    return subject && (run || subject->is_prediction) ? subject : nullptr;
  };
  question.first = asked(subject_);
  if (second_ && second_->is_prediction && second_->volume != volume_)
    second_problem_ = cat("B is a prediction of volume ", second_->volume, ": choose that one.");
  else if (second_) {
    question.second = asked(second_);
    second_problem_.clear();
  }
  running_ = run;
  started_ = ImGui::GetTime();
  work_.start([question](const ProgressTold& progress) { return answer(question, progress); }, context_.wake);
}

void CheckpointPanel::collect() {
  try {
    if (auto found = work_.take()) arrived(std::move(*found));
    field_.collect();
  } catch (const std::exception& error) {  // bad_alloc and HDF5's among them
    problem_ = error.what();
  }
}

void CheckpointPanel::arrived(Comparison found) {
  if (found.volume != volume_) return;
  found_ = std::move(found);
  if (found_.first) scores_[volume_] = mean_dice(found_.first->dice);
  differences_ = nullptr;
  if (found_.first && found_.second) {
    auto differs = std::make_shared<LabelVolume>(*found_.truth);
    differs->labels = difference_labels(found_.truth->labels, found_.first->classes->labels,
                                        found_.second->classes->labels);
    difference_counts_ = count_errors(differs->labels);
    differences_ = std::move(differs);
  }
  refresh();
  refresh_field();
  refresh_boundary();
}

void CheckpointPanel::open_second(const fs::path& file) {
  second_problem_.clear();
  second_ = nullptr;
  found_.second = nullptr;
  differences_ = nullptr;
  if (!file.empty()) {
    try {
      auto other = std::make_shared<const Subject>(read_subject(file));
      if (dataset_ && !other->is_prediction && other->classes != dataset_->reader().info().classes)
        throw DataError(cat("'", file.string(), "' tells ", other->classes,
                            " classes apart, the dataset has ", dataset_->reader().info().classes));
      second_ = std::move(other);
      second_text_ = file.string();
      if (has_answer() || second_->is_prediction) ask(has_answer());
    } catch (const Error& error) {
      second_problem_ = error.what();
    }
  }
  refresh();
}

void CheckpointPanel::set_mode(Mode mode) {
  mode_ = mode;
  views_.controls().touch();
  unfold_second_ = mode == Mode::compare;
  refresh();
  refresh_field();
}

void CheckpointPanel::choose_cell(std::optional<std::array<int, 2>> cell) {
  cell_ = cell;
  refresh();
}

/// The slices through a voxel of the chosen cell: the middle one in their order.
void CheckpointPanel::go_to_cell() {
  if (!cell_ || !found_.first) return;
  const auto& [t, p] = *cell_;
  const auto at = found_.first->confusion[static_cast<std::size_t>(t * found_.number_of_classes + p)] / 2;
  std::int64_t seen = 0;
  const auto& truth = found_.truth->labels;
  const auto& predicted = found_.first->classes->labels;
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (truth[i] == t && predicted[i] == p && seen++ == at) {
      const auto v = static_cast<std::int64_t>(i), w = found_.extent[2], hw = found_.extent[1] * w;
      views_.controls().set_crosshair({v / hw, v % hw / w, v % w});
      return;
    }
}

Layer CheckpointPanel::layer(const std::string& what) const {
  const auto dice = [](const Answer& answer) { return fixed(mean_dice(answer.dice), 3); };
  if (what == "prediction" && found_.first)
    return {cat(second_ ? "A" : "Prediction", ": Dice ", dice(*found_.first)),
            found_.first->classes,
            styles_,
            {}};
  if (what == "second" && found_.second)
    return {cat("B: Dice ", dice(*found_.second), ", ", second_->path.filename().string()),
            found_.second->classes,
            styles_,
            {}};
  if (what == "error" && found_.first) {
    const auto& n = found_.first->error_counts;
    return with_legend(cat("Errors: ", counted(n[1] + n[2] + n[3], "voxel")), found_.first->errors,
                       error_styles(dark_ground_), n);
  }
  if (what == "differs" && differences_)
    return with_legend("Who is right", differences_, difference_styles(dark_ground_), difference_counts_);
  return {cat("Truth of volume ", volume_), found_.truth, styles_, {}};
}

/// The voxels of the chosen cell stand out: the rest is pale.
Layer CheckpointPanel::highlighted(Layer layer) const {
  if (!cell_ || !found_.first || layer.styles.size() > 255) return layer;  // no label is left for it
  const auto mark = static_cast<std::uint8_t>(layer.styles.size());
  auto shown = std::make_shared<LabelVolume>();
  shown->extent = layer.labels->extent;
  shown->step = layer.labels->step;
  shown->labels =
      marked(layer.labels->labels, found_.truth->labels, found_.first->classes->labels,
             static_cast<std::uint8_t>((*cell_)[0]), static_cast<std::uint8_t>((*cell_)[1]), mark);
  layer.labels = std::move(shown);
  for (auto& style : layer.styles) {
    style.opacity *= 0.5f;
    const Rgb behind = views_.controls().suited().empty;
    const auto pale = [](float c, float b) { return 0.5f * c + 0.5f * b; };
    style.color = {pale(style.color.r, behind.r), pale(style.color.g, behind.g),
                   pale(style.color.b, behind.b)};
  }
  const Rgb color = dark_ground_ ? Rgb{1, 1, 1} : Rgb{0.75f, 0, 0.45f};
  layer.styles.push_back({"chosen cell", color, 1, true});
  layer.legend.push_back({color, cat("truth ", (*cell_)[0], ", predicted ", (*cell_)[1])});
  return layer;
}

std::vector<Layer> CheckpointPanel::layers() const {
  if (!found_.truth) return {};
  if (!has_answer()) return {layer("truth")};
  if (mode_ == Mode::wipe) return {layer(wipe_left_), layer(wipe_right_)};
  if (mode_ == Mode::compare && found_.second)
    return {layer("prediction"), layer("second"), layer("differs")};
  return {layer("prediction"), layer("truth"), layer("error")};
}

void CheckpointPanel::refresh() {
  auto all = layers();
  for (auto& one : all) one = highlighted(std::move(one));
  views_.show(std::move(all));
}

int CheckpointPanel::field_class() const {
  if (field_class_) return *field_class_;
  return found_.first ? max_predicted(found_.first->confusion, found_.number_of_classes) : 1;
}

/// Worked out only where it is looked at.
void CheckpointPanel::refresh_field() {
  field_.show(mode_ == Mode::field ? found_.first : nullptr, found_.extent, field_class());
}

void CheckpointPanel::refresh_boundary() {
  boundary_.reset();
  boundary_problem_.clear();
  if (!found_.first) return;
  try {
    boundary_ = errors_by_boundary(found_.truth->labels, found_.first->classes->labels, found_.extent,
                                   {shards_[0], shards_[1], shards_[2]});
  } catch (const Error& error) {
    boundary_problem_ = error.what();
  }
}

void CheckpointPanel::theme_changed() {
  views_.controls().theme_changed();
  follow_ground();
}

/// Errors and slices have colors that suit what is behind them.
void CheckpointPanel::follow_ground() {
  const bool dark = views_.controls().suited().dark;
  if (std::exchange(dark_ground_, dark) == dark) return;
  views_.repaint_planes();
  if (found_.truth) refresh();
}

void CheckpointPanel::draw() {
  collect();
  follow_ground();
  const float em = ImGui::GetFontSize();
  const float left = std::min(21 * em, 0.42f * ImGui::GetContentRegionAvail().x);
  ImGui::BeginChild("left", {left, 0});
  draw_subject();
  draw_dataset();
  if (dataset_) {
    draw_volumes();
    draw_run();
    draw_view_controls();
    draw_classes();
    draw_matrix();
    draw_boundary();
    draw_second();
  }
  ImGui::EndChild();
  ImGui::SameLine();
  ImGui::BeginChild("right");
  draw_toolbar();
  draw_views(ImGui::GetContentRegionAvail());
  ImGui::EndChild();
}

std::vector<Shortcut> CheckpointPanel::shortcuts() {
  std::vector<Shortcut> all{
      {"n PageDown", "Next volume, validation first", [this] { step_volume(1); }},
      {"p PageUp", "Previous volume", [this] { step_volume(-1); }},
      {"e", "Next epoch: the run's next checkpoint", [this] { step_checkpoint(1); }},
      {"E", "Previous epoch", [this] { step_checkpoint(-1); }},
      {"Enter", "Run the network on this volume", [this] { run(); }},
      {"Escape", "Cancel, or clear the chosen cell",
       [this] { work_.busy() ? work_.cancel() : choose_cell(std::nullopt); }},
      {"s", "Side by side", [this] { set_mode(Mode::side); }},
      {"w", "Wipe", [this] { set_mode(Mode::wipe); }},
      {"f", "Class probability", [this] { set_mode(Mode::field); }},
      {"b", "Compare with a second one, B", [this] { set_mode(Mode::compare); }},
      {"Left", "Wipe to the left", [this] { views_.wipe = std::max(0.02f, views_.wipe - 0.02f); }},
      {"Right", "Wipe to the right", [this] { views_.wipe = std::min(0.98f, views_.wipe + 0.02f); }}};
  for (auto& shortcut : views_.shortcuts()) all.push_back(std::move(shortcut));
  return all;
}

}  // namespace scaffold::viewer

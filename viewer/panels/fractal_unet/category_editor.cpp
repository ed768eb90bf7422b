#include "panels/fractal_unet/category_editor.hpp"

#include <algorithm>

#include "core/text.hpp"
#include "panels/fractal_unet/acceptance_gauge.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t max_undo = 200;

}  // namespace

void CategoryEditor::show(EditedCategory subject) {
  subject_ = std::move(subject);
  ifs_ = subject_->ifs;
  undo_.clear();
  dragging_ = false;
  maps_.adopt(ifs_);
  refresh();
  stage_.look();
}

void CategoryEditor::refresh() {
  if (subject_) changed(false);
}

void CategoryEditor::changed(bool draft) {
  CloudTask task = subject_->tested;
  task.ifs = ifs_;
  stage_.show(task, subject_->spec, subject_->edge, draft);
  if (!draft) {
    ++version_;
    strip_ifs_ = ifs_;
  }
  if (strip_.instance() > 0)
    stage_.show_instance({ifs_, subject_->category, strip_.instance()}, subject_->spec);
}

void CategoryEditor::set(const Ifs& ifs) {
  if (ifs == ifs_) return;
  undo_.push_back(ifs_);
  if (undo_.size() > max_undo) undo_.erase(undo_.begin());
  ifs_ = ifs;
  maps_.adopt(ifs_);
  changed(false);
}

void CategoryEditor::undo() {
  if (undo_.empty()) return;
  ifs_ = undo_.back();
  undo_.pop_back();
  maps_.adopt(ifs_);
  changed(false);
}

void CategoryEditor::reset() {
  if (!subject_) return;
  set(subject_->ifs);
  stage_.look();
}

void CategoryEditor::choose_instance(int instance) {
  strip_.choose(instance);
  if (!subject_) return;
  changed(false);
  stage_.fit();  // instances differ in size by far
}

void CategoryEditor::draw() {
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float right = std::min(27 * em, 0.52f * room.x);
  ImGui::BeginChild("left", {room.x - right - 0.6f * em, 0});
  const float below = strip_.height() + ImGui::GetTextLineHeightWithSpacing();
  stage_.draw_options();
  stage_.draw({ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y - below, 6 * em)});
  strip_.draw_line(stage_.deviation());
  if (strip_.draw(strip_ifs_, subject_->category, version_, subject_->spec.seed, subject_->spec.points))
    choose_instance(strip_.instance());
  ImGui::EndChild();
  ImGui::SameLine(0, 0.6f * em);
  ImGui::BeginChild("right");
  draw_numbers();
  ImGui::EndChild();
  save_.draw(ifs_, context_);
}

void CategoryEditor::draw_numbers() {
  ImGui::TextUnformatted(cat(subject_->title, edited() ? ", changed" : "").c_str());
  draw_gauge(stage_.candidate(), subject_->spec, context_);
  draw_measures();
  draw_buttons();
  ImGui::Separator();
  const Ifs before = ifs_;
  const bool edited_now = maps_.draw(ifs_, context_);
  if (edited_now && !dragging_) {
    undo_.push_back(before);
    if (undo_.size() > max_undo) undo_.erase(undo_.begin());
  }
  if (edited_now) changed(maps_.active());
  // Let go: now with all points, and the strip follows.
  if (dragging_ && !maps_.active() && !edited_now) changed(false);
  dragging_ = maps_.active() && (dragging_ || edited_now);
}

void CategoryEditor::draw_measures() const {
  const CloudMeasures& m = stage_.measures();
  const auto faint = vec4(context_.theme.faint);
  ImGui::PushTextWrapPos();
  if (stage_.cloud_state() == CloudState::ok)
    ImGui::TextUnformatted(cat("Dimension ",
                               m.dimension ? fixed(*m.dimension, 2) : "unknown (too few points)", ", ",
                               m.voxels, " of ", subject_->edge, "³ voxels (", fixed(100 * m.occupancy, 3),
                               " %), ", fixed(100 * m.distinct, 0), " % of the points distinct")
                               .c_str());
  std::string note = cat("Random stream: ", describe_stream(subject_->tested), ", also for changed numbers");
  if (subject_->full_points > subject_->spec.points)
    note += cat("; the first ", subject_->spec.points, " of ", subject_->full_points, " points");
  ImGui::TextColored(faint, "%s", note.c_str());
  ImGui::PopTextWrapPos();
}

void CategoryEditor::draw_buttons() {
  ImGui::BeginDisabled(undo_.empty());
  if (ImGui::Button("Undo")) undo();
  context_.tags.mark("undo");
  ImGui::EndDisabled();
  ImGui::SameLine();
  ImGui::BeginDisabled(!edited());
  if (ImGui::Button("Reset")) reset();
  context_.tags.mark("reset");
  ImGui::EndDisabled();
  ImGui::SameLine();
  if (ImGui::Button("Save as category file…")) save();
  context_.tags.mark("save");
}

}  // namespace scaffold::viewer

#include "panels/fractal_unet/search_browser.hpp"

#include <imgui.h>

#include <algorithm>
#include <array>

#include "core/text.hpp"
#include "panels/fractal_unet/acceptance_gauge.hpp"
#include "ui/table.hpp"

namespace scaffold::viewer {
namespace {

constexpr std::size_t portion = 2000;
constexpr std::array reasons = {Rejection::none, Rejection::runaway, Rejection::not_finite, Rejection::flat,
                                Rejection::low_variance};

std::uint64_t count_of(const LibraryStatistics& s, Rejection reason) {
  switch (reason) {
    case Rejection::none:
      return s.accepted;
    case Rejection::runaway:
      return s.runaway;
    case Rejection::not_finite:
      return s.not_finite;
    case Rejection::flat:
      return s.flat;
    case Rejection::low_variance:
      return s.low_variance;
  }
  return 0;
}

std::string percent(std::uint64_t part, std::uint64_t whole) {
  return whole ? cat(part, " (", fixed(100.0 * static_cast<double>(part) / static_cast<double>(whole), 1),
                     " %)")
               : "–";
}

}  // namespace

void SearchBrowser::restart(const LibrarySpec& spec, std::uint64_t full_points,
                            std::optional<LibraryStatistics> recorded) {
  spec_ = spec;
  full_points_ = full_points;
  edge_ = cube_edge(full_points);
  recorded_ = recorded;
  attempt_ = 0;
  if (search_.wanted() > 0) browse(0);
}

void SearchBrowser::browse(std::uint64_t first) {
  search_.browse(spec_, first, portion);
  rows_.clear();
  filtered_ = 0;
}

void SearchBrowser::appear() {
  if (search_.wanted() == 0) browse(attempt_ < portion ? 0 : attempt_);
  choose(attempt_);
}

void SearchBrowser::choose(std::uint64_t attempt) {
  remember(attempt);
  scroll_to_ = true;
  if (attempt_ < search_.first() || attempt_ >= search_.first() + SearchSource::max_attempts)
    browse(attempt_);
  else if (attempt_ >= search_.first() + search_.wanted())
    search_.browse(spec_, search_.first(), static_cast<std::size_t>(attempt_ - search_.first()) + portion);
  const CloudTask task = candidate_task(candidate_ifs(spec_.seed, attempt_), spec_.seed, 0, attempt_);
  stage_.show(task, spec_, edge_, false);
  stage_.look();
}

Properties SearchBrowser::properties() {
  Properties all;
  all.add<std::string>(
      "filter", [this] { return std::string(filter_ < 0 ? "all" : name(static_cast<Rejection>(filter_))); },
      [this](const std::string& filter) {
        for (int r = 0; r < 5; ++r)
          if (filter == name(static_cast<Rejection>(r))) set_filter(r);
        if (filter == "all") set_filter(-1);
      });
  all.add<std::uint64_t>(
      "attempt", [this] { return attempt_; }, [this](std::uint64_t attempt) { remember(attempt); });
  return all;
}

void SearchBrowser::set_filter(int filter) {
  filter_ = std::clamp(filter, -1, static_cast<int>(reasons.size()) - 1);
  rows_.clear();
  filtered_ = 0;
  scroll_to_ = true;
}

void SearchBrowser::follow() {
  const std::size_t tested = search_.tested();
  if (filtered_ > tested) {
    rows_.clear();
    filtered_ = 0;
  }
  if (filtered_ == tested) return;
  const auto fresh = search_.attempts(filtered_, tested);
  for (std::size_t i = 0; i < fresh.size(); ++i)
    if (filter_ < 0 || static_cast<int>(fresh[i].candidate.rejection) == filter_)
      rows_.push_back(filtered_ + i);
  filtered_ += fresh.size();
}

void SearchBrowser::move(int by) {
  if (rows_.empty()) return;
  const std::size_t at =
      attempt_ >= search_.first() ? static_cast<std::size_t>(attempt_ - search_.first()) : 0;
  auto found = std::lower_bound(rows_.begin(), rows_.end(), at) - rows_.begin();
  const bool on_a_row = found < std::ssize(rows_) && rows_[static_cast<std::size_t>(found)] == at;
  if (!on_a_row && by > 0) --found;
  found = std::clamp<std::ptrdiff_t>(found + by, 0, std::ssize(rows_) - 1);
  choose(search_.first() + rows_[static_cast<std::size_t>(found)]);
}

void SearchBrowser::draw() {
  follow();
  const float em = ImGui::GetFontSize();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float left = std::min(25 * em, 0.5f * room.x);
  ImGui::BeginChild("list", {left, 0});
  draw_statistics();
  draw_list();
  ImGui::EndChild();
  ImGui::SameLine(0, 0.6f * em);
  ImGui::BeginChild("stage");
  stage_.draw_options();
  const float below = 7 * ImGui::GetTextLineHeightWithSpacing() + ImGui::GetFrameHeightWithSpacing();
  stage_.draw({ImGui::GetContentRegionAvail().x, std::max(ImGui::GetContentRegionAvail().y - below, 6 * em)});
  ImGui::TextUnformatted(cat("Attempt ", attempt_, " of seed ", spec_.seed).c_str());
  draw_gauge(stage_.candidate(), spec_, context_);
  if (ImGui::Button("Play with its numbers")) edit_ = true;
  context_.tags.mark("edit-attempt");
  ImGui::EndChild();
}

void SearchBrowser::draw_statistics() {
  const float em = ImGui::GetFontSize();
  const LibraryStatistics s = search_.statistics();
  if (ImGui::BeginTable("statistics", recorded_ ? 3 : 2, ImGuiTableFlags_SizingStretchProp)) {
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::TextColored(vec4(context_.theme.faint), "click: only these");
    ImGui::TableNextColumn();
    ImGui::TextColored(vec4(context_.theme.faint), "browsed: %s", cat(s.tried).c_str());
    if (recorded_) {
      ImGui::TableNextColumn();
      ImGui::TextColored(vec4(context_.theme.faint), "library: %s", cat(recorded_->tried).c_str());
    }
    for (std::size_t r = 0; r < reasons.size(); ++r) {
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      const bool on = filter_ == static_cast<int>(r);
      if (ImGui::Selectable(name(reasons[r]), on)) set_filter(on ? -1 : static_cast<int>(r));
      context_.tags.mark(cat("reason-", r));
      if (ImGui::IsItemHovered()) ImGui::SetTooltip(on ? "Show all again" : "Show only these");
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(percent(count_of(s, reasons[r]), s.tried).c_str());
      if (!recorded_) continue;
      ImGui::TableNextColumn();
      ImGui::TextUnformatted(percent(count_of(*recorded_, reasons[r]), recorded_->tried).c_str());
    }
    ImGui::EndTable();
  }
  ImGui::SetNextItemWidth(9 * em);
  auto wanted = attempt_;
  if (ImGui::InputScalar("##attempt", ImGuiDataType_U64, &wanted, nullptr, nullptr, nullptr,
                         ImGuiInputTextFlags_EnterReturnsTrue))
    choose(wanted);
  context_.tags.mark("attempt");
  ImGui::SameLine();
  ImGui::TextUnformatted("go to attempt");
  ImGui::SameLine();
  const bool full = search_.wanted() >= SearchSource::max_attempts;
  ImGui::BeginDisabled(full || search_.busy());
  if (ImGui::Button(cat("+", portion).c_str()))
    search_.browse(spec_, search_.first(), search_.wanted() + portion);
  ImGui::EndDisabled();
  context_.tags.mark("more");
}

void SearchBrowser::draw_list() {
  if (search_.busy())
    ImGui::ProgressBar(static_cast<float>(search_.tested()) / static_cast<float>(search_.wanted()),
                       {-1, 0.35f * ImGui::GetFontSize()}, "");
  if (!ImGui::BeginTable("attempts", 3,
                         ImGuiTableFlags_ScrollY | ImGuiTableFlags_RowBg | ImGuiTableFlags_SizingStretchProp))
    return;
  ImGui::TableSetupScrollFreeze(0, 1);
  plain_heads("No", "verdict", "least variance");
  if (std::exchange(scroll_to_, false)) {
    const std::size_t at =
        attempt_ >= search_.first() ? static_cast<std::size_t>(attempt_ - search_.first()) : 0;
    const auto row = std::lower_bound(rows_.begin(), rows_.end(), at) - rows_.begin();
    const float line = ImGui::GetTextLineHeight() + 2 * ImGui::GetStyle().CellPadding.y;
    const float top = static_cast<float>(row) * line, height = ImGui::GetWindowHeight();
    if (top < ImGui::GetScrollY() || top + 3 * line > ImGui::GetScrollY() + height)
      ImGui::SetScrollY(std::max(top - height / 3, 0.f));
  }
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(rows_.size()));
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      const std::size_t at = rows_[static_cast<std::size_t>(i)];
      const auto one = search_.attempts(at, at + 1);
      if (one.empty()) continue;
      const Candidate& candidate = one.front().candidate;
      const bool accepted = candidate.rejection == Rejection::none;
      ImGui::TableNextRow();
      ImGui::TableNextColumn();
      const std::string label = cat(one.front().number);
      if (ImGui::Selectable(label.c_str(), one.front().number == attempt_,
                            ImGuiSelectableFlags_SpanAllColumns))
        choose(one.front().number);
      context_.tags.mark(cat("attempt-", label));
      ImGui::TableNextColumn();
      ImGui::TextColored(vec4(accepted ? context_.theme.good : context_.theme.text), "%s",
                         name(candidate.rejection));
      ImGui::TableNextColumn();
      const bool known = candidate.extent[0] > 0 || candidate.extent[1] > 0 || candidate.extent[2] > 0;
      ImGui::TextUnformatted(
          known ? fixed(*std::min_element(candidate.variance.begin(), candidate.variance.end()), 3).c_str()
                : "–");
    }
  ImGui::EndTable();
}

}  // namespace scaffold::viewer

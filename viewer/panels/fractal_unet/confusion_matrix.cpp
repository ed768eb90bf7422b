#include "panels/fractal_unet/confusion_matrix.hpp"

#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "scene/transfer.hpp"

namespace scaffold::viewer {
namespace {

/// "1234", "12.3k", "4.6M": at most five characters.
std::string short_count(std::int64_t count) {
  if (count < 10000) return cat(count);
  const double k = static_cast<double>(count) / 1000;
  return k < 999.5 ? cat(fixed(k, k < 99.95 ? 1 : 0), "k") : cat(fixed(k / 1000, k < 99950 ? 1 : 0), "M");
}

std::int64_t count_of(const Comparison& found, const ConfusionMatrix::Cell& cell) {
  return found.first->confusion[static_cast<std::size_t>(cell[0] * found.number_of_classes + cell[1])];
}

}  // namespace

std::optional<std::int64_t> ConfusionMatrix::voxels(const Comparison& found) const {
  if (!cell_ || !found.first || std::ranges::max(*cell_) >= found.number_of_classes) return std::nullopt;
  return count_of(found, *cell_);
}

std::optional<Index3> ConfusionMatrix::voxel(const Comparison& found) const {
  const auto count = voxels(found);
  std::int64_t seen = 0;
  const auto& truth = found.truth->labels;
  for (std::size_t i = 0; count && i < truth.size(); ++i)
    if (truth[i] == (*cell_)[0] && found.first->classes->labels[i] == (*cell_)[1] && seen++ == *count / 2) {
      const auto v = static_cast<std::int64_t>(i), w = found.extent[2], hw = found.extent[1] * w;
      return Index3{v / hw, v % hw / w, v % w};
    }
  return std::nullopt;
}

ConfusionMatrix::Changed ConfusionMatrix::draw(const Comparison& found) {
  Changed changed = Changed::nothing;
  ImGui::Spacing();
  ImGui::TextUnformatted("Confusion");
  ImGui::SameLine();
  ImGui::TextDisabled("truth ↓  prediction →");
  if (cell_) {
    ImGui::SameLine();
    if (ImGui::SmallButton("clear")) {
      cell_.reset();
      changed = Changed::cleared;
    }
    context_.tags.mark("cell-clear");
  }
  const auto n = static_cast<int>(found.number_of_classes);
  const float em = ImGui::GetFontSize(), label = 1.5f * em;
  const float width = std::max((ImGui::GetContentRegionAvail().x - label) / static_cast<float>(n), 1.f);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const Layout layout{n, n <= 10, width, n <= 10 ? 1.5f * em : width, at, {at.x + label, at.y + 1.1f * em}};
  const float high = layout.height * static_cast<float>(n);
  if (n <= 24) draw_labels(layout);
  ImGui::SetCursorScreenPos(layout.corner);
  ImGui::InvisibleButton("matrix", {width * static_cast<float>(n), high});
  context_.tags.mark("matrix");
  std::optional<Cell> under;
  if (ImGui::IsItemHovered()) {
    const ImVec2 mouse = ImGui::GetMousePos();
    under = {std::clamp(static_cast<int>((mouse.y - layout.corner.y) / layout.height), 0, n - 1),
             std::clamp(static_cast<int>((mouse.x - layout.corner.x) / width), 0, n - 1)};
  }
  const bool clicked = ImGui::IsItemClicked();
  for (int t = 0; t < n; ++t)
    draw_row(layout, t, found.first->confusion.data() + std::ptrdiff_t{t} * n, under);
  ImGui::SetCursorScreenPos({at.x, layout.corner.y + high});
  ImGui::Dummy({0, 0.2f * em});
  if (!under) return changed;
  ImGui::SetTooltip("truth %d, predicted %d: %s\nclick shows where", (*under)[0], (*under)[1],
                    counted(count_of(found, *under), "voxel").c_str());
  if (!clicked) return changed;
  cell_ = cell_ == under ? std::nullopt : under;
  return cell_ ? Changed::chosen : Changed::cleared;
}

void ConfusionMatrix::draw_labels(const Layout& layout) const {
  const float em = ImGui::GetFontSize();
  auto* draw = ImGui::GetWindowDrawList();
  const auto faint = context_.theme.u32(context_.theme.faint);
  for (int c = 0; c < layout.n; ++c) {
    const std::string name = cat(c);
    const auto place = static_cast<float>(c);
    draw->AddText(
        {layout.at.x + 1.5f * em + (place + 0.5f) * layout.width - ImGui::CalcTextSize(name.c_str()).x / 2,
         layout.at.y},
        faint, name.c_str());
    draw->AddText(
        {layout.at.x + 0.3f * em, layout.at.y + 1.1f * em + place * layout.height + (layout.height - em) / 2},
        faint, name.c_str());
  }
}

void ConfusionMatrix::draw_row(const Layout& layout, int truth, const std::int64_t* row,
                               const std::optional<Cell>& under) {
  const auto all = std::accumulate(row, row + layout.n, std::int64_t{0});
  for (int p = 0; p < layout.n; ++p) {
    const float share = all > 0 ? static_cast<float>(row[p]) / static_cast<float>(all) : 0;
    draw_cell(layout, {truth, p}, row[p], share, under == Cell{truth, p});
  }
}

void ConfusionMatrix::draw_cell(const Layout& layout, Cell cell, std::int64_t count, float share,
                                bool under) {
  const Theme& theme = context_.theme;
  const float em = ImGui::GetFontSize(), width = layout.width, height = layout.height;
  auto* draw = ImGui::GetWindowDrawList();
  const ImVec2 a{layout.corner.x + static_cast<float>(cell[1]) * width,
                 layout.corner.y + static_cast<float>(cell[0]) * height};
  const float gap = layout.counts ? 1 : 0;
  const ImVec2 b{a.x + width - gap, a.y + height - gap};
  // Small shares are what one looks for: the root makes them visible.
  draw->AddRectFilled(a, b, count > 0 ? theme.u32(ramp(std::sqrt(share))) : theme.u32(theme.faint, 0.15f));
  if (layout.counts && count > 0) {
    const std::string text = short_count(count);
    const float size = 0.8f * em, wide = ImGui::CalcTextSize(text.c_str()).x * 0.8f;
    draw->AddText(ImGui::GetFont(), size, {a.x + (width - wide) / 2, a.y + (height - size) / 2},
                  share > 0.3f ? IM_COL32(0, 0, 0, 255) : IM_COL32(255, 255, 255, 255), text.c_str());
  }
  const bool chosen = cell_ == cell;
  if (chosen || under)
    draw->AddRect(a, b, theme.u32(chosen ? theme.bad : theme.text), 0, 0, chosen ? 3.f : 1.5f);
  if (!layout.counts) return;
  // No control: a place for scripts to point at.
  ImGui::SetCursorScreenPos(a);
  ImGui::Dummy({width, height});
  context_.tags.mark(cat("cell-", cell[0], "-", cell[1]));
}

Properties ConfusionMatrix::properties(std::function<int()> classes) {
  Properties all;
  all.add<std::optional<Cell>>(
      "cell", [this] { return cell_; },
      [this, classes = std::move(classes)](const std::optional<Cell>& cell) {
        if (cell && (std::ranges::min(*cell) < 0 || std::ranges::max(*cell) >= classes()))
          throw ConfigError(cat("'cell' is [truth, prediction], both below ", classes()));
        cell_ = cell;
      });
  return all;
}

}  // namespace scaffold::viewer

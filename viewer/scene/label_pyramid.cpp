#include "scene/label_pyramid.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <queue>

namespace scaffold::viewer {
namespace {

constexpr std::int64_t smallest_top = 32;  // a level this small is not reduced further

bool eight_are_empty(const std::uint8_t* at) {
  std::uint64_t eight;
  std::memcpy(&eight, at, 8);
  return eight == 0;
}

Index3 brick_counts(const Index3& extent) {
  Index3 n{};
  for (std::size_t axis = 0; axis < 3; ++axis) n[axis] = (extent[axis] + brick_edge - 1) / brick_edge;
  return n;
}

std::uint32_t exposed_faces(const LabelVolume& volume, std::int64_t d, std::int64_t h, std::int64_t w) {
  const auto empty = [&](std::int64_t z, std::int64_t y, std::int64_t x) -> std::uint32_t {
    if (z < 0 || y < 0 || x < 0 || z >= volume.extent[0] || y >= volume.extent[1] || x >= volume.extent[2])
      return 1;
    return volume.at(z, y, x) == 0;
  };
  return empty(d - 1, h, w) + empty(d + 1, h, w) + empty(d, h - 1, w) + empty(d, h + 1, w) +
         empty(d, h, w - 1) + empty(d, h, w + 1);
}

std::vector<BrickCost> brick_costs(const LabelVolume& volume) {
  const Index3 n = brick_counts(volume.extent), e = volume.extent;
  std::vector<BrickCost> costs(static_cast<std::size_t>(n[0] * n[1] * n[2]));
  for (std::int64_t d = 0; d < e[0]; ++d)
    for (std::int64_t h = 0; h < e[1]; ++h) {
      const std::uint8_t* row = volume.labels.data() + (d * e[1] + h) * e[2];
      for (std::int64_t w = 0; w < e[2];) {
        if (w + 8 <= e[2] && eight_are_empty(row + w)) {
          w += 8;
          continue;
        }
        if (row[w]) {
          auto& cost = costs[static_cast<std::size_t>(((d / brick_edge) * n[1] + h / brick_edge) * n[2] +
                                                      w / brick_edge)];
          ++cost.voxels;
          cost.faces += exposed_faces(volume, d, h, w);
        }
        ++w;
      }
    }
  return costs;
}

std::uint8_t max_frequent(const std::array<std::uint8_t, 8>& labels) {
  std::uint8_t best = 0;
  int most = 0;
  for (const auto label : labels) {
    const int n = label ? static_cast<int>(std::count(labels.begin(), labels.end(), label)) : 0;
    if (n > most || (n == most && n > 0 && label < best)) {
      best = label;
      most = n;
    }
  }
  return best;
}

}  // namespace

LabelVolume halved(const LabelVolume& volume) {
  LabelVolume half;
  half.step = volume.step * 2;
  const Index3 e = volume.extent;
  for (std::size_t axis = 0; axis < 3; ++axis) half.extent[axis] = (e[axis] + 1) / 2;
  const Index3 n = half.extent;
  half.labels.assign(static_cast<std::size_t>(n[0] * n[1] * n[2]), 0);
  // The rows of two voxels thickness along D and H that end in one row; most of them are empty.
  for (std::int64_t d = 0; d < n[0]; ++d)
    for (std::int64_t h = 0; h < n[1]; ++h)
      for (std::int64_t w = 0; w < n[2];) {
        const std::int64_t rows_d = std::min<std::int64_t>(2, e[0] - 2 * d),
                           rows_h = std::min<std::int64_t>(2, e[1] - 2 * h);
        const auto row = [&](std::int64_t i, std::int64_t j) {
          return volume.labels.data() + ((2 * d + i) * e[1] + 2 * h + j) * e[2] + 2 * w;
        };
        if (2 * w + 8 <= e[2]) {
          bool empty = true;
          for (std::int64_t i = 0; i < rows_d; ++i)
            for (std::int64_t j = 0; j < rows_h; ++j) empty &= eight_are_empty(row(i, j));
          if (empty) {
            w += 4;
            continue;
          }
        }
        std::array<std::uint8_t, 8> labels{};
        std::size_t at = 0;
        for (std::int64_t i = 0; i < rows_d; ++i)
          for (std::int64_t j = 0; j < rows_h; ++j)
            for (std::int64_t k = 0; k < std::min<std::int64_t>(2, e[2] - 2 * w); ++k)
              labels[at++] = row(i, j)[k];
        half.labels[static_cast<std::size_t>((d * n[1] + h) * n[2] + w)] = max_frequent(labels);
        ++w;
      }
  return half;
}

LabelPyramid::LabelPyramid(std::shared_ptr<const LabelVolume> base)
    : base_level_(std::countr_zero(static_cast<std::uint64_t>(base->step))) {
  levels_.push_back(std::move(base));
  while (std::ranges::max(levels_.back()->extent) > smallest_top)
    levels_.push_back(std::make_shared<LabelVolume>(halved(*levels_.back())));
  for (const auto& level : levels_) {
    costs_.push_back(brick_costs(*level));
    BrickCost sum;
    for (const auto& cost : costs_.back()) {
      sum.voxels += cost.voxels;
      sum.faces += cost.faces;
    }
    totals_.push_back(sum);
  }
}

Index3 LabelPyramid::extent() const {
  Index3 e = levels_.front()->extent;
  for (auto& n : e) n *= levels_.front()->step;
  return e;
}

Index3 LabelPyramid::bricks(int level) const {
  if (level >= base_level_) return brick_counts(this->level(level).extent);
  Index3 e = extent();
  for (auto& n : e) n >>= level;
  return brick_counts(e);
}

std::pair<Index3, Index3> LabelPyramid::box(const Brick& brick) const {
  Index3 begin{}, end{};
  const Index3 whole = extent();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const std::int64_t size = (whole[axis] + (std::int64_t{1} << brick.level) - 1) >> brick.level;
    begin[axis] = brick.at[axis] * brick_edge;
    end[axis] = std::min(begin[axis] + brick_edge, size);
  }
  return {begin, end};
}

BrickCost LabelPyramid::cost(const Brick& brick) const {
  if (brick.level < base_level_) {
    // Not read yet: as a surface of the brick above it would go on.
    Brick parent{base_level_, brick.at};
    for (auto& i : parent.at) i >>= base_level_ - brick.level;
    BrickCost cost = this->cost(parent);
    for (int l = brick.level; l < base_level_; ++l) cost = {cost.voxels / 2, cost.faces / 2};
    return cost;
  }
  const Index3 n = bricks(brick.level);
  return costs_[static_cast<std::size_t>(brick.level - base_level_)]
               [static_cast<std::size_t>((brick.at[0] * n[1] + brick.at[1]) * n[2] + brick.at[2])];
}

std::uint64_t LabelPyramid::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& level : levels_) sum += level->labels.size();
  return sum;
}

namespace {

std::vector<Brick> children(const LabelPyramid& pyramid, const Brick& brick) {
  std::vector<Brick> result;
  const Index3 n = pyramid.bricks(brick.level - 1);
  for (std::int64_t i = 0; i < 8; ++i) {
    const Brick child{
        brick.level - 1,
        {2 * brick.at[0] + (i >> 2), 2 * brick.at[1] + ((i >> 1) & 1), 2 * brick.at[2] + (i & 1)}};
    if (child.at[0] < n[0] && child.at[1] < n[1] && child.at[2] < n[2]) result.push_back(child);
  }
  return result;
}

bool all_there(const std::vector<Brick>& parts, const Detail& detail, std::vector<Brick>& wanted) {
  std::vector<Brick> missing;
  for (const auto& part : parts) {
    const Readiness ready = detail.ready(part);
    if (ready == Readiness::never) return false;
    if (ready == Readiness::wanted) missing.push_back(part);
  }
  wanted.insert(wanted.end(), missing.begin(), missing.end());
  return missing.empty();
}

}  // namespace

std::vector<Brick> choose_bricks(const LabelPyramid& pyramid, const Detail& detail,
                                 std::vector<Brick>& wanted) {
  struct Candidate {
    double pixels;  // that one voxel of the brick's level covers
    Brick brick;
    bool operator<(const Candidate& other) const { return pixels < other.pixels; }
  };
  std::priority_queue<Candidate> open;
  std::vector<Brick> chosen;
  std::uint64_t total = 0;
  const auto add = [&](const Brick& brick) {
    const std::uint64_t cost = detail.cost(brick);
    if (cost == 0 && brick.level >= pyramid.base_level()) return;  // empty
    total += cost;
    open.push({detail.pixels_per_voxel(brick) * static_cast<double>(std::int64_t{1} << brick.level), brick});
  };
  const int top = pyramid.top_level();
  const Index3 n = pyramid.bricks(top);
  for (std::int64_t i = 0; i < n[0]; ++i)
    for (std::int64_t j = 0; j < n[1]; ++j)
      for (std::int64_t k = 0; k < n[2]; ++k) add({top, {i, j, k}});
  const int finest = pyramid.level(pyramid.base_level()).finer ? 0 : pyramid.base_level();
  while (!open.empty()) {
    const Candidate best = open.top();
    open.pop();
    if (best.pixels <= 1 || best.brick.level <= finest) {
      chosen.push_back(best.brick);
      continue;
    }
    const auto parts = children(pyramid, best.brick);
    std::uint64_t cost = 0;
    for (const auto& part : parts) cost += detail.cost(part);
    const std::uint64_t without = total - detail.cost(best.brick);
    if (without + cost > detail.budget || !all_there(parts, detail, wanted)) {
      chosen.push_back(best.brick);
      continue;
    }
    total = without;
    for (const auto& part : parts) add(part);
  }
  return chosen;
}

}  // namespace scaffold::viewer

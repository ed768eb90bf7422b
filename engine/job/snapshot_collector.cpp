#include "job/snapshot_collector.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>

#include "comm/communicator.hpp"

namespace scaffold {
namespace {

constexpr std::int64_t piece_bytes = std::int64_t{4} << 20;
constexpr int tag = 77;
constexpr std::int64_t max_chosen = 8;

/// Labels [D, H, W] at 2^reduction coarser resolution, contiguous.
at::Tensor reduced(const at::Tensor& labels, int reduction) {
  at::Tensor now = labels.contiguous();
  for (int i = 0; i < reduction; ++i) {
    const std::vector<std::uint8_t> fine(now.data_ptr<std::uint8_t>(),
                                         now.data_ptr<std::uint8_t>() + now.numel());
    const auto half = halved(fine, {now.size(0), now.size(1), now.size(2)});
    at::Tensor next =
        at::empty({(now.size(0) + 1) / 2, (now.size(1) + 1) / 2, (now.size(2) + 1) / 2}, at::kByte);
    std::copy(half.begin(), half.end(), next.data_ptr<std::uint8_t>());
    now = next;
  }
  return now;
}

/// Calls use(offset, size) for the pieces of `bytes`.
template <class Use>
void in_pieces(std::int64_t bytes, const Use& use) {
  for (std::int64_t at = 0; at < bytes; at += piece_bytes) use(at, std::min(piece_bytes, bytes - at));
}

}  // namespace

SnapshotCollector::SnapshotCollector(const SnapshotOptions& options, const std::vector<int>& samples,
                                     const MetricInfo& score, std::int64_t epoch, ParallelContext& parallel)
    : options_(options), samples_(samples), score_(score), epoch_(epoch), parallel_(parallel) {
  std::array<std::int64_t, max_chosen> wanted;
  wanted.fill(-1);
  if (parallel.is_root() && options.chosen) {
    const auto chosen = options.chosen();
    std::copy_n(chosen.begin(), std::min(chosen.size(), wanted.size()), wanted.begin());
  }
  if (!parallel.single_rank()) broadcast(parallel.control(), wanted.data(), sizeof wanted, 0);
  fixed_.push_back(0);
  for (const std::int64_t sample : wanted) {
    const auto found = std::find(samples.begin(), samples.end(), sample);
    if (found != samples.end()) fixed_.push_back(static_cast<std::size_t>(found - samples.begin()));
  }
}

bool SnapshotCollector::wanted(std::size_t index) const {
  return std::find(fixed_.begin(), fixed_.end(), index) != fixed_.end();
}

bool SnapshotCollector::wants(std::size_t index, double score) {
  if (wanted(index)) return true;
  if (options_.worst == 0) return false;
  worst_.emplace(rank_of(score), index);
  if (worst_.size() <= static_cast<std::size_t>(options_.worst)) return true;
  const auto best = std::prev(worst_.end());
  const std::size_t goes = best->second;
  worst_.erase(best);
  held_.erase(goes);
  return goes != index;
}

void SnapshotCollector::add(std::size_t index, const std::vector<double>& parts, const at::Tensor& labels) {
  const Extent3& shards = parallel_.grid().shards();
  reduction_ = 0;
  for (auto voxels = static_cast<std::uint64_t>(labels[0].numel() * shards[0] * shards[1] * shards[2]);
       voxels > options_.max_voxels; voxels /= 8)
    ++reduction_;
  held_[index] = {parts, at::stack({reduced(labels[0], reduction_), reduced(labels[1], reduction_)})};
}

std::vector<std::unique_ptr<VolumeSnapshot>> SnapshotCollector::gather(const std::vector<double>& scores) {
  // The worst of all replicas are among the worst of each. Ties go by index, as in wants().
  std::vector<std::size_t> order(samples_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return rank_of(scores[a]) < rank_of(scores[b]); });
  std::vector<std::size_t> kept = fixed_;
  for (const std::size_t index : order) {
    if (kept.size() >= fixed_.size() + static_cast<std::size_t>(options_.worst)) break;
    if (!wanted(index)) kept.push_back(index);
  }
  std::sort(kept.begin(), kept.end());
  kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
  std::vector<std::unique_ptr<VolumeSnapshot>> volumes;
  const auto replicas = static_cast<std::size_t>(parallel_.grid().replicas());
  for (const std::size_t index : kept) {
    if (parallel_.is_root())
      volumes.push_back(collect(index));
    else if (index % replicas == static_cast<std::size_t>(parallel_.grid().replica()))
      send(held_.at(index));
  }
  held_.clear();
  return volumes;
}

void SnapshotCollector::send(const Held& held) const {
  std::array<std::int64_t, 4> head{held.labels.size(1), held.labels.size(2), held.labels.size(3),
                                   static_cast<std::int64_t>(held.parts.size())};
  Communicator& comm = parallel_.control();
  wait(*comm.start_send(head.data(), sizeof head, 0, tag));
  wait(*comm.start_send(held.parts.data(), head[3] * static_cast<std::int64_t>(sizeof(double)), 0, tag));
  in_pieces(held.labels.numel(), [&](std::int64_t at, std::int64_t size) {
    wait(*comm.start_send(held.labels.data_ptr<std::uint8_t>() + at, size, 0, tag));
  });
}

std::unique_ptr<VolumeSnapshot> SnapshotCollector::collect(std::size_t index) {
  const ProcessGrid& grid = parallel_.grid();
  const auto owner = static_cast<int>(index % static_cast<std::size_t>(grid.replicas()));
  auto kept = std::make_unique<VolumeSnapshot>();
  kept->epoch = epoch_;
  kept->volume = samples_[index];
  kept->reduction = reduction_;
  kept->score = score_.name;
  at::Tensor whole;  // [2, D, H, W]
  Communicator& comm = parallel_.control();
  for (int shard = 0; shard < grid.shard_count(); ++shard) {
    const int rank = owner * grid.shard_count() + shard;
    at::Tensor block;
    if (rank == grid.rank()) {
      const Held& held = held_.at(index);
      kept->scores = held.parts;
      block = held.labels;
    } else {
      std::array<std::int64_t, 4> head{};
      wait(*comm.start_receive(head.data(), sizeof head, rank, tag));
      kept->scores.resize(static_cast<std::size_t>(head[3]));
      wait(*comm.start_receive(kept->scores.data(), head[3] * static_cast<std::int64_t>(sizeof(double)), rank,
                               tag));
      block = at::empty({2, head[0], head[1], head[2]}, at::kByte);
      in_pieces(block.numel(), [&](std::int64_t at, std::int64_t size) {
        wait(*comm.start_receive(block.data_ptr<std::uint8_t>() + at, size, rank, tag));
      });
    }
    const Extent3& cut = grid.shards();
    const Extent3 place = ProcessGrid(grid.world(), rank, cut).coordinates();
    if (!whole.defined()) {
      for (std::size_t axis = 0; axis < 3; ++axis)
        kept->dims[axis] = block.size(static_cast<std::int64_t>(axis) + 1) * cut[axis];
      whole = at::empty({2, kept->dims[0], kept->dims[1], kept->dims[2]}, at::kByte);
    }
    at::Tensor into = whole;
    for (std::int64_t axis = 0; axis < 3; ++axis) {
      const std::int64_t extent = block.size(axis + 1);
      into = into.narrow(axis + 1, place[static_cast<std::size_t>(axis)] * extent, extent);
    }
    into.copy_(block);
  }
  const std::uint8_t* data = whole.data_ptr<std::uint8_t>();
  const std::int64_t voxels = whole.numel() / 2;
  kept->prediction.assign(data, data + voxels);
  kept->truth.assign(data + voxels, data + 2 * voxels);
  return kept;
}

}  // namespace scaffold

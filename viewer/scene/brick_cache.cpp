#include "scene/brick_cache.hpp"

#include <algorithm>

namespace scaffold::viewer {

BrickCache::BrickCache(std::shared_ptr<const LabelPyramid> pyramid, std::uint64_t bytes,
                       std::function<void()> arrived)
    : pyramid_(std::move(pyramid)),
      max_bytes_(bytes),
      arrived_(std::move(arrived)),
      worker_([this](const std::stop_token& stop) { work(stop); }) {}

std::size_t BrickCache::places() const {
  return static_cast<std::size_t>(max_bytes_ / (brick_edge * brick_edge * brick_edge));
}

bool BrickCache::has(const Brick& brick) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(brick);
  if (found == entries_.end()) return false;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return true;
}

std::shared_ptr<const LabelVolume> BrickCache::find(const Brick& brick) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(brick);
  if (found == entries_.end()) return nullptr;
  uses_.splice(uses_.begin(), uses_, found->second.use);
  return found->second.voxels;
}

void BrickCache::want(const std::vector<Brick>& bricks) {
  const std::lock_guard lock(mutex_);
  wanted_.clear();
  for (const Brick& brick : bricks)
    if (!entries_.contains(brick) && reading_ != brick && wanted_.size() < places()) wanted_.push_back(brick);
  std::reverse(wanted_.begin(), wanted_.end());  // taken from the back
  if (!wanted_.empty()) wake_.notify_one();
}

bool BrickCache::busy() const {
  const std::lock_guard lock(mutex_);
  return reading_ || !wanted_.empty();
}

std::uint64_t BrickCache::bytes() const {
  const std::lock_guard lock(mutex_);
  return held_bytes_;
}

std::shared_ptr<const LabelVolume> BrickCache::read(const Brick& brick) const {
  const std::int64_t step = std::int64_t{1} << brick.level;
  auto [begin, end] = pyramid_->box(brick);
  const Index3 whole = pyramid_->extent();
  for (std::size_t axis = 0; axis < 3; ++axis) {
    begin[axis] *= step;
    end[axis] = std::min(end[axis] * step, whole[axis]);
  }
  try {
    return std::make_shared<LabelVolume>(pyramid_->level(pyramid_->base_level()).finer(begin, end, step));
  } catch (const std::exception&) {
    return nullptr;  // the coarser voxels stay; whoever reads the volume itself says what is wrong with it
  }
}

void BrickCache::keep(const Brick& brick, std::shared_ptr<const LabelVolume> voxels) {
  uses_.push_front(brick);
  held_bytes_ += voxels ? voxels->labels.size() : 0;
  entries_[brick] = {std::move(voxels), uses_.begin()};
  while ((held_bytes_ > max_bytes_ || uses_.size() > places()) && uses_.size() > 1) {
    const auto oldest = entries_.find(uses_.back());
    held_bytes_ -= oldest->second.voxels ? oldest->second.voxels->labels.size() : 0;
    entries_.erase(oldest);
    uses_.pop_back();
  }
}

void BrickCache::work(const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  while (wake_.wait(lock, stop, [&] { return !wanted_.empty(); })) {
    const Brick brick = wanted_.back();
    wanted_.pop_back();
    if (!entries_.contains(brick)) {  // it may have been wanted twice
      reading_ = brick;
      lock.unlock();
      auto voxels = read(brick);
      lock.lock();
      reading_.reset();
      keep(brick, std::move(voxels));
    }
    // Several at once are one new picture.
    if (wanted_.empty() || entries_.size() % 64 == 0) {
      lock.unlock();
      arrived_();
      lock.lock();
    }
  }
}

}  // namespace scaffold::viewer

// Bricks finer than what is in memory, read in the background.
#pragma once
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <vector>

#include "scene/label_pyramid.hpp"

namespace scaffold::viewer {

class BrickCache {
 public:
  /// `arrived` is called from the reading thread. At most `bytes` are held; what was used longest ago goes.
  BrickCache(std::shared_ptr<const LabelPyramid> pyramid, std::uint64_t bytes, std::function<void()> arrived);

  /// How many bricks can be held at once.
  std::size_t places() const;
  /// It has been read, or cannot be.
  bool has(const Brick& brick);
  /// Nothing while it is not there, or cannot be read.
  std::shared_ptr<const LabelVolume> find(const Brick& brick);
  /// Reads these next, in this order; what was asked for before and has not begun is dropped.
  void want(const std::vector<Brick>& bricks);
  bool busy() const;
  std::uint64_t bytes() const;

 private:
  void work(const std::stop_token& stop);
  std::shared_ptr<const LabelVolume> read(const Brick& brick) const;
  void keep(const Brick& brick, std::shared_ptr<const LabelVolume> voxels);

  struct Entry {
    std::shared_ptr<const LabelVolume> voxels;  ///< null: could not be read
    std::list<Brick>::iterator use;
  };
  std::shared_ptr<const LabelPyramid> pyramid_;
  std::uint64_t max_bytes_, held_bytes_ = 0;
  std::function<void()> arrived_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::map<Brick, Entry> entries_;
  std::list<Brick> uses_;  ///< latest first
  std::vector<Brick> wanted_;
  std::optional<Brick> reading_;
  std::jthread worker_;  ///< last: ends first
};

}  // namespace scaffold::viewer

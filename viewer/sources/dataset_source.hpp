// A dataset folder as the viewer sees it.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "dataset/reader.hpp"
#include "scene/label_volume.hpp"

namespace scaffold::viewer {

class DatasetSource {
 public:
  /// DataError when it is none, or is damaged.
  explicit DatasetSource(const fs::path& folder);

  const fs::path& folder() const { return folder_; }
  const DatasetReader& reader() const { return reader_; }
  std::string title() const;
  std::int64_t volumes() const { return reader_.volumes(); }
  bool is_training(std::int64_t volume) const { return training_[static_cast<std::size_t>(volume)]; }
  /// Class 0 is the background, class c category c − 1; in the colours that the network sees, or ours.
  std::vector<ClassStyle> styles(bool own_colours) const;

  /// The labels of a volume, reduced so that at most `budget` bytes are held: one voxel of step³ keeps the
  /// label that is found first (occupied before empty). Read slab by slab.
  LabelVolume load(std::int64_t volume, std::uint64_t budget) const;

 private:
  fs::path folder_;
  DatasetReader reader_;
  std::vector<bool> training_;
};

}  // namespace scaffold::viewer

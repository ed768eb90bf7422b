// A dataset folder as the viewer sees it.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "fractal_unet/dataset/reader.hpp"
#include "scene/label_volume.hpp"

namespace scaffold::viewer {

/// Which fractal wrote what: the volume's fractals made again, from the index alone.
struct VolumeOrigins {
  struct Fractal {
    int category = 0, instance = 0;
    double deviation =
        1;  ///< share of its factor's deviation that was kept (fractal_unet/fractal/instance.hpp)
    std::vector<std::uint64_t> voxels;  ///< ascending, (d·edge + h)·edge + w
    std::int64_t overwritten = 0;       ///< of them, by later fractals
  };
  std::int64_t edge = 0;
  std::vector<Fractal> fractals;  ///< in drawing order
  std::int64_t occupied = 0;      ///< voxels that any fractal fills

  /// Number of the fractal that is seen at a voxel, the last of those that fill it.
  std::optional<std::size_t> owner(const Index3& voxel) const;
  /// All that fill it, in drawing order.
  std::vector<std::size_t> all(const Index3& voxel) const;
};

/// Voxels by class; entry 0 is the background.
using ClassCounts = std::vector<std::int64_t>;

struct LoadedVolume {
  LabelVolume labels;
  ClassCounts voxels;  ///< of the file, however far `labels` is reduced
};

/// All volumes together.
struct DatasetStatistics {
  struct Part {
    std::int64_t volumes = 0;
    ClassCounts voxels;
    ClassCounts holding;  ///< volumes with at least one voxel of the class
  };
  Part training, validation;
};

class DatasetSource {
 public:
  /// DataError when it is none, or its index is damaged. Volumes that are cut or missing keep nobody from
  /// the others: load() tells of each, lost() of all.
  explicit DatasetSource(const fs::path& folder);

  const fs::path& folder() const { return folder_; }
  const DatasetReader& reader() const { return *reader_; }
  std::string title() const;
  /// How many volumes were not there in full when it was opened, and why the first; empty when all were.
  const std::string& lost() const { return lost_; }
  std::int64_t volumes() const { return reader_->volumes(); }
  bool is_training(std::int64_t volume) const { return training_[static_cast<std::size_t>(volume)]; }
  const std::vector<PlannedFractal>& fractals(std::int64_t volume) const {
    return reader_->index().plan.volumes[static_cast<std::size_t>(volume)];
  }
  /// "0:17  3:92  4:5": category and instance of each fractal.
  std::string contents(std::int64_t volume) const;
  /// Class 0 is the background, class c category c − 1; in the colors that the network sees, or ours.
  std::vector<ClassStyle> styles(bool own_colors) const;

  /// The labels of a volume, and how many of each; where they would take more than `budget` bytes reduced,
  /// with a way to finer ones. Holds at most twice the budget while it reads. `progress` gets 0 … 1; what it
  /// throws ends the reading. Thread-safe.
  LoadedVolume load(std::int64_t volume, std::uint64_t budget,
                    const std::function<void(double)>& progress = {}) const;
  /// Reads every volume, a part at a time and without checksums. `progress` as above. Thread-safe.
  DatasetStatistics statistics(const std::function<void(double)>& progress) const;
  /// Takes the memory and time of generating the volume. Thread-safe.
  VolumeOrigins origins(std::int64_t volume) const;

 private:
  fs::path folder_;
  std::shared_ptr<const DatasetReader> reader_;
  std::vector<bool> training_;
  std::string lost_;
};

}  // namespace scaffold::viewer

// Files and folders of kinds that a workload writes besides runs and checkpoints: how they are told, shown to
// people and handed to other programs.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "storage/label_volume.hpp"

namespace scaffold {

/// What a file or folder is, for people, from headers and indices only.
struct Inspection {
  std::vector<std::pair<std::string, std::string>> lines;  ///< label, value
  std::vector<std::string> problems;                       ///< empty: healthy as far as was looked
  std::string what;                                        ///< "dataset"
  fs::path path;
  /// Reads all of it and returns what is wrong. Null: there is no more to read.
  std::function<std::vector<std::string>(int threads)> verify = nullptr;
};

class OwnArtifacts {
 public:
  virtual ~OwnArtifacts() = default;
  /// Of a kind of file or folder that it writes ("dataset", or a container's kind); nothing: it writes none.
  virtual std::optional<int> newest_version(std::string_view kind) const = 0;
  /// Whether a path leads to what datasets are made from; never throws.
  virtual bool is_library(const fs::path& /*path*/) const { return false; }
  /// What is there, one or more things of a kind. DataError.
  virtual std::vector<Inspection> inspect(std::string_view kind, const fs::path& path) const = 0;
  /// The labels of a sample of a dataset, or of a prediction where there is no number. DataError.
  virtual LabelVolume labels(const fs::path& path, std::optional<std::int64_t> sample) const = 0;
};

}  // namespace scaffold

#include "fractal_unet/dataset/artifacts.hpp"

#include "core/text.hpp"
#include "fractal_unet/dataset/inspect.hpp"
#include "fractal_unet/dataset/labels.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/fractal/inspect.hpp"
#include "storage/h5.hpp"

namespace scaffold {
namespace {

Inspection of_library(LibrarySummary library) {
  Inspection result;
  result.what = "fractal library";
  result.path = library.folder;
  auto& lines = result.lines;
  lines = {{"layout", library.from_reference ? "reference" : "scaffold"},
           {"categories", cat(library.categories)}};
  if (library.spec) {
    lines.push_back({"variance_threshold", shortest(library.spec->variance_threshold)});
    lines.push_back({"seed", cat(library.spec->seed)});
    if (!library.from_reference) lines.push_back({"points", cat(library.spec->points)});
  }
  if (const auto& s = library.statistics)
    lines.push_back({"candidates", cat(s->tried, " tried, ", s->accepted, " accepted; rejected: ", s->runaway,
                                       " runaway, ", s->not_finite, " not finite, ", s->flat, " flat, ",
                                       s->low_variance, " low variance")});
  if (!library.generator.empty()) lines.push_back({"made by", library.generator});
  for (const auto& note : library.notes) lines.push_back({"note", note});
  result.problems = std::move(library.problems);
  return result;
}

Inspection of_dataset(const fs::path& path) {
  Inspection result = inspect_dataset(path);
  result.what = "dataset";
  result.path = path;
  if (result.problems.empty())
    result.verify = [path](int threads) { return DatasetReader(path).verify(threads); };
  return result;
}

Inspection of_volume(const fs::path& path) {
  Inspection result = inspect_volume(path);
  result.what = "volume";
  result.path = path;
  result.verify = [path](int) {
    verify_bulk(path, read_header(path));
    return std::vector<std::string>();
  };
  return result;
}

Inspection of_prediction(const fs::path& path) {
  const H5Reader file(path, prediction_kind, prediction_version);
  const Dims dims = file.info("/prediction").dims;
  Inspection result;
  result.what = "prediction";
  result.path = path;
  result.lines = {{"size", human_bytes(static_cast<double>(file.header().file_size))},
                  {"checkpoint", file.text_attribute("/", "checkpoint")},
                  {"dataset", file.text_attribute("/", "dataset")},
                  {"volume", cat(file.int_attribute("/", "volume"))},
                  {"logits", file.exists("/logits") ? "yes" : "no"}};
  if (dims.size() == 3) result.lines.push_back({"voxels", cat(dims[0], " x ", dims[1], " x ", dims[2])});
  return result;
}

class FractalArtifacts : public OwnArtifacts {
 public:
  std::optional<int> newest_version(std::string_view kind) const override {
    if (kind == "library") return 1;
    if (kind == "dataset" || kind == "volume") return dataset_version;
    if (kind == prediction_kind) return prediction_version;
    return std::nullopt;
  }
  bool is_library(const fs::path& path) const override { return is_library_path(path); }
  std::vector<Inspection> inspect(std::string_view kind, const fs::path& path) const override {
    if (kind == "dataset") return {of_dataset(path)};
    if (kind == "volume") return {of_volume(path)};
    if (kind == prediction_kind) return {of_prediction(path)};
    std::vector<Inspection> found;
    for (auto& library : inspect_library(path).libraries) found.push_back(of_library(std::move(library)));
    return found;
  }
  LabelVolume labels(const fs::path& path, std::optional<std::int64_t> sample) const override {
    return sample ? dataset_labels(path, *sample) : prediction_labels(path);
  }
};

}  // namespace

const OwnArtifacts& fractal_artifacts() {
  static const FractalArtifacts artifacts;
  return artifacts;
}

}  // namespace scaffold

#include "fractal_unet/dataset/labels.hpp"

#include <algorithm>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "storage/h5.hpp"

namespace scaffold {
namespace {

std::vector<std::string> class_names(int classes) {
  std::vector<std::string> names;
  names.reserve(static_cast<std::size_t>(classes));
  for (int c = 0; c < classes; ++c) names.push_back(c == 0 ? "background" : cat("category ", c - 1));
  return names;
}

}  // namespace

LabelVolume described_labels(const fs::path& folder, const DatasetIndex& index, std::int64_t volume) {
  if (const auto volumes = static_cast<std::int64_t>(index.volumes.size()); volume < 0 || volume >= volumes)
    throw DataError(cat("dataset '", folder.string(), "' has volumes 0 to ", volumes - 1, ", not ", volume));
  const std::int64_t edge = index.spec.edge();
  LabelVolume labels;
  labels.name = "mask";
  labels.description = cat("scaffold dataset ", index.hash, " volume ", volume);
  labels.size = {edge, edge, edge};
  labels.classes = index.spec.n_categories + 1;
  labels.class_names = class_names(labels.classes);
  labels.colors = index.palette;
  labels.file = folder / index.volumes[static_cast<std::size_t>(volume)].file;
  labels.object = "/mask";
  labels.planes = index.chunk[0];
  return labels;
}

LabelVolume dataset_labels(const fs::path& folder, std::int64_t volume) {
  const auto reader = std::make_shared<const DatasetReader>(DatasetReader::of_index(folder));
  LabelVolume labels = described_labels(folder, reader->index(), volume);
  reader->check_volume(volume);
  labels.read = [reader, volume](std::int64_t begin, std::int64_t count, std::uint8_t* out) {
    const std::int64_t edge = reader->index().spec.edge();
    reader->read_box(volume, {{begin, 0, 0}, {count, edge, edge}}, nullptr, out);
  };
  return labels;
}

LabelVolume described_prediction(const fs::path& file, std::int64_t edge, int classes) {
  LabelVolume labels;
  labels.name = "prediction";
  labels.size = {edge, edge, edge};
  labels.classes = classes;
  labels.class_names = class_names(classes);
  labels.file = file;
  labels.object = "/prediction";
  return labels;
}

LabelVolume prediction_labels(const fs::path& file) {
  const H5Reader reader(file, prediction_kind, prediction_version);
  const ArrayInfo info = reader.info("/prediction");
  const Dims classes = reader.info("/dice").dims;
  const auto cube = [&](std::int64_t edge) { return info.dims == Dims{edge, edge, edge} && edge > 0; };
  if (info.dims.empty() || !cube(info.dims[0]) || classes.size() != 1 || classes[0] < 1 || classes[0] > 256)
    throw DataError(
        cat("'", file.string(), "': /prediction or /dice has a shape that is not of this format"));
  LabelVolume labels = described_prediction(file, info.dims[0], static_cast<int>(classes[0]));
  labels.description = cat("scaffold prediction of volume ", reader.int_attribute("/", "volume"));
  const auto voxels = std::make_shared<std::vector<std::uint8_t>>(info.elements());
  reader.read("/prediction", DataType::uint8, info.dims, voxels->data());
  if (*std::ranges::max_element(*voxels) >= labels.classes)
    throw DataError(cat("'", file.string(), "' is damaged: a predicted value is no class"));
  const std::int64_t plane = info.dims[1] * info.dims[2];
  labels.read = [voxels, plane](std::int64_t begin, std::int64_t count, std::uint8_t* out) {
    std::copy_n(voxels->begin() + begin * plane, count * plane, out);
  };
  return labels;
}

}  // namespace scaffold

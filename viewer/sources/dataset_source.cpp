#include "sources/dataset_source.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"

namespace scaffold::viewer {

DatasetSource::DatasetSource(const fs::path& folder)
    : folder_(folder), reader_(folder), training_(static_cast<std::size_t>(reader_.volumes())) {
  for (const int volume : reader_.training()) training_[static_cast<std::size_t>(volume)] = true;
}

std::string DatasetSource::title() const {
  const DatasetInfo info = reader_.info();
  return cat("dataset ", info.hash.substr(0, 8), ": ", info.volumes, " volumes of ", info.edge, "³");
}

std::vector<ClassStyle> DatasetSource::styles(bool own_colours) const {
  const auto& palette = reader_.index().palette;
  std::vector<ClassStyle> styles(palette.size());
  styles[0].name = "background";
  for (std::size_t c = 1; c < palette.size(); ++c) {
    styles[c].name = cat("category ", c - 1);
    styles[c].colour =
        own_colours ? distinct_colour(c - 1) : Rgb{palette[c][0], palette[c][1], palette[c][2]};
  }
  return styles;
}

LabelVolume DatasetSource::load(std::int64_t volume, std::uint64_t budget) const {
  const std::int64_t edge = reader_.info().edge;
  LabelVolume result;
  while (std::pow(static_cast<double>(edge / result.step), 3) > static_cast<double>(budget) &&
         result.step < edge)
    result.step *= 2;
  const std::int64_t small = edge / result.step;
  result.extent = {small, small, small};
  result.labels.resize(static_cast<std::size_t>(small * small * small));
  if (result.step == 1) {
    reader_.read_box(volume, {{0, 0, 0}, {edge, edge, edge}}, nullptr, result.labels.data());
    return result;
  }
  // Slabs of whole chunks: a chunk is read at once to check it.
  const std::int64_t thick = std::max(result.step, reader_.index().chunk[0]);
  std::vector<std::uint8_t> slab(static_cast<std::size_t>(thick * edge * edge));
  for (std::int64_t d = 0; d < edge; d += thick) {
    reader_.read_box(volume, {{d, 0, 0}, {thick, edge, edge}}, nullptr, slab.data());
    for (std::int64_t i = 0; i < thick * edge * edge; ++i) {
      const std::uint8_t label = slab[static_cast<std::size_t>(i)];
      if (label == 0) continue;
      const std::int64_t z = (d + i / (edge * edge)) / result.step, y = i / edge % edge / result.step,
                         x = i % edge / result.step;
      auto& into = result.labels[static_cast<std::size_t>((z * small + y) * small + x)];
      if (into == 0) into = label;
    }
  }
  return result;
}

}  // namespace scaffold::viewer

#include "sources/fractal_unet/dataset_source.hpp"

#include <algorithm>
#include <cmath>

#include "core/counted.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "fractal_unet/fractal/voxelize.hpp"

namespace scaffold::viewer {
namespace {

/// A box at a coarser step. Boxes are cut so that at most this many voxels are read at once.
constexpr std::int64_t max_voxels_at_once = std::int64_t{1} << 24;

/// [begin, end) in voxels of the file.
LabelVolume read_part(const DatasetReader& reader, std::int64_t volume, const Index3& begin,
                      const Index3& end) {
  LabelVolume box;
  for (std::size_t axis = 0; axis < 3; ++axis) box.extent[axis] = end[axis] - begin[axis];
  box.labels.resize(static_cast<std::size_t>(box.extent[0] * box.extent[1] * box.extent[2]));
  reader.peek_mask(volume, {begin, box.extent}, box.labels.data());
  return box;
}

/// `begin` of the box is a multiple of step.
LabelVolume reduced(LabelVolume box, std::int64_t step) {
  while (box.step < step) box = halved(box);
  return box;
}

void count(const LabelVolume& box, ClassCounts& voxels) {
  std::array<std::int64_t, 256> found{};
  for (const auto label : box.labels) ++found[label];
  for (std::size_t c = 0; c < voxels.size(); ++c) voxels[c] += found[c];
}

/// Calls `use` with each part of a volume and where it begins, and `progress` after it: slabs of `thickness`;
/// where even one is too much to read at once, beams of it.
template <class Use>
void for_each_part(const DatasetReader& reader, std::int64_t volume, std::int64_t thickness,
                   const std::function<void(double)>& progress, const Use& use) {
  const std::int64_t edge = reader.info().extents[0];
  std::int64_t wide = edge;
  while (thickness * wide * edge > max_voxels_at_once && wide > thickness) wide /= 2;
  for (std::int64_t d = 0; d < edge; d += thickness)
    for (std::int64_t h = 0; h < edge; h += wide) {
      use(read_part(reader, volume, {d, h, 0}, {d + thickness, h + wide, edge}), Index3{d, h, 0});
      if (progress)
        progress(static_cast<double>(d * edge + (h + wide) * thickness) / static_cast<double>(edge * edge));
    }
}

void paste(const LabelVolume& from, const Index3& at, LabelVolume& into) {
  for (std::int64_t d = 0; d < from.extent[0]; ++d)
    for (std::int64_t h = 0; h < from.extent[1]; ++h)
      std::copy_n(from.labels.begin() + (d * from.extent[1] + h) * from.extent[2], from.extent[2],
                  into.labels.begin() + ((at[0] + d) * into.extent[1] + at[1] + h) * into.extent[2] + at[2]);
}

}  // namespace

std::vector<std::size_t> VolumeOrigins::all(const Index3& voxel) const {
  const auto index = static_cast<std::uint64_t>((voxel[0] * edge + voxel[1]) * edge + voxel[2]);
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < fractals.size(); ++i)
    if (std::ranges::binary_search(fractals[i].voxels, index)) found.push_back(i);
  return found;
}

std::optional<std::size_t> VolumeOrigins::owner(const Index3& voxel) const {
  const auto found = all(voxel);
  return found.empty() ? std::nullopt : std::optional(found.back());
}

DatasetSource::DatasetSource(const fs::path& folder)
    : folder_(folder),
      reader_(std::make_shared<DatasetReader>(DatasetReader::of_index(folder))),
      training_(static_cast<std::size_t>(reader_->volumes())) {
  for (const int volume : reader_->training()) training_[static_cast<std::size_t>(volume)] = true;
  std::int64_t lost = 0;
  std::string first;
  for (std::int64_t v = 0; v < volumes(); ++v) try {
      reader_->check_volume(v);
    } catch (const DataError& error) {
      if (lost++ == 0) first = error.what();
    }
  if (lost > 0) lost_ = cat(lost, " of ", counted(volumes(), "volume"), " cannot be shown: ", first);
}

std::string DatasetSource::title() const {
  const DatasetInfo info = reader_->info();
  return cat("dataset ", info.hash.substr(0, 8), ": ", counted(info.samples, "volume"), " of ",
             info.extents[0], "³");
}

std::string DatasetSource::contents(std::int64_t volume) const {
  std::string text;
  for (const auto& fractal : fractals(volume))
    text += cat(text.empty() ? "" : "  ", fractal.category, ":", fractal.instance);
  return text;
}

std::vector<ClassStyle> DatasetSource::styles(bool own_colors) const {
  const auto& palette = reader_->index().palette;
  std::vector<ClassStyle> styles(palette.size());
  styles[0].name = "background";
  for (std::size_t c = 1; c < palette.size(); ++c) {
    styles[c].name = cat("category ", c - 1);
    styles[c].color = own_colors ? distinct_color(c - 1) : Rgb{palette[c][0], palette[c][1], palette[c][2]};
  }
  return styles;
}

LoadedVolume DatasetSource::load(std::int64_t volume, std::uint64_t budget,
                                 const std::function<void(double)>& progress) const {
  reader_->check_volume(volume);  // a name and a reason, before a read that fails
  const std::int64_t edge = reader_->info().extents[0];
  LoadedVolume loaded{{}, ClassCounts(static_cast<std::size_t>(reader_->info().classes))};
  LabelVolume& result = loaded.labels;
  const auto shown = [&] { return edge / result.step; };
  while (std::pow(static_cast<double>(shown()), 3) > static_cast<double>(budget) && shown() > 32)
    result.step *= 2;
  const std::int64_t small = edge / result.step, step = result.step;
  result.extent = {small, small, small};
  result.labels.resize(static_cast<std::size_t>(small * small * small));
  if (step == 1) {
    reader_->read_box(volume, {{0, 0, 0}, {edge, edge, edge}}, nullptr, result.labels.data());
    count(result, loaded.voxels);
    return loaded;
  }
  for_each_part(*reader_, volume, step, progress, [&](LabelVolume part, const Index3& at) {
    count(part, loaded.voxels);
    paste(reduced(std::move(part), step), {at[0] / step, at[1] / step, 0}, result);
  });
  result.finer = [reader = reader_, volume](const Index3& begin, const Index3& end, std::int64_t finer_step) {
    return reduced(read_part(*reader, volume, begin, end), finer_step);
  };
  return loaded;
}

DatasetStatistics DatasetSource::statistics(const std::function<void(double)>& progress) const {
  const auto classes = static_cast<std::size_t>(reader_->info().classes);
  const std::int64_t edge = reader_->info().extents[0];
  const std::int64_t thickness =
      std::clamp<std::int64_t>(max_voxels_at_once / (edge * edge), 1, edge);  // powers of two
  DatasetStatistics statistics;
  for (auto* part : {&statistics.training, &statistics.validation}) {
    part->voxels.resize(classes);
    part->holding.resize(classes);
  }
  for (std::int64_t v = 0; v < volumes(); ++v) {
    ClassCounts voxels(classes);
    for_each_part(
        *reader_, v, thickness,
        [&](double share) { progress((static_cast<double>(v) + share) / static_cast<double>(volumes())); },
        [&](const LabelVolume& part, const Index3&) { count(part, voxels); });
    auto& part = is_training(v) ? statistics.training : statistics.validation;
    ++part.volumes;
    for (std::size_t c = 0; c < classes; ++c) {
      part.voxels[c] += voxels[c];
      part.holding[c] += voxels[c] > 0;
    }
  }
  return statistics;
}

VolumeOrigins DatasetSource::origins(std::int64_t volume) const {
  const DatasetIndex& index = reader_->index();
  VolumeOrigins result;
  result.edge = index.spec.edge();
  std::vector<InstanceRequest> requests;
  for (const auto& f : fractals(volume))
    requests.push_back({ifs_from_csv(index.categories.at(static_cast<std::size_t>(f.category)), "index.json"),
                        f.category, f.instance});
  auto clouds = generate_instances(requests, index.spec.seed, cloud_points(index.spec.problem_scale));
  for (std::size_t i = 0; i < requests.size(); ++i) {
    result.fractals.push_back({requests[i].category, requests[i].instance, clouds[i].deviation,
                               occupied_voxels(clouds[i].cloud, result.edge), 0});
    clouds[i].cloud = Cloud{};
  }
  // From the last, which nothing overwrites, to the first.
  std::vector<std::uint64_t> later;
  for (std::size_t i = result.fractals.size(); i-- > 0;) {
    auto& fractal = result.fractals[i];
    std::vector<std::uint64_t> sum;
    std::ranges::set_union(fractal.voxels, later, std::back_inserter(sum));
    fractal.overwritten = static_cast<std::int64_t>(fractal.voxels.size() + later.size() - sum.size());
    later = std::move(sum);
  }
  result.occupied = static_cast<std::int64_t>(later.size());
  return result;
}

}  // namespace scaffold::viewer

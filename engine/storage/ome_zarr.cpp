#include "storage/ome_zarr.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <numeric>

#include "core/scratch_folder.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "storage/gzip.hpp"

namespace scaffold {

namespace {

using json = nlohmann::ordered_json;
using Extent = std::array<std::int64_t, 3>;

constexpr std::int64_t chunk_edge = 64;

json array_metadata(const LabelVolume& volume, const Extent& chunk) {
  return {{"zarr_format", 3},
          {"node_type", "array"},
          {"shape", volume.size},
          {"data_type", "uint8"},
          {"chunk_grid", {{"name", "regular"}, {"configuration", {{"chunk_shape", chunk}}}}},
          {"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "/"}}}}},
          {"fill_value", 0},
          {"codecs", {{{"name", "bytes"}}, {{"name", "gzip"}, {"configuration", {{"level", gzip_level}}}}}},
          {"attributes", json::object()},
          {"dimension_names", {"z", "y", "x"}}};
}

json image_label(const LabelVolume& volume) {
  json colors = json::array(), properties = json::array();
  for (std::size_t label = 0; label < volume.colors.size(); ++label) {
    json rgba = json::array();
    for (const float channel : volume.colors[label]) rgba.push_back(std::lround(channel * 255));
    rgba.push_back(label == 0 ? 0 : 255);  // the background is transparent
    colors.push_back({{"label-value", label}, {"rgba", rgba}});
  }
  for (std::size_t label = 0; label < volume.class_names.size(); ++label)
    properties.push_back({{"label-value", label}, {"class", volume.class_names[label]}});
  json result = {{"properties", properties}};
  if (!colors.empty()) result["colors"] = colors;
  return result;
}

json group_metadata(const LabelVolume& volume) {
  json axes = json::array();
  for (const char* axis : {"z", "y", "x"}) axes.push_back({{"name", axis}, {"type", "space"}});
  const json level = {
      {"path", "0"}, {"coordinateTransformations", json::array({{{"type", "scale"}, {"scale", {1, 1, 1}}}})}};
  const json image = {{"name", volume.description}, {"axes", axes}, {"datasets", json::array({level})}};
  return {{"zarr_format", 3},
          {"node_type", "group"},
          {"attributes",
           {{"ome",
             {{"version", "0.5"},
              {"multiscales", json::array({image})},
              {"image-label", image_label(volume)}}}}}};
}

/// The chunk that begins at `begin` of a layer of planes, filled up with background where the volume ends.
std::vector<std::uint8_t> cut(const std::vector<std::uint8_t>& layer, const Extent& layer_size,
                              const Extent& begin, const Extent& chunk) {
  std::vector<std::uint8_t> voxels(static_cast<std::size_t>(chunk[0] * chunk[1] * chunk[2]), 0);
  Extent count{};
  for (std::size_t a = 0; a < 3; ++a) count[a] = std::min(chunk[a], layer_size[a] - begin[a]);
  for (std::int64_t d = 0; d < count[0]; ++d)
    for (std::int64_t h = 0; h < count[1]; ++h)
      std::copy_n(layer.begin() + ((begin[0] + d) * layer_size[1] + begin[1] + h) * layer_size[2] + begin[2],
                  count[2], voxels.begin() + (d * chunk[1] + h) * chunk[2]);
  return voxels;
}

/// All chunks of a layer that begins at plane `first`.
void write_chunks(const fs::path& array, const std::vector<std::uint8_t>& layer, const Extent& layer_size,
                  std::int64_t first, const Extent& chunk) {
  for (std::int64_t d = 0; d < layer_size[0]; d += chunk[0])
    for (std::int64_t h = 0; h < layer_size[1]; h += chunk[1])
      for (std::int64_t w = 0; w < layer_size[2]; w += chunk[2]) {
        signals::check();
        const auto voxels = cut(layer, layer_size, {d, h, w}, chunk);
        if (std::ranges::all_of(voxels, [](std::uint8_t label) { return label == 0; })) continue;
        Gzip gzip;
        gzip.add(voxels);
        const fs::path folder =
            array / "c" / std::to_string((first + d) / chunk[0]) / std::to_string(h / chunk[1]);
        fs::create_directories(folder);
        write_atomic(folder / std::to_string(w / chunk[2]), gzip.finish());
      }
}

}  // namespace

void write_ome_zarr(const fs::path& path, const LabelVolume& volume) {
  const fs::path target = path.has_filename() ? path : path.parent_path();  // "folder/" is the folder
  // Beside the target, so that one rename makes it appear whole.
  const ScratchFolder scratch(fs::absolute(target).parent_path());
  const fs::path folder = scratch.path() / "image";
  ensure_writable_folder(folder / "0");
  Extent chunk{};
  for (std::size_t a = 0; a < 3; ++a) chunk[a] = std::min(chunk_edge, volume.size[a]);
  const std::int64_t planes = std::lcm(volume.planes, chunk[0]);
  std::vector<std::uint8_t> layer;
  for (std::int64_t begin = 0; begin < volume.size[0]; begin += planes) {
    const Extent size{std::min(planes, volume.size[0] - begin), volume.size[1], volume.size[2]};
    layer.resize(static_cast<std::size_t>(size[0] * size[1] * size[2]));
    volume.read(begin, size[0], layer.data());
    write_chunks(folder / "0", layer, size, begin, chunk);
  }
  write_atomic(folder / "0" / "zarr.json", array_metadata(volume, chunk).dump(2) + "\n");
  write_atomic(folder / "zarr.json", group_metadata(volume).dump(2) + "\n");
  publish(folder, target);
}

}  // namespace scaffold

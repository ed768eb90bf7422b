#include "monitor/volume_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/coding.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "storage/checksum.hpp"
#include "workload/workload.hpp"

namespace scaffold::monitor {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view file_magic = "SCFVOL01";
constexpr std::size_t max_header = 64 << 10, trailer = 8;
constexpr std::uint32_t coarsest_edge = 64;
constexpr std::uint64_t max_file = std::uint64_t{4} << 30, max_voxels = std::uint64_t{1} << 33;

std::string_view as_text(const std::vector<std::uint8_t>& labels) {
  return {reinterpret_cast<const char*>(labels.data()), labels.size()};
}

Dims halves(const Dims& dims) { return {(dims[0] + 1) / 2, (dims[1] + 1) / 2, (dims[2] + 1) / 2}; }

/// Over all but class 0, the background.
double mean_of(const std::vector<double>& scores) {
  double sum = 0;
  for (std::size_t c = 1; c < scores.size(); ++c) sum += scores[c];
  return scores.size() > 1 ? sum / static_cast<double>(scores.size() - 1) : 0;
}

/// Which workload's score a header holds; the default's where it holds none.
std::string score_key(const nlohmann::json& header) {
  for (const auto& workload : workloads())
    if (const auto& key = workload->metrics().front().name; header.contains(key)) return key;
  return default_score().name;
}

}  // namespace

std::uint64_t voxels(const Dims& dims) { return std::uint64_t{dims[0]} * dims[1] * dims[2]; }

std::string compress(std::string_view bytes) {
  uLongf size = compressBound(static_cast<uLong>(bytes.size()));
  std::string out(size, '\0');
  if (::compress2(reinterpret_cast<Bytef*>(out.data()), &size, reinterpret_cast<const Bytef*>(bytes.data()),
                  static_cast<uLong>(bytes.size()), Z_BEST_SPEED) != Z_OK)
    throw SystemError("zlib cannot compress a volume");
  out.resize(size);
  return out;
}

std::vector<std::uint8_t> expand(std::string_view compressed, std::uint64_t size, const std::string& where) {
  // zlib expands a byte to at most 1032: what promises more is damaged, and is refused before memory is
  // taken.
  if (size > max_voxels || size / 1032 > compressed.size() + 64)
    throw DataError(cat(where, ": a compressed part is too short for its ", size, " voxels"));
  std::vector<std::uint8_t> out(size);
  uLongf got = static_cast<uLongf>(size);
  const int result = ::uncompress(out.data(), &got, reinterpret_cast<const Bytef*>(compressed.data()),
                                  static_cast<uLong>(compressed.size()));
  if (result != Z_OK || got != size) throw DataError(cat(where, ": a compressed part is damaged"));
  return out;
}

std::string encode_volume(const VolumeSnapshot& volume) {
  Json parts = Json::array();
  std::string blobs;
  std::vector<std::uint8_t> prediction = volume.prediction, truth = volume.truth;
  Dims dims{};
  for (int axis = 0; axis < 3; ++axis)
    dims[static_cast<std::size_t>(axis)] =
        static_cast<std::uint32_t>(volume.dims[static_cast<std::size_t>(axis)]);
  for (int level = 0;; ++level) {
    const auto add = [&](const char* name, const std::vector<std::uint8_t>& labels) {
      const std::string blob = compress(as_text(labels));
      parts.push_back({{"part", name},
                       {"level", level},
                       {"dims", {dims[0], dims[1], dims[2]}},
                       {"offset", blobs.size()},
                       {"bytes", blob.size()}});
      blobs += blob;
    };
    add("prediction", prediction);
    add("truth", truth);
    if (*std::max_element(dims.begin(), dims.end()) <= coarsest_edge) break;
    const std::array<std::int64_t, 3> fine{dims[0], dims[1], dims[2]};
    prediction = halved(prediction, fine);
    truth = halved(truth, fine);
    dims = halves(dims);
  }
  Json header = {{"format", "scaffold-volume"},   {"version", 1},
                 {"epoch", volume.epoch},         {"volume", volume.volume},
                 {"reduction", volume.reduction}, {volume.score, volume.scores},
                 {"parts", std::move(parts)}};
  const std::string text = header.dump();
  std::string bytes(file_magic);
  append_little_endian(bytes, std::uint64_t{text.size()});
  bytes += text + blobs;
  append_little_endian(bytes, checksum(bytes));
  return bytes;
}

VolumeFile::VolumeFile(std::string bytes, std::string where)
    : bytes_(std::move(bytes)), where_(std::move(where)) {
  const std::size_t fixed = file_magic.size() + 8;
  if (bytes_.size() < fixed + trailer || std::string_view(bytes_).substr(0, file_magic.size()) != file_magic)
    throw DataError(cat(where_, " is not a recorded volume, or it is truncated"));
  const std::string_view body(bytes_.data(), bytes_.size() - trailer);
  if (checksum(body) != little_endian<std::uint64_t>(std::string_view(bytes_).substr(body.size())))
    throw DataError(cat(where_, " is damaged or truncated: its checksum does not match"));
  const std::uint64_t length = little_endian<std::uint64_t>(body.substr(file_magic.size()));
  if (length > max_header || length > body.size() - fixed)
    throw DataError(cat(where_, " has a damaged header"));
  const std::size_t begin = fixed + length, room = body.size() - begin;
  try {
    const auto header = nlohmann::json::parse(body.substr(fixed, length));
    if (header.at("format") != "scaffold-volume") throw DataError(cat(where_, " is not a recorded volume"));
    if (header.at("version").get<int>() != 1)
      throw DataError(cat(where_, " was written by a newer version of this program; use that one"));
    facts_.epoch = header.at("epoch").get<std::uint32_t>();
    facts_.volume = header.at("volume").get<std::uint32_t>();
    facts_.reduction = header.at("reduction").get<std::uint8_t>();
    scores_ = header.at(score_key(header)).get<std::vector<double>>();
    if (scores_.size() > max_classes || facts_.reduction > 14)
      throw DataError(cat(where_, " has a damaged header"));
    for (const auto& part : header.at("parts")) {
      const auto level = part.at("level").get<std::size_t>();
      const auto offset = part.at("offset").get<std::uint64_t>(),
                 size = part.at("bytes").get<std::uint64_t>();
      const auto dims = part.at("dims").get<Dims>();
      const bool truth = part.at("part") == "truth";
      if (level > 14 || offset > room || size > room - offset)
        throw DataError(cat(where_, " has a damaged header"));
      for (const auto edge : dims)
        if (edge < 1 || edge > (1u << 14)) throw DataError(cat(where_, " has a damaged header"));
      if (voxels(dims) > max_voxels) throw DataError(cat(where_, " has a damaged header"));
      if (level >= dims_.size()) {
        dims_.resize(level + 1);
        blobs_.resize(level + 1);
      }
      if (dims_[level] != Dims{} && dims_[level] != dims)
        throw DataError(cat(where_, " has a damaged header"));
      dims_[level] = dims;
      blobs_[level][truth ? 1 : 0] = {begin + offset, size};
    }
  } catch (const nlohmann::json::exception&) {
    throw DataError(cat(where_, " has a damaged header"));
  }
  for (std::size_t level = 0; level < dims_.size(); ++level)
    if (dims_[level] == Dims{} || !blobs_[level][0].size || !blobs_[level][1].size)
      throw DataError(cat(where_, " has a damaged header"));
  if (dims_.empty()) throw DataError(cat(where_, " holds no volume"));
  facts_.dims = dims_[0];
  facts_.levels = static_cast<std::uint8_t>(dims_.size());
  const double score = mean_of(scores_);
  facts_.score = std::isfinite(score) ? score : 0;
}

VolumeFile VolumeFile::read(const fs::path& path) {
  return VolumeFile(read_regular_text(path, max_file), cat("'", path.string(), "'"));
}

std::string_view VolumeFile::compressed(Part part, int level) const {
  const Blob& blob = blobs_[static_cast<std::size_t>(level)][part == Part::truth ? 1 : 0];
  return std::string_view(bytes_).substr(blob.offset, blob.size);
}

std::vector<std::uint8_t> VolumeFile::labels(Part part, int level) const {
  if (part == Part::error) return voxel_errors(labels(Part::prediction, level), labels(Part::truth, level));
  return expand(compressed(part, level), voxels(dims(level)), where_);
}

Dims VolumeFile::slice_dims(int level, int axis) const {
  Dims plane = dims(level);
  plane[static_cast<std::size_t>(axis)] = 1;
  return plane;
}

std::vector<std::uint8_t> VolumeFile::slice(Part part, int level, int axis, std::uint32_t index) const {
  const Dims all = dims(level);
  const auto a = static_cast<std::size_t>(axis);
  if (index >= all[a]) throw DataError(cat(where_, ": there is no slice ", index, " of ", all[a]));
  const auto whole = labels(part, level);
  Dims begin{}, end = all;
  begin[a] = index;
  end[a] = index + 1;
  std::vector<std::uint8_t> plane;
  plane.reserve(voxels(slice_dims(level, axis)));
  for (std::uint32_t d = begin[0]; d < end[0]; ++d)
    for (std::uint32_t h = begin[1]; h < end[1]; ++h)
      for (std::uint32_t w = begin[2]; w < end[2]; ++w)
        plane.push_back(whole[(std::size_t{d} * all[1] + h) * all[2] + w]);
  return plane;
}

std::string volume_file_name(std::int64_t epoch, std::int64_t volume) {
  return cat("epoch_", padded(static_cast<std::uint64_t>(epoch), 6), "_volume_",
             padded(static_cast<std::uint64_t>(volume), 6), ".vol");
}

bool parse_volume_file_name(std::string_view name, std::int64_t& epoch, std::int64_t& volume) {
  const auto parts = split(name, '_');
  return parts.size() == 4 && parts[0] == "epoch" && parts[2] == "volume" && parse_int(parts[1], epoch) &&
         parts[3].size() > 4 &&
         parse_int(std::string_view(parts[3]).substr(0, parts[3].size() - 4), volume) && epoch >= 0 &&
         volume >= 0 && name == volume_file_name(epoch, volume);
}

std::vector<std::uint8_t> voxel_errors(std::span<const std::uint8_t> prediction,
                                       std::span<const std::uint8_t> truth) {
  std::vector<std::uint8_t> out(prediction.size());
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::uint8_t p = prediction[i], t = truth[i];
    const VoxelError error = p == t   ? VoxelError::right
                             : t == 0 ? VoxelError::false_positive
                             : p == 0 ? VoxelError::false_negative
                                      : VoxelError::wrong_class;
    out[i] = static_cast<std::uint8_t>(error);
  }
  return out;
}

}  // namespace scaffold::monitor

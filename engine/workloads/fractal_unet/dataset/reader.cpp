#include "fractal_unet/dataset/reader.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>

#include "core/error.hpp"
#include "core/parallel.hpp"
#include "core/progress.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/labels.hpp"
#include "fractal_unet/dataset/volume.hpp"
#include "storage/checksum.hpp"
#include "storage/h5.hpp"
#include "storage/vtkhdf.hpp"

namespace scaffold {

namespace {

/// Voxels of a float32 image that are read at once into a box: 1 MiB, since devices are slow at small reads.
constexpr std::size_t box_piece = (std::size_t{1} << 20) / sizeof(float);

std::string show(const Extent3& v) { return cat("[", v[0], ", ", v[1], ", ", v[2], "]"); }

[[noreturn]] void bad_block(const fs::path& path, const char* dataset, std::int64_t chunk,
                            const Extent3& begin, const Extent3& size, std::string_view what) {
  throw DataError(cat("'", path.string(), "': block ", chunk, " of ", dataset, " (begins at ", show(begin),
                      ", ", show(size), " voxels) ", what,
                      "; restore it from a copy or generate the dataset anew"));
}

void check_file(const fs::path& path, std::uint64_t bytes) {
  std::error_code error;
  const auto found = fs::file_size(path, error);
  if (error) throw DataError(cat("cannot read '", path.string(), "' of the dataset: ", error.message()));
  if (found != bytes)
    throw DataError(cat("'", path.string(), "' has ", found, " bytes, the dataset's index says ", bytes,
                        ": it is truncated or of another dataset; generate the dataset anew"));
}

}  // namespace

DatasetIndex read_index(const fs::path& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error))
    throw DataError(cat("there is no dataset at '", folder.string(), "': ",
                        error ? error.message() : "not a folder", "; 'scaffold generate_dataset' makes one"));
  const fs::path file = folder / "index.json";
  if (!fs::exists(file, error) && !error)
    throw DataError(cat("'", folder.string(), "' is not a dataset: it has no index.json; check the path"));
  return index_from_json(read_regular_text(file, max_index_bytes), file);
}

DatasetReader::DatasetReader(fs::path folder, IndexAlone /*unchecked*/)
    : folder_(std::move(folder)), index_(read_index(folder_)), layout_(index_.spec.layout()) {}

DatasetReader::DatasetReader(fs::path folder, bool direct_io)
    : DatasetReader(std::move(folder), IndexAlone{}) {
  direct_io_ = direct_io;
  for (std::int64_t v = 0; v < volumes(); ++v) check_volume(v);
}

void DatasetReader::check_volume(std::int64_t volume) const {
  const auto& entry = index_.volumes.at(static_cast<std::size_t>(volume));
  check_file(folder_ / entry.file, entry.bytes);
}

DatasetInfo DatasetReader::info() const {
  DatasetInfo info;
  info.folder = folder_;
  info.hash = index_.hash;
  info.format = index_.spec.format;
  info.extents = layout_.whole();
  info.classes = index_.spec.n_categories + 1;
  info.samples = volumes();
  info.training = static_cast<std::int64_t>(training().size());
  info.validation = static_cast<std::int64_t>(validation().size());
  for (const auto& volume : index_.volumes) info.bytes += volume.bytes;
  return info;
}

Block DatasetReader::chunk_block(std::int64_t chunk) const {
  const Extent3 grid = index_.chunk_grid();
  return {{chunk / (grid[1] * grid[2]) * index_.chunk[0], chunk / grid[2] % grid[1] * index_.chunk[1],
           chunk % grid[2] * index_.chunk[2]},
          index_.chunk};
}

void DatasetReader::fail(std::int64_t volume, std::int64_t chunk, const char* dataset,
                         std::string_view what) const {
  bad_block(folder_ / index_.volumes[static_cast<std::size_t>(volume)].file, dataset, chunk,
            chunk_block(chunk).begin, index_.chunk, what);
}

// A chunk's mask, checked, to `whole` or else through a piece's memory; body(first voxel, voxels, their mask,
// whether all classes so far exist) while the piece is in the cache.
template <class Body>
void DatasetReader::each_mask_piece(std::int64_t volume, const BulkFile& file, std::int64_t chunk,
                                    std::uint8_t* whole, const Body& body) const {
  const auto& entry = index_.volumes[static_cast<std::size_t>(volume)];
  const auto at = static_cast<std::size_t>(chunk);
  const auto voxels = static_cast<std::int64_t>(index_.mask_chunk_bytes());
  std::vector<std::uint8_t> own(whole ? 0 : std::min<std::size_t>(BulkFile::piece, voxels));
  Checksum sum;
  std::uint8_t largest = 0;
  for (std::int64_t first = 0; first < voxels;) {
    const std::int64_t count = std::min<std::int64_t>(BulkFile::piece, voxels - first);
    std::uint8_t* piece = whole ? whole + first : own.data();
    file.read(piece, static_cast<std::size_t>(count),
              entry.mask_offset[at] + static_cast<std::uint64_t>(first), sum);
    for (std::int64_t v = 0; v < count; ++v) largest = std::max(largest, piece[v]);
    body(first, count, piece, largest < index_.palette.size());
    first += count;
  }
  if (sum.value() != entry.mask_xxh3[at]) fail(volume, chunk, "/mask", "does not match its checksum");
  if (largest >= index_.palette.size())
    fail(volume, chunk, "/mask", cat("holds class ", int{largest}, ", which does not exist"));
}

// Chunk `part` of the `parts` that a shard has along D. Channels of the destination are parts · voxels apart.
void DatasetReader::read_chunk(std::int64_t volume, const BulkFile& file, std::int64_t chunk,
                               std::int64_t part, std::int64_t parts, float* image,
                               std::uint8_t* mask) const {
  const auto voxels = static_cast<std::int64_t>(index_.mask_chunk_bytes());
  const bool expands = image && index_.spec.compact();
  if (mask || expands)
    each_mask_piece(volume, file, chunk, mask ? mask + part * voxels : nullptr,
                    [&](std::int64_t first, std::int64_t count, const std::uint8_t* piece, bool sound) {
                      if (expands && sound)
                        expand(index_.palette, piece, count, image + part * voxels + first, parts * voxels);
                    });
  if (!image || expands) return;
  const auto& entry = index_.volumes[static_cast<std::size_t>(volume)];
  const auto at = static_cast<std::size_t>(chunk);
  Checksum sum;
  const std::size_t channel_bytes = static_cast<std::size_t>(voxels) * sizeof(float);
  for (std::int64_t c = 0; c < 3; ++c)
    file.read(image + (c * parts + part) * voxels, channel_bytes,
              entry.image_offset[at] + static_cast<std::uint64_t>(c) * channel_bytes, sum);
  if (sum.value() != entry.image_xxh3[at]) fail(volume, chunk, "/image", "does not match its checksum");
}

void DatasetReader::read_block(std::int64_t volume, std::int64_t shard, float* image,
                               std::uint8_t* mask) const {
  if (volume < 0 || volume >= volumes() || shard < 0 || shard >= layout_.count())
    throw DataError(cat("dataset '", folder_.string(), "' has ", volumes(), " volumes of ", layout_.count(),
                        " shards: there is no volume ", volume, ", shard ", shard));
  const BulkFile file(folder_ / index_.volumes[static_cast<std::size_t>(volume)].file, direct_io_);
  const Block block = layout_.block(shard);
  const Extent3 grid = index_.chunk_grid();
  const std::int64_t parts = block.size[0] / index_.chunk[0];
  for (std::int64_t part = 0; part < parts; ++part) {
    const std::int64_t i = block.begin[0] / index_.chunk[0] + part;
    const std::int64_t j = block.begin[1] / index_.chunk[1], k = block.begin[2] / index_.chunk[2];
    read_chunk(volume, file, (i * grid[1] + j) * grid[2] + k, part, parts, image, mask);
  }
}

namespace {

/// `from` holds the voxels [first, first + count) of a chunk, in its order; copies those that lie in `box`.
template <class T>
void copy_piece(const Block& chunk, std::int64_t first, std::int64_t count, const T* from, const Block& box,
                T* into) {
  const std::int64_t width = chunk.size[2];
  for (std::int64_t at = first; at < first + count;) {
    const std::int64_t row = at / width, from_w = at % width,
                       n = std::min(width - from_w, first + count - at);
    const std::int64_t d = chunk.begin[0] + row / chunk.size[1] - box.begin[0],
                       h = chunk.begin[1] + row % chunk.size[1] - box.begin[1],
                       w = chunk.begin[2] + from_w - box.begin[2];
    const std::int64_t begin = std::max<std::int64_t>(w, 0), end = std::min(w + n, box.size[2]);
    if (d >= 0 && d < box.size[0] && h >= 0 && h < box.size[1] && begin < end)
      std::copy_n(from + (at - first) + (begin - w), end - begin,
                  into + (d * box.size[1] + h) * box.size[2] + begin);
    at += n;
  }
}

}  // namespace

// Checked whole, but through memory of a few pieces: a chunk may have a GiB, and every loader thread reads
// one.
void DatasetReader::read_chunk_into_box(std::int64_t volume, const BulkFile& file, std::int64_t chunk,
                                        const Block& box, float* image, std::uint8_t* mask) const {
  const Block block = chunk_block(chunk);
  const bool expands = image && index_.spec.compact();
  std::vector<float> piece;
  if (mask || expands)
    each_mask_piece(volume, file, chunk, nullptr,
                    [&](std::int64_t first, std::int64_t count, const std::uint8_t* labels, bool sound) {
                      if (mask) copy_piece(block, first, count, labels, box, mask);
                      if (!expands || !sound) return;
                      piece.resize(static_cast<std::size_t>(3 * count));
                      expand(index_.palette, labels, count, piece.data(), count);
                      for (std::int64_t c = 0; c < 3; ++c)
                        copy_piece(block, first, count, piece.data() + c * count, box,
                                   image + c * box.voxels());
                    });
  if (!image || expands) return;
  const auto& entry = index_.volumes[static_cast<std::size_t>(volume)];
  const auto at = static_cast<std::size_t>(chunk);
  const std::int64_t voxels = block.voxels();
  piece.resize(std::min<std::size_t>(box_piece, static_cast<std::size_t>(voxels)));
  std::uint64_t offset = entry.image_offset[at];
  Checksum sum;
  for (std::int64_t c = 0; c < 3; ++c)
    for (std::int64_t first = 0; first < voxels;) {
      const std::int64_t count = std::min(static_cast<std::int64_t>(piece.size()), voxels - first);
      const auto bytes = static_cast<std::size_t>(count) * sizeof(float);
      file.read(piece.data(), bytes, offset, sum);
      copy_piece(block, first, count, piece.data(), box, image + c * box.voxels());
      offset += bytes;
      first += count;
    }
  if (sum.value() != entry.image_xxh3[at]) fail(volume, chunk, "/image", "does not match its checksum");
}

void DatasetReader::check_box(std::int64_t volume, const Block& box) const {
  for (int a = 0; a < 3; ++a)
    if (box.begin[a] < 0 || box.size[a] < 1 || box.begin[a] + box.size[a] > layout_.whole()[a])
      throw DataError(cat("dataset '", folder_.string(), "' has volumes of edge ", layout_.whole()[a],
                          ": no box from ", show(box.begin), " of ", show(box.size), " voxels"));
  if (volume < 0 || volume >= volumes())
    throw DataError(
        cat("dataset '", folder_.string(), "' has ", volumes(), " volumes: there is no volume ", volume));
}

const std::vector<FieldInfo>& DatasetReader::fields() const {
  static const std::vector<FieldInfo> all = {
      {.name = "image", .type = DataType::float32, .channels = {3}},
      {.name = "mask", .type = DataType::uint8, .is_target = true},
  };
  return all;
}

void DatasetReader::read(std::int64_t volume, const Block& box, std::span<void* const> into) const {
  read_box(volume, box, static_cast<float*>(into[field::image]),
           static_cast<std::uint8_t*>(into[field::mask]));
}

void DatasetReader::read_box(std::int64_t volume, const Block& box, float* image, std::uint8_t* mask) const {
  for (std::int64_t shard = 0; shard < layout_.count(); ++shard)
    if (layout_.block(shard) == box) return read_block(volume, shard, image, mask);
  check_box(volume, box);
  const BulkFile file(folder_ / index_.volumes[static_cast<std::size_t>(volume)].file, direct_io_);
  const Extent3 grid = index_.chunk_grid();
  Extent3 first{}, last{};
  for (int a = 0; a < 3; ++a) {
    first[a] = box.begin[a] / index_.chunk[a];
    last[a] = (box.begin[a] + box.size[a] - 1) / index_.chunk[a];
  }
  for (std::int64_t i = first[0]; i <= last[0]; ++i)
    for (std::int64_t j = first[1]; j <= last[1]; ++j)
      for (std::int64_t k = first[2]; k <= last[2]; ++k)
        read_chunk_into_box(volume, file, (i * grid[1] + j) * grid[2] + k, box, image, mask);
}

// The index and a volume's own header must name the same blocks with the same checksums.
void verify_volume(const DatasetIndex& index, std::int64_t volume, const fs::path& folder) {
  const auto& entry = index.volumes[static_cast<std::size_t>(volume)];
  const fs::path path = folder / entry.file;
  const H5Reader file(path, "volume", dataset_version);
  std::vector<BulkRange> expected;
  for (std::size_t i = 0; i < entry.mask_offset.size(); ++i)
    expected.push_back({entry.mask_offset[i], index.mask_chunk_bytes(), entry.mask_xxh3[i]});
  for (std::size_t i = 0; i < entry.image_offset.size(); ++i)
    expected.push_back({entry.image_offset[i], index.image_chunk_bytes(), entry.image_xxh3[i]});
  std::ranges::sort(expected, {}, &BulkRange::offset);
  if (expected != file.header().bulk)
    throw DataError(cat("'", path.string(), "': its blocks are not those of the dataset's index"));
  const std::int64_t edge = index.spec.edge();
  if (file.info("/mask").dims != Dims{edge, edge, edge} ||
      (!index.spec.compact() && file.info("/image").dims != Dims{3, edge, edge, edge}) ||
      file.text_attribute("/", "dataset") != index.hash)
    throw DataError(cat("'", path.string(), "' is a volume of another dataset"));
  verify_bulk(path, file.header());
}

namespace {

// What other programs see the dataset through: no run reads it, and a copy without it is whole.
void verify_views(const DatasetIndex& index, const fs::path& folder, std::vector<std::string>& problems) {
  std::error_code error;
  const auto check = [&](const char* name, auto&& fits) {
    const fs::path path = folder / name;
    if (!fs::exists(path, error)) return;
    try {
      if (!fits(path))
        problems.push_back(cat("'", path.string(),
                               "' is not as this dataset's is written; remove it, or make the dataset anew"));
    } catch (const DataError& damaged) {
      problems.emplace_back(damaged.what());
    }
  };
  check("dataset.xdmf",
        [&](const fs::path& path) { return read_regular_text(path, std::uint64_t{1} << 30) == xdmf(index); });
  check("dataset.vtkhdf", [&](const fs::path& path) {
    const VtkhdfView view = read_vtkhdf_view(path);
    const LabelVolume labels = described_labels({}, index, 0);
    return view.file == labels.file && view.object == labels.object && view.name == labels.name &&
           view.size == labels.size;
  });
}

}  // namespace

std::vector<std::string> DatasetReader::verify(int threads) const {
  std::vector<std::string> problems;
  const auto& spec = index_.spec;
  const PlanOptions options{spec.seed, spec.n_categories, spec.n_instances_used_per_fractal,
                            spec.n_fracts_per_vol, spec.val_split};
  if (!(make_plan(options) == index_.plan))
    problems.push_back("the plan in index.json is not the one of its keys");
  if (make_palette(spec.seed, spec.n_categories) != index_.palette)
    problems.push_back("the palette in index.json is not the one of its seed");
  std::vector<std::string> found(index_.volumes.size());
  Progress progress("Verifying dataset", index_.volumes.size(), "volumes");
  parallel_for(index_.volumes.size(), threads, [&](std::uint64_t v) {
    try {
      verify_volume(index_, static_cast<std::int64_t>(v), folder_);
    } catch (const DataError& error) {
      found[v] = error.what();
    }
    progress.advance();
  });
  for (const auto& problem : found)
    if (!problem.empty()) problems.push_back(problem);
  verify_views(index_, folder_, problems);
  return problems;
}

DatasetFiles dataset_files(const fs::path& folder) {
  const DatasetReader reader(folder);
  DatasetFiles all{reader.index().hash, reader.info().bytes, {}, "index.json", {}};
  for (const auto& volume : reader.index().volumes) all.files.push_back(volume.file);
  all.verify = [index = reader.index()](std::size_t i, const fs::path& copy) {
    verify_volume(index, static_cast<std::int64_t>(i), copy);
  };
  return all;
}

}  // namespace scaffold

// index.json: text and back. The first line holds a checksum of all that follows it.
#include <limits>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "storage/checksum.hpp"

namespace scaffold {

using nlohmann::json;

namespace {

constexpr std::string_view opening = "{\"checksum\": \"";
constexpr std::string_view closing = "\",\n";

json hex_list(const std::vector<std::uint64_t>& sums) {
  json list = json::array();
  for (const auto sum : sums) list.push_back(hex16(sum));
  return list;
}

json spec_json(const DatasetSpec& spec) {
  json keys = {{"n_categories", spec.n_categories},
               {"n_instances_used_per_fractal", spec.n_instances_used_per_fractal},
               {"problem_scale", spec.problem_scale},
               {"seed", spec.seed},
               {"variance_threshold", spec.variance_threshold},
               {"n_fracts_per_vol", spec.n_fracts_per_vol},
               {"val_split", spec.val_split},
               {"normalize", spec.normalize},
               {"dataset_format", spec.format},
               {"dc_num_shards", spec.dc_num_shards},
               {"dc_shard_dims", spec.dc_shard_dims}};
  if (spec.enforce_commit) keys["commit"] = spec.commit;
  return keys;
}

json volume_json(const DatasetIndex& index, std::size_t v) {
  const auto& volume = index.volumes[v];
  json fractals = json::array();
  for (const auto& f : index.plan.volumes[v]) fractals.push_back({f.category, f.instance});
  json out = {{"file", volume.file},
              {"bytes", volume.bytes},
              {"split", index.plan.validates[v] ? "validation" : "training"},
              {"fractals", fractals},
              {"mask", {{"offset", volume.mask_offset}, {"xxh3", hex_list(volume.mask_xxh3)}}}};
  if (!index.spec.compact())
    out["image"] = {{"offset", volume.image_offset}, {"xxh3", hex_list(volume.image_xxh3)}};
  return out;
}

// A JSON value and where it is, for messages. Every access is checked; nothing converts silently.
class Field {
 public:
  Field(const json& value, std::string where) : value_(value), where_(std::move(where)) {}

  [[noreturn]] void fail(const std::string& what) const { throw DataError(cat(where_, " ", what)); }
  Field operator[](const char* key) const {
    if (!value_.is_object() || !value_.contains(key)) fail(cat("has no '", key, "'"));
    return {value_[key], cat(where_, " / ", key)};
  }
  Field operator[](std::size_t i) const { return {value_[i], cat(where_, " [", i, "]")}; }
  bool has(const char* key) const { return value_.is_object() && value_.contains(key); }
  std::size_t size() const {
    if (!value_.is_array()) fail("is not a list");
    return value_.size();
  }
  Field sized(std::size_t count) const {
    if (size() != count) fail(cat("has ", size(), " entries, ", count, " were expected"));
    return *this;
  }
  std::uint64_t natural(std::uint64_t low, std::uint64_t high) const {
    if (!value_.is_number_unsigned()) fail("is not a whole number from 0");
    const auto number = value_.get<std::uint64_t>();
    if (number < low || number > high) fail(cat("is ", number, ", outside ", low, " to ", high));
    return number;
  }
  int small(int low, int high) const {
    return static_cast<int>(natural(static_cast<std::uint64_t>(low), static_cast<std::uint64_t>(high)));
  }
  double real() const {
    if (!value_.is_number()) fail("is not a number");
    return value_.get<double>();
  }
  std::string text(std::size_t longest) const {
    if (!value_.is_string()) fail("is not a text");
    auto result = value_.get<std::string>();
    if (result.size() > longest) fail("is too long");
    return result;
  }
  std::uint64_t sum() const {
    std::uint64_t value = 0;
    if (!parse_hex16(text(16), value)) fail("is not a checksum");
    return value;
  }
  // Long lists, without a Field (and its text) for each entry.
  std::vector<std::uint64_t> naturals(std::size_t count, std::uint64_t low, std::uint64_t high) const {
    sized(count);
    std::vector<std::uint64_t> result;
    result.reserve(count);
    for (const auto& entry : value_) {
      if (!entry.is_number_unsigned() || entry.get<std::uint64_t>() < low ||
          entry.get<std::uint64_t>() > high)
        fail(cat("holds something else than whole numbers from ", low, " to ", high));
      result.push_back(entry.get<std::uint64_t>());
    }
    return result;
  }
  std::vector<std::uint64_t> sums(std::size_t count) const {
    sized(count);
    std::vector<std::uint64_t> result(count);
    for (std::size_t i = 0; i < count; ++i)
      if (!value_[i].is_string() || !parse_hex16(value_[i].get_ref<const std::string&>(), result[i]))
        fail("holds something else than checksums");
    return result;
  }
  std::array<std::int64_t, 3> triple() const {
    const auto list = naturals(3, 1, std::uint64_t{1} << 20);
    return {static_cast<std::int64_t>(list[0]), static_cast<std::int64_t>(list[1]),
            static_cast<std::int64_t>(list[2])};
  }

 private:
  const json& value_;
  std::string where_;
};

DatasetSpec read_spec(const Field& keys, const fs::path& file) {
  constexpr int most = std::numeric_limits<int>::max();
  DatasetSpec spec;
  spec.dataset_dir = file.parent_path().parent_path();
  spec.n_categories = keys["n_categories"].small(0, most);
  spec.n_instances_used_per_fractal = keys["n_instances_used_per_fractal"].small(0, most);
  spec.problem_scale = keys["problem_scale"].small(0, most);
  spec.seed = keys["seed"].natural(0, std::numeric_limits<std::uint64_t>::max());
  spec.variance_threshold = keys["variance_threshold"].real();
  spec.n_fracts_per_vol = keys["n_fracts_per_vol"].small(0, most);
  spec.val_split = keys["val_split"].small(0, most);
  spec.normalize = keys["normalize"].real();
  spec.format = keys["dataset_format"].text(16);
  spec.dc_num_shards = keys["dc_num_shards"].triple();
  spec.dc_shard_dims = keys["dc_shard_dims"].triple();
  spec.enforce_commit = keys.has("commit");
  if (spec.enforce_commit) spec.commit = keys["commit"].text(256);
  try {
    validate(spec);
  } catch (const ConfigError& error) {
    keys.fail(error.what());
  }
  return spec;
}

Palette read_palette(const Field& field, int n_categories) {
  Palette palette(field.sized(static_cast<std::size_t>(n_categories) + 1).size());
  for (std::size_t k = 0; k < palette.size(); ++k)
    for (std::size_t c = 0; c < 3; ++c) {
      const double value = field[k].sized(3)[c].real();
      if (!(value >= 0 && value <= 1) || (k == 0 && value != 0)) field.fail("is not a palette");
      palette[k][c] = static_cast<float>(value);
    }
  return palette;
}

void read_chunks(const Field& field, std::uint64_t count, std::uint64_t chunk_bytes, std::uint64_t file_bytes,
                 std::vector<std::uint64_t>& offsets, std::vector<std::uint64_t>& sums) {
  if (chunk_bytes > file_bytes) field.fail("does not fit its file");
  offsets = field["offset"].naturals(count, 1, file_bytes - chunk_bytes);
  sums = field["xxh3"].sums(count);
}

void read_volume(const Field& field, std::size_t number, DatasetIndex& index) {
  auto& volume = index.volumes.emplace_back();
  volume.file = field["file"].text(64);
  if (volume.file != cat("volumes/", padded(number, 6), ".h5")) field.fail("names another file than its own");
  volume.bytes = field["bytes"].natural(1, std::uint64_t{1} << 56);
  const std::string split = field["split"].text(16);
  if (split != "training" && split != "validation") field.fail("is in no known split");
  index.plan.validates.push_back(split == "validation");
  (split == "validation" ? index.plan.validation : index.plan.training).push_back(static_cast<int>(number));

  const Field fractals = field["fractals"].sized(static_cast<std::size_t>(index.spec.n_fracts_per_vol));
  auto& planned = index.plan.volumes.emplace_back();
  for (std::size_t i = 0; i < fractals.size(); ++i) {
    fractals[i].sized(2);
    planned.push_back(
        {fractals[i][std::size_t{0}].small(0, index.spec.n_categories - 1), fractals[i][1].small(0, 144)});
  }
  const Extent3 grid = index.chunk_grid();
  const auto chunks = static_cast<std::uint64_t>(grid[0] * grid[1] * grid[2]);
  read_chunks(field["mask"], chunks, index.mask_chunk_bytes(), volume.bytes, volume.mask_offset,
              volume.mask_xxh3);
  if (!index.spec.compact())
    read_chunks(field["image"], chunks, index.image_chunk_bytes(), volume.bytes, volume.image_offset,
                volume.image_xxh3);
}

DatasetIndex index_of(const json& root, const fs::path& file) {
  const Field top(root, "index");
  if (!top.has("format") || top["format"].text(32) != "scaffold-dataset") top.fail("is not of a dataset");
  const auto version = top["version"].natural(1, 1'000'000);
  if (version > dataset_version)
    throw DataError(cat("was written by a newer version of scaffold: dataset format ", version,
                        ", this program reads up to ", dataset_version, "; use that version"));
  DatasetIndex index;
  index.spec = read_spec(top["keys"], file);
  index.hash = hex16(top["hash"].sum());
  index.chunk = top["chunk"].triple();
  const Extent3 shard = index.spec.layout().block(0).size;
  if (index.chunk[1] != shard[1] || index.chunk[2] != shard[2] || shard[0] % index.chunk[0] != 0)
    top.fail("has chunks that do not tile a shard");
  index.palette = read_palette(top["palette"], index.spec.n_categories);

  const Field categories = top["categories"].sized(static_cast<std::size_t>(index.spec.n_categories));
  std::vector<Ifs> parsed;
  for (std::size_t k = 0; k < categories.size(); ++k) {
    index.categories.push_back(categories[k].text(4096));
    parsed.push_back(ifs_from_csv(index.categories.back(), cat("category ", k)));
  }
  if (hash(index.spec, parsed) != index.hash) top.fail("does not match its hash");

  const Field volumes = top["volumes"];
  if (volumes.size() == 0 || volumes.size() > 100'000'000) top.fail("has no volumes");
  for (std::size_t v = 0; v < volumes.size(); ++v) read_volume(volumes[v], v, index);
  return index;
}

}  // namespace

Extent3 DatasetIndex::chunk_grid() const {
  return {spec.edge() / chunk[0], spec.edge() / chunk[1], spec.edge() / chunk[2]};
}
std::uint64_t DatasetIndex::mask_chunk_bytes() const {
  return static_cast<std::uint64_t>(chunk[0] * chunk[1] * chunk[2]);
}
std::uint64_t DatasetIndex::image_chunk_bytes() const {
  return spec.compact() ? 0 : 3 * sizeof(float) * mask_chunk_bytes();
}

std::string to_json(const DatasetIndex& index) {
  const json top = {
      {"format", "scaffold-dataset"},  {"version", dataset_version},     {"hash", index.hash},
      {"keys", spec_json(index.spec)}, {"categories", index.categories}, {"palette", index.palette},
      {"chunk", index.chunk}};
  std::string rest;
  for (const auto& [key, value] : top.items()) rest += cat(json(key).dump(), ": ", value.dump(), ",\n");
  rest += "\"volumes\": [\n";
  for (std::size_t v = 0; v < index.volumes.size(); ++v)
    rest += cat(volume_json(index, v).dump(), v + 1 < index.volumes.size() ? ",\n" : "\n]}\n");
  return cat(opening, hex16(checksum(rest)), closing, rest);
}

DatasetIndex index_from_json(const std::string& text, const fs::path& file) {
  try {
    const std::size_t start = opening.size() + 16 + closing.size();
    std::uint64_t sum = 0;
    if (text.empty()) throw DataError("is empty: writing it was cut short");
    if (!text.starts_with(opening) || text.size() < start ||
        std::string_view(text).substr(opening.size() + 16, closing.size()) != closing ||
        !parse_hex16(std::string_view(text).substr(opening.size(), 16), sum))
      throw DataError("is not a dataset's index (it does not begin with a checksum)");
    if (checksum(std::string_view(text).substr(start)) != sum)
      throw DataError("is damaged: its contents do not match their checksum");
    return index_of(parse_json(text, "its text"), file);
  } catch (const std::bad_alloc&) {
    throw DataError(cat("'", file.string(), "' asks for more memory than there is"));
  } catch (const std::exception& error) {
    throw DataError(cat("'", file.string(), "': ", error.what()));
  }
}

}  // namespace scaffold

#include "fractal_unet/dataset/inspect.hpp"

#include "core/error.hpp"
#include "core/text.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "storage/h5.hpp"

namespace scaffold {

namespace {

std::string list(const std::vector<std::int64_t>& values) {
  std::string text;
  for (const auto value : values) text += cat(text.empty() ? "" : ", ", value);
  return text;
}

std::string show_dims(const Dims& dims) { return cat("[", list(dims), "]"); }

// What is wrong with one volume file, from its header alone; "" when nothing is.
std::string volume_problem(const fs::path& path, const DatasetIndex::Volume& entry) {
  try {
    const HeaderInfo header = read_header(path);
    if (header.kind != "volume") return cat("'", path.string(), "' is a ", header.kind, ", not a volume");
    if (header.file_size != entry.bytes)
      return cat("'", path.string(), "' has ", header.file_size, " bytes, the index says ", entry.bytes);
    return "";
  } catch (const DataError& error) {
    return error.what();
  }
}

}  // namespace

Inspection inspect_dataset(const fs::path& folder) {
  const DatasetIndex index = read_index(folder);
  const auto& spec = index.spec;
  Inspection result;
  std::uint64_t bytes = 0;
  for (const auto& volume : index.volumes) bytes += volume.bytes;
  const auto triple = [](const std::array<std::int64_t, 3>& v) { return list({v[0], v[1], v[2]}); };
  result.lines = {{"kind", "dataset"},
                  {"format", cat(spec.format, ", version ", dataset_version)},
                  {"hash", index.hash},
                  {"volumes", cat(index.volumes.size(), " (", index.plan.training.size(), " training, ",
                                  index.plan.validation.size(), " validation)")},
                  {"volume", cat("image float32 [3, ", spec.edge(), ", ", spec.edge(), ", ", spec.edge(),
                                 "], mask uint8, ", spec.n_categories + 1, " classes")},
                  {"size", human_bytes(static_cast<double>(bytes))},
                  {"problem_scale", cat(spec.problem_scale)},
                  {"n_categories", cat(spec.n_categories)},
                  {"n_instances_used_per_fractal", cat(spec.n_instances_used_per_fractal)},
                  {"n_fracts_per_vol", cat(spec.n_fracts_per_vol)},
                  {"seed", cat(spec.seed)},
                  {"variance_threshold", shortest(spec.variance_threshold)},
                  {"normalize", shortest(spec.normalize)},
                  {"val_split", cat(spec.val_split)},
                  {"dc_num_shards", triple(spec.dc_num_shards)},
                  {"dc_shard_dims", triple(spec.dc_shard_dims)},
                  {"chunk", cat(triple(index.chunk), " voxels")}};
  if (spec.enforce_commit) result.lines.push_back({"commit", spec.commit});
  for (const auto& volume : index.volumes)
    if (auto problem = volume_problem(folder / volume.file, volume); !problem.empty())
      result.problems.push_back(std::move(problem));
  return result;
}

Inspection inspect_volume(const fs::path& file) {
  const H5Reader reader(file, "volume", dataset_version);
  Inspection result;
  result.lines = {
      {"kind", "volume"},
      {"format", cat(reader.text_attribute("/", "format"), ", version ", reader.header().version)},
      {"volume", cat(reader.int_attribute("/", "volume"))},
      {"dataset", reader.text_attribute("/", "dataset")},
      {"split", reader.text_attribute("/", "split")},
      {"problem_scale", cat(reader.int_attribute("/", "problem_scale"))},
      {"seed", reader.text_attribute("/", "seed")},
      {"categories", list(reader.int_array_attribute("/", "categories"))},
      {"instances", list(reader.int_array_attribute("/", "instances"))}};
  for (const auto& name : reader.list("/")) {
    const ArrayInfo info = reader.info("/" + name);
    result.lines.push_back({"/" + name, cat(scaffold::name(info.type), " ", show_dims(info.dims))});
  }
  result.lines.push_back({"size", human_bytes(static_cast<double>(reader.header().file_size))});
  return result;
}

}  // namespace scaffold

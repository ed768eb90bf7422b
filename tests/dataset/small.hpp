// Small datasets that take milliseconds.
#pragma once
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "core/philox.hpp"
#include "fractal_unet/dataset/generate.hpp"
#include "temporary_folder.hpp"

namespace scaffold::testing {

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
inline void spill(const fs::path& path, const std::string& bytes) {
  fs::remove(path);
  std::ofstream(path, std::ios::binary) << bytes;
}

/// Contractive categories (coefficients up to 0.3, so no instance runs away); no search needed.
inline Library small_library(int n) {
  Library library;
  library.folder = "test library";
  for (int k = 0; k < n; ++k) {
    Stream stream(99, fractal_purpose::category_coefficients, static_cast<std::uint32_t>(k));
    Ifs ifs;
    for (auto& map : ifs)
      for (int c = 0; c < 12; ++c) coefficient(map, c) = (c < 9 ? 0.6 : 2.0) * (stream.uniform() - 0.5);
    set_probabilities(ifs);
    library.categories.push_back(ifs);
  }
  return library;
}

/// 3 categories, 9 volumes of 16³ (2 of them validation).
inline DatasetSpec small_spec(const fs::path& dir) {
  DatasetSpec spec;
  spec.dataset_dir = dir;
  spec.n_categories = 3;
  spec.n_instances_used_per_fractal = 10;
  spec.problem_scale = 4;
  return spec;
}

/// Every file below a folder, by relative name.
inline std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder))
    if (entry.is_regular_file())
      files[entry.path().lexically_relative(folder).string()] = slurp(entry.path());
  return files;
}

/// A whole volume put together from its shards: image [3, e, e, e] and mask [e, e, e].
struct Whole {
  std::vector<float> image;
  std::vector<std::uint8_t> mask;
  bool operator==(const Whole& other) const {
    return mask == other.mask && image.size() == other.image.size() &&
           std::memcmp(image.data(), other.image.data(), image.size() * sizeof(float)) == 0;
  }
};
inline Whole assemble(const DatasetReader& reader, std::int64_t volume) {
  const std::int64_t e = reader.index().spec.edge();
  Whole whole{std::vector<float>(static_cast<std::size_t>(3 * e * e * e), -1),
              std::vector<std::uint8_t>(static_cast<std::size_t>(e * e * e), 255)};
  for (std::int64_t shard = 0; shard < reader.layout().count(); ++shard) {
    const Block block = reader.layout().block(shard);
    std::vector<float> image(static_cast<std::size_t>(3 * block.voxels()), -2);
    std::vector<std::uint8_t> mask(static_cast<std::size_t>(block.voxels()), 254);
    reader.read_block(volume, shard, image.data(), mask.data());
    std::size_t from = 0;
    for (std::int64_t d = 0; d < block.size[0]; ++d)
      for (std::int64_t h = 0; h < block.size[1]; ++h)
        for (std::int64_t w = 0; w < block.size[2]; ++w, ++from) {
          const auto to = static_cast<std::size_t>(((block.begin[0] + d) * e + block.begin[1] + h) * e +
                                                   block.begin[2] + w);
          whole.mask[to] = mask[from];
          for (std::size_t c = 0; c < 3; ++c)
            whole.image[c * whole.mask.size() + to] = image[c * mask.size() + from];
        }
  }
  return whole;
}

}  // namespace scaffold::testing

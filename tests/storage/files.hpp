// Small container files for the storage tests.
#pragma once
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "storage/checksum.hpp"
#include "storage/h5.hpp"

namespace scaffold::testing {

inline std::string slurp(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}
inline void spill(const fs::path& path, const std::string& bytes) {
  fs::remove(path);  // truncating would make some file systems flush
  std::ofstream(path, std::ios::binary) << bytes;
}

/// A file with contiguous data, groups, texts and attributes: all of it under the metadata checksum.
inline void write_plain(const fs::path& path, const std::string& kind = "checkpoint", int version = 1,
                        bool sync = false) {
  H5Writer file(path, kind, version);
  const std::vector<float> weights = {1, -2.5f, 3e-30f, 4, 5, 6};
  file.write("/model/a.weight", DataType::float32, {2, 3}, weights.data());
  const std::vector<std::int64_t> steps = {-7, std::int64_t{1} << 40};
  file.write("/optimizer/steps", DataType::int64, {2}, steps.data());
  const double rate = 1e-3;
  file.write("/rate", DataType::float64, {}, &rate);
  file.write_text("/config", "problem_scale: 5\nname: \u00e9\n");
  file.make_group("/empty/group");
  file.attribute("/", "epoch", std::int64_t{12});
  file.attribute("/model", "name", "U-Net");
  file.attribute("/model/a.weight", "dice", 0.95);
  file.attribute("/", "shape", DataType::int32, {2, 2}, std::vector<std::int32_t>{1, 2, 3, -4}.data());
  file.finish(sync);
}

/// One chunked dataset, uint8 [4, 6] in chunks of [2, 3], element (i, j) = 10·i + j.
inline std::vector<ChunkAddress> write_chunked(const fs::path& path) {
  H5Writer file(path, "volume", 1, 4);
  file.create_chunked("/mask", DataType::uint8, {4, 6}, {2, 3});
  file.attribute("/", "split", "training");
  const auto chunks = file.seal();
  for (std::size_t c = 0; c < chunks.size(); ++c) {
    std::string bytes;
    for (std::int64_t i = 0; i < 2; ++i)
      for (std::int64_t j = 0; j < 3; ++j)
        bytes += static_cast<char>(10 * (chunks[c].begin[0] + i) + chunks[c].begin[1] + j);
    file.write_bytes(chunks[c].offset, bytes.data(), bytes.size());
    file.set_chunk_checksum(c, checksum(bytes));
  }
  file.finish(false);
  return chunks;
}

/// Exit status of a Python 3 program text, given one argument.
inline int python(const std::string& program, const fs::path& argument, const fs::path& scratch) {
  spill(scratch / "program.py", program);
  return std::system(
      ("/usr/bin/python3 '" + (scratch / "program.py").string() + "' '" + argument.string() + "'").c_str());
}

}  // namespace scaffold::testing

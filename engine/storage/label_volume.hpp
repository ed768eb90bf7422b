// A volume of class labels, as the formats of other programs take it.
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/files.hpp"

namespace scaffold {

/// uint8 [D, H, W], row-major: W, which runs fastest, is the other programs' x, and D their z. 0 is the
/// background.
struct LabelVolume {
  std::string name;         ///< of the array: "labels", "prediction"
  std::string description;  ///< a line of ASCII: what it is of
  std::array<std::int64_t, 3> size{};
  int classes = 0;                           ///< labels are below it
  std::vector<std::string> class_names;      ///< by label
  std::vector<std::array<float, 3>> colors;  ///< RGB in [0, 1] by label; empty where there is none
  fs::path file;                             ///< HDF5 file that holds the array
  std::string object;                        ///< its name there: "/labels"
  /// Planes along D that are read at once without waste.
  std::int64_t planes = 1;
  /// Planes [begin, begin + count), begin a multiple of `planes`, into count · H · W bytes. DataError.
  std::function<void(std::int64_t begin, std::int64_t count, std::uint8_t* out)> read;
};

}  // namespace scaffold

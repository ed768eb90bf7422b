#include "core/error.hpp"
#include "sources/fractal_unet/inference.hpp"

namespace scaffold::viewer {

bool can_infer() { return false; }

Inferred infer(const fs::path&, const DatasetReader&, std::int64_t, std::uint64_t, const ProgressTold&) {
  throw ConfigError(
      "this viewer was built without LibTorch, so it cannot run networks; open a file written by "
      "'scaffold predict' instead");
}

}  // namespace scaffold::viewer

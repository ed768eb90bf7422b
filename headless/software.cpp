#include <torch/csrc/api/include/torch/version.h>

#include "comm/mpi_world.hpp"
#include "core/text.hpp"
#include "device/device.hpp"
#include "storage/h5.hpp"
#include "torch_commands.hpp"
#include "version.hpp"

namespace scaffold {

std::vector<std::pair<std::string, std::string>> software() {
  return {{"scaffold", std::string(version()) + " (commit " + commit() + ")"},
          {"LibTorch", TORCH_VERSION},
          {"HDF5", hdf5_version()},
          {"MPI", mpi_version()},
          {"compiler", compiler()},
          {"CUDA", cuda_plugin_status()}};
}

std::string version_text() {
  std::string text;
  for (const auto& [name, value] : software())
    text += cat(name, std::string(10 - name.size(), ' '), value, "\n");
  text.pop_back();
  return text;
}

}  // namespace scaffold

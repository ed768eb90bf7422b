#include "job/software.hpp"

#include <torch/csrc/api/include/torch/version.h>

#include "comm/mpi_world.hpp"
#include "core/text.hpp"
#include "core/version.hpp"
#include "device/device.hpp"
#include "storage/h5.hpp"

namespace scaffold {

std::vector<std::pair<std::string, std::string>> software() {
  return {{"scaffold", std::string(version()) + " (commit " + commit() + ")"},
          {"LibTorch", TORCH_VERSION},
          {"HDF5", hdf5_version()},
          {"MPI", mpi_version()},
          {"compiler", compiler()},
          {"CUDA", cuda_plugin_status()}};
}

}  // namespace scaffold

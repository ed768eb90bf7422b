#include <torch/csrc/api/include/torch/version.h>

#include "comm/launcher.hpp"
#include "model/device.hpp"
#include "storage/h5.hpp"
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

}  // namespace scaffold

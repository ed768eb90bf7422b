#include "cuda/nccl.hpp"

#include <cuda_runtime_api.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <chrono>
#include <cstdlib>
#include <exception>

#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>
#endif

namespace scaffold {

#ifdef USE_C10D_NCCL
namespace {

/// Where the ranks find each other to hand NCCL's identifier on: a server on rank 0, at a port that is free.
c10::intrusive_ptr<c10d::Store> meet(const ScaffoldNcclOptions& o) {
  c10d::TCPStoreOptions server;
  server.port = 0;
  server.isServer = true;
  server.waitWorkers = false;
  server.timeout = std::chrono::minutes(5);
  c10::intrusive_ptr<c10d::TCPStore> store;
  std::string address;
  if (o.rank == 0) {
    try {
      store = c10::make_intrusive<c10d::TCPStore>(o.host, server);
      address = o.host + " " + std::to_string(store->getPort());
    } catch (const std::exception& e) {
      address = std::string("! ") + e.what();  // the others wait for a word
    }
  }
  address = o.share(address);
  if (address.rfind("! ", 0) == 0) throw std::runtime_error("rank 0 opens no port: " + address.substr(2));
  if (store) return store;
  const auto space = address.rfind(' ');
  c10d::TCPStoreOptions client = server;
  client.isServer = false;
  client.port = static_cast<std::uint16_t>(std::stoi(address.substr(space + 1)));
  return c10::make_intrusive<c10d::TCPStore>(address.substr(0, space), client);
}

c10::intrusive_ptr<c10d::ProcessGroup> make_group(const ScaffoldNcclOptions& o) {
  // Gradients, halos and sums have communicators of their own and meet on one GPU: launched in the program's
  // order they cannot wait for each other in a ring.
  setenv("NCCL_LAUNCH_ORDER_IMPLICIT", "1", 0);
  if (const auto code = cudaSetDevice(o.device); code != cudaSuccess)
    throw std::runtime_error(cudaGetErrorString(code));
  const auto store = meet(o);
  auto options = c10d::ProcessGroupNCCL::Options::create(/*is_high_priority_stream=*/true);
  // The job's own watchdog (stall_timeout) ends it with a message that names the rank.
  options->timeout = std::chrono::hours(24 * 30);
  auto backend = c10::make_intrusive<c10d::ProcessGroupNCCL>(store, o.rank, o.size, options);
  backend->setBoundDeviceId(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(o.device)));
  auto group = c10::make_intrusive<c10d::ProcessGroup>(store, o.rank, o.size);
  group->setBackend(c10::DeviceType::CUDA, c10d::ProcessGroup::BackendType::NCCL, backend);
  group->setDefaultBackend(c10d::ProcessGroup::BackendType::NCCL);
  group->setGroupName("scaffold");
  backend->eagerConnectSingleDevice(at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(o.device)));
  return group;
}

}  // namespace

bool make_nccl(const ScaffoldNcclOptions& options, c10::intrusive_ptr<c10d::ProcessGroup>& into,
               std::string& error) {
  try {
    into = make_group(options);
    return true;
  } catch (const std::exception& e) {
    error = e.what();
  }
  return false;
}

#else

bool make_nccl(const ScaffoldNcclOptions&, c10::intrusive_ptr<c10d::ProcessGroup>&, std::string& error) {
  error = "the CUDA plug-in was built without NCCL (nccl.h was not found)";
  return false;
}

#endif

}  // namespace scaffold

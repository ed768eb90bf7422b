#include "device/device.hpp"

#include <ATen/ATen.h>
#include <dlfcn.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>

#include <atomic>
#include <cstdlib>
#include <filesystem>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "device/cuda_plugin.hpp"
#include "device/device_graph.hpp"
#include "device/device_kernels.hpp"
#include "device/workload_kernels.hpp"

namespace scaffold {
namespace {

namespace fs = std::filesystem;

/// Beside the program's own folder: <build>/bin/scaffold → <build>/lib; installed: ../lib.
fs::path plugin_path() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  return error ? fs::path() : program.parent_path().parent_path() / "lib" / "libscaffold_cuda.so";
}

struct Plugin {
  const ScaffoldCudaPlugin* api = nullptr;
  std::string why_not;
  int devices = 0;
};

Plugin load_plugin() {
  const fs::path path = plugin_path();
  if (!fs::exists(path))
    return {nullptr, "this build has no CUDA plug-in (nvcc was not found when it was built)"};
  void* handle = dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL);
  if (!handle) {
    const char* reason = dlerror();
    return {nullptr, cat("the CUDA plug-in does not load: ", reason ? reason : "unknown reason",
                         "; `scripts/setup --cuda` installs NVIDIA's libraries")};
  }
  const auto entry = reinterpret_cast<ScaffoldCudaEntry>(dlsym(handle, "scaffold_cuda_plugin"));
  const ScaffoldCudaPlugin* api = entry ? entry() : nullptr;
  if (!api || api->abi != scaffold_cuda_abi)
    return {nullptr, cat("'", path.string(), "' belongs to another version of this program; build again")};
  char message[512] = "";
  const int count = api->device_count(message, sizeof message);
  if (count < 0) return {nullptr, cat("CUDA does not start: ", message)};
  if (count == 0) return {nullptr, "no NVIDIA GPU is visible (nvidia-smi, CUDA_VISIBLE_DEVICES)"};
  return {api, {}, count};
}

/// Loaded once, at the first question about CUDA.
const Plugin& plugin() {
  static const Plugin loaded = load_plugin();
  return loaded;
}

}  // namespace

at::Device select_device(const std::string& key, int local_rank, int local_size) {
  if (key == "cpu") return at::Device(at::kCPU);
  if (key == "auto" && !fs::exists("/dev/nvidiactl")) return at::Device(at::kCPU);
  if (plugin().api) {
    // A launcher that gives each rank its own GPU (CUDA_VISIBLE_DEVICES) shows each of them one.
    const bool given = plugin().devices == 1 && std::getenv("CUDA_VISIBLE_DEVICES");
    if (local_size > plugin().devices && !given)
      throw ConfigError(cat("device: ", local_size, " ranks on this machine, but only ", plugin().devices,
                            " GPUs are visible; start one rank a GPU, or use --device cpu"));
    return at::Device(at::kCUDA, static_cast<c10::DeviceIndex>(local_rank % plugin().devices));
  }
  if (key == "cuda") throw ConfigError("device: cuda was asked for, but " + plugin().why_not);
  log::info("device: auto runs on the CPU: " + plugin().why_not);
  return at::Device(at::kCPU);
}

c10::intrusive_ptr<c10d::ProcessGroup> make_device_group(const at::Device& device, Communicator& comm,
                                                         const std::string& purpose) {
  ScaffoldNcclOptions options;
  options.device = device.has_index() ? static_cast<unsigned char>(device.index()) : -1;
  options.rank = comm.rank();
  options.size = comm.size();
  options.host = describe_machine().host;
  options.share = [&comm](const std::string& text) { return broadcast(comm, text, 0); };
  ScaffoldCudaDevice info{};
  const bool answers = plugin().api->describe(device.index(), &info) == 0;
  const auto all = all_gather(comm, answers ? "" : "x");
  for (std::size_t r = 0; r < all.size(); ++r)
    if (!all[r].empty())
      throw CommError(cat("NCCL does not start for ", purpose, ": the GPU of rank ", r, " does not answer"));
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  std::string error;
  if (!plugin().api->make_nccl(options, group, error))
    throw CommError(cat("NCCL does not start for ", purpose, " on rank ", comm.rank(), ": ", error,
                        "; NCCL_DEBUG=INFO tells more"));
  return group;
}

double probe_device_group(const at::Device& device, Communicator& comm, std::int64_t bytes) {
  const auto group = make_device_group(device, comm, "a test");
  std::vector<at::Tensor> values{at::zeros({bytes / 4}, at::TensorOptions(at::kFloat).device(device))};
  constexpr int rounds = 10;
  const auto reduce = [&] { group->allreduce(values)->wait(); };
  reduce();  // connections are made at the first message
  synchronize(device);
  const Stopwatch clock;
  for (int i = 0; i < rounds; ++i) reduce();
  synchronize(device);
  return rounds * static_cast<double>(bytes) / clock.seconds();
}

DeviceInfo describe_device(const at::Device& device) {
  if (device.is_cpu()) {
    const MachineDescription machine = describe_machine();
    return {machine.cpu, machine.memory_bytes, {}};
  }
  ScaffoldCudaDevice info{};
  if (plugin().api->describe(device.index(), &info) != 0) throw SystemError("the GPU does not answer");
  return {info.name, info.memory_bytes,
          cat("CUDA ", info.runtime_version / 1000, ".", info.runtime_version % 1000 / 10)};
}

void synchronize(const at::Device& device) {
  if (!device.is_cpu()) plugin().api->synchronize(device.index());
}

std::uint64_t peak_memory(const at::Device& device) {
  return device.is_cpu() ? peak_memory() : plugin().api->peak_memory(device.index());
}

namespace fused {
namespace {
std::atomic<const DeviceKernels*> on_cpu{nullptr};
}

const DeviceKernels* device_kernels(const at::Tensor& x) {
  if (x.is_cpu()) return on_cpu.load(std::memory_order_relaxed);
  return x.is_cuda() && plugin().api ? plugin().api->kernels : nullptr;
}

DeviceKernelsOnCpu::DeviceKernelsOnCpu(const DeviceKernels& kernels) { on_cpu = &kernels; }
DeviceKernelsOnCpu::~DeviceKernelsOnCpu() { on_cpu = nullptr; }
}  // namespace fused

const void* find_workload_kernels(std::string_view name) {
  return plugin().api ? plugin().api->workload_kernels(name) : nullptr;
}

std::unique_ptr<DeviceGraph> make_device_graph(const at::Device& device) {
  return std::unique_ptr<DeviceGraph>(device.is_cpu() ? nullptr : plugin().api->make_graph(device.index()));
}

std::string cuda_plugin_status() { return fs::exists(plugin_path()) ? "plug-in built" : "not built"; }

}  // namespace scaffold

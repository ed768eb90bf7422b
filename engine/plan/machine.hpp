// What a machine can do, for predictions: configs/machines/*.yml.
#pragma once
#include <filesystem>
#include <string>

namespace scaffold {

/// Of one rank's device (a GPU, or a CPU's share), unless it says node. Rates a second, sizes in bytes.
struct Machine {
  enum class Device { cpu, gpu, apu };  ///< apu: a GPU whose memory is the host's
  std::string name;
  Device device = Device::cpu;
  /// Peak. Where bfloat16 is not faster it is not computed in hardware, and training falls back to float32.
  double flops_bfloat16 = 0, flops_float32 = 0;
  double convolution_efficiency = 0;  ///< share of the peak that convolutions reach
  double memory = 0, memory_bandwidth = 0;
  double ranks_per_node = 1;
  double link_bandwidth = 0;     ///< between ranks of a node, one direction
  double network_bandwidth = 0;  ///< of a rank to other nodes, one direction
  /// Of an all-reduce of large messages among whole nodes, one of them or many: bytes that each rank sends in
  /// a ring, 2 (n − 1) / n times those reduced, over its seconds (nccl-tests' "bus bandwidth"). All of a
  /// node's links and adapters work for it at once, so it is more than one rank's own to other nodes.
  double collective_bandwidth = 0;
  double latency = 0;               ///< seconds of one message
  double filesystem_bandwidth = 0;  ///< reading, of a node
};

/// Every key must be there, be known, and be positive. ConfigError naming file, key and what is wrong.
Machine read_machine(const std::filesystem::path& file);

}  // namespace scaffold

// What carries tensors between the ranks of a job. Each is a file in parallel/backends that defines
// <name>_backend() and a line in backends.def.
#pragma once
#include <c10/core/Device.h>
#include <c10/util/intrusive_ptr.h>

#include <memory>
#include <string>

#include "comm/communicator.hpp"
#include "comm/process_grid.hpp"
#include "parallel/sharding.hpp"

namespace c10d {
class ProcessGroup;
}

namespace scaffold {

/// Outlives what it makes, and is outlived by the communicators that it is given.
class Backend {
 public:
  using Group = c10::intrusive_ptr<c10d::ProcessGroup>;
  virtual ~Backend() = default;
  /// For c10d::Reducer: all-reduce, broadcast, all-gather and barrier of contiguous tensors on `device` among
  /// the ranks of `ranks`, in their order, used by nothing else. `purpose` names it in messages. Collective.
  virtual Group group(Communicator& ranks, const at::Device& device, const std::string& purpose) = 0;
  /// Of a replica's shards, the ranks of `halos` and of `statistics`, used by nothing else. Collective.
  virtual ShardingPtr sharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
                               const at::Device& device) = 0;
};

struct BackendInfo {
  std::string name;
  bool (*takes)(const at::Device& device) = nullptr;
  std::unique_ptr<Backend> (*make)() = nullptr;
};

/// The first that takes a device's tensors; Error where none does.
const BackendInfo& backend_for(const at::Device& device);
/// Before the others; one of the same name is replaced.
void add_backend(BackendInfo backend);

}  // namespace scaffold

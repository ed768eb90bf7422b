// Makes a dataset's folder, or finds it made.
#pragma once
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "comm/communicator.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/dataset/spec.hpp"
#include "fractal_unet/fractal/instance.hpp"
#include "fractal_unet/fractal/library.hpp"

namespace scaffold {

/// <dataset_dir>/<hash>/ of this specification: reused when it is there, else generated in a staging folder
/// and renamed when complete. Two generators of one dataset: the second waits (and says so), then reuses.
/// from_scratch generates in any case and replaces. The bytes do not depend on `threads`. Memory: at most
/// generation_memory() bytes; fewer threads are used where less is free. Errors: ConfigError (values, a scale
/// that does not fit memory), SystemError (folder not writable, disk too small: both before work), DataError
/// (a folder of this name that is not a sound dataset), Interrupted.
DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads,
                           bool from_scratch = false);

/// The same by all ranks of a job, which share out the volumes; the bytes do not depend on how many there
/// are. Rank 0 holds the lock and publishes. What one rank throws all throw. `ranks_here` of them share this
/// machine's memory. Collective.
DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           Communicator& ranks, int ranks_here);

/// Another way to the ascending voxel lists of instances, as a GPU's: bit for bit the CPU's, and nothing for
/// those that it cannot make, which the CPU then does. Several threads call it.
using VoxelMaker = std::function<std::vector<std::optional<std::vector<std::uint64_t>>>(
    std::span<const InstanceRequest> requests, const DatasetSpec& spec)>;

/// Limits that tests make small; the defaults are what datasets are made with.
struct GenerationLimits {
  std::uint64_t chunk_bytes = std::uint64_t{1} << 30;    ///< of a chunk
  std::uint64_t batch_bytes = std::uint64_t{256} << 20;  ///< of a thread's clouds and voxel lists
  int ranks_here = 1;                                    ///< processes that share this machine's memory
  VoxelMaker voxels = nullptr;                           ///< nothing: the CPU
};
DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           const GenerationLimits& limits);
DatasetInfo ensure_dataset(const DatasetSpec& spec, const Library& library, int threads, bool from_scratch,
                           const GenerationLimits& limits, Communicator& ranks);

/// Upper bound on the bytes that generation holds with this many threads: per thread a batch of clouds and
/// voxel lists (at least one volume's, else up to 256 MiB), one chunk of a mask, and a 4 MiB slab of an
/// image.
std::uint64_t generation_memory(const DatasetSpec& spec, int threads);
/// Bytes of all volume files, within 1 %.
std::uint64_t dataset_bytes(const DatasetSpec& spec);

}  // namespace scaffold

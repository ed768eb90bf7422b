// The data path for `scaffold bench`: the loader against bare reads of the same bytes, and the making of
// volumes against bare writes of as many.
#pragma once
#include "bench/harness.hpp"
#include "fractal_unet/dataset/reader.hpp"

namespace scaffold {

struct LoaderBenchOptions {
  int workers = 1;  ///< threads of the loader, and of the bare reads
  std::uint64_t budget_bytes = std::uint64_t{1} << 30;
  std::uint64_t bytes = std::uint64_t{1} << 30;  ///< read in a round, at least one volume
  bool direct = false;                           ///< also with O_DIRECT
  bench::Limits limits = {};
};

/// Samples per second from the page cache, which the round that is not counted fills: the bytes of the
/// volumes by pread alone into a buffer that is used again, then the loader, which checks and expands them.
bench::Report bench_loader(const DatasetReader& reader, const LoaderBenchOptions& options);

struct VolumeBenchOptions {
  fs::path folder;  ///< on the file system to measure; what is made there is removed
  int scale = 6, volumes = 240;
  bool compact = false;
  int threads = 1;
  bench::Limits limits = {};
};

/// Making a dataset, until it is on the disk, against bare writes of files of the same sizes by as many
/// threads; and into memory (/dev/shm) where that has room: what computing alone takes.
bench::Comparison bench_volumes(const VolumeBenchOptions& options);

}  // namespace scaffold

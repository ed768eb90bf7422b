// MPI behind the communicator interface. Started only when a launcher started several processes.
#pragma once
#include <atomic>
#include <memory>

#include "comm/communicator.hpp"
#include "comm/launcher.hpp"

namespace scaffold {

/// MPI from start to end of the program, or nothing at all in a single process.
class World {
 public:
  /// Starts MPI when `launch.world` > 1. Throws ConfigError when MPI sees another number of processes than
  /// the launcher started (an MPI that does not know this launcher would run as many separate jobs), or has
  /// no thread support.
  explicit World(const Launch& launch);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  int rank() const { return all_->rank(); }
  int size() const { return all_->size(); }
  /// Among the ranks of this machine.
  int local_rank() const { return local_rank_; }
  int local_size() const { return local_size_; }
  /// A communicator of all ranks. For set-up and control; other purposes split off their own.
  Communicator& all() { return *all_; }
  /// Collective operations that this process has begun, on all communicators: the same on ranks that are in
  /// step.
  std::int64_t collectives() const { return *begun_; }
  /// Ends MPI in good order: on every rank, or none. The destructor does it too, but not while an error
  /// unwinds.
  void close();
  /// Ends every process of the job with this exit code. In a single process just exits.
  [[noreturn]] void abort(int code);

 private:
  bool mpi_ = false;
  int local_rank_ = 0, local_size_ = 1;
  std::shared_ptr<std::atomic<std::int64_t>> begun_;
  std::unique_ptr<Communicator> all_;
};

/// Version string of the MPI library linked in.
std::string mpi_version();

}  // namespace scaffold

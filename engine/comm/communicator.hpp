// Messages between the ranks of a job. One interface for a single process and for MPI; no MPI in here, so
// that the rooms which need no cluster build without it. Host memory only: GPUs go through NCCL (cuda).
//
// One communicator per purpose, and on each of them the operations of all ranks in one order. Operations are
// started, then polled to their end (wait, or the progress thread), so that any thread may drive them and
// nothing blocks inside the message library.
#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/data_type.hpp"

namespace scaffold {

/// An operation in progress. Its buffers must outlive it. Destroyed before it is done, as by an error on its
/// way up, a receive is called back; sends and collectives cannot be, and go on with what was given to
/// keep().
class Request {
 public:
  virtual ~Request() = default;
  /// Whether it is complete. Throws CommError when it failed.
  virtual bool done() = 0;
  /// Holds the buffers until the operation is over, whoever else lets go of them.
  void keep(std::shared_ptr<void> buffers) { buffers_ = std::move(buffers); }

 protected:
  std::shared_ptr<void> buffers_;
};
using RequestPtr = std::unique_ptr<Request>;

class Communicator {
 public:
  virtual ~Communicator() = default;
  virtual int rank() const = 0;
  virtual int size() const = 0;
  /// The ranks that gave the same color, ordered by key. Collective.
  virtual std::unique_ptr<Communicator> split(int color, int key) = 0;
  /// The ranks that can share memory with this one, those of its machine, in the order of the job's. Never by
  /// host names, which containers and machines may share. Collective.
  virtual std::unique_ptr<Communicator> split_by_machine() = 0;

  /// data[i] becomes its sum over all ranks: of float32, float64, int64, or of bfloat16, which travels as its
  /// 16 bits and is summed in float32, rounded to nearest even at each addition. CommError for other types.
  virtual RequestPtr start_sum(void* data, std::int64_t count, DataType type) = 0;
  virtual RequestPtr start_broadcast(void* data, std::int64_t bytes, int root) = 0;
  /// into: size() · bytes, in the order of ranks.
  virtual RequestPtr start_all_gather(const void* data, std::int64_t bytes, void* into) = 0;
  virtual RequestPtr start_send(const void* data, std::int64_t bytes, int to, int tag) = 0;
  virtual RequestPtr start_receive(void* data, std::int64_t bytes, int from, int tag) = 0;
};

/// The communicator of a job of one rank. Messages to oneself are not supported.
std::unique_ptr<Communicator> single_process();

/// Keeps one to the end of the process on which a message may be under way that nobody will receive. MPI
/// gives the number of a freed communicator to the next one, which would take that message for its own.
void never_free(std::unique_ptr<Communicator> comm);

/// Polls until it is done: spinning at first, then yielding, then sleeping shortly, so that oversubscribed
/// ranks make room for each other.
void wait(Request& request);
void wait_all(std::span<const RequestPtr> requests);

void sum(Communicator& comm, std::span<double> values);
void sum(Communicator& comm, std::span<std::int64_t> values);
void broadcast(Communicator& comm, void* data, std::int64_t bytes, int root);
std::string broadcast(Communicator& comm, std::string text, int root);
/// Every rank's text, in the order of ranks, on every rank.
std::vector<std::string> all_gather(Communicator& comm, std::string_view text);
void barrier(Communicator& comm);

/// Runs `body` on every rank; when any rank threw, all throw: the first failing rank its own error, the
/// others a copy of it (the same of core/error.hpp's classes, so the same exit code; Error for what is none
/// of them). For phases before training, in which ranks may fail apart from each other. Collective.
void collective_try(Communicator& comm, const std::function<void()>& body);

}  // namespace scaffold

#include "comm/mpi_world.hpp"

#include <mpi.h>

#include <atomic>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <limits>
#include <mutex>
#include <vector>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

void check(int result, const char* what) {
  if (result == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING] = "";
  int length = 0;
  MPI_Error_string(result, text, &length);
  throw CommError(cat("MPI: ", what, " failed: ", text));
}

int as_int(std::int64_t count) {
  if (count < 0 || count > std::numeric_limits<int>::max())
    throw CommError(cat("a message of ", count, " elements is more than MPI can count"));
  return static_cast<int>(count);
}

/// Keeps the buffers of an operation that nobody waits for any more, but which may still read or write them,
/// to the end of the process.
void abandon(std::shared_ptr<void> buffers) {
  static std::mutex mutex;
  static auto& abandoned = *new std::vector<std::shared_ptr<void>>;
  const std::lock_guard lock(mutex);
  abandoned.push_back(std::move(buffers));
}

class MpiRequest : public Request {
 public:
  explicit MpiRequest(MPI_Request request, bool receives = false) : request_(request), receives_(receives) {}
  ~MpiRequest() override {
    if (request_ == MPI_REQUEST_NULL) return;
    // A receive that is called back is over without anyone else's doing, unless its message is on the way.
    // MPI has no calling back of collectives, and has given up that of sends: whoever leaves one ends the job
    // soon.
    if (receives_) MPI_Cancel(&request_);
    using Clock = std::chrono::steady_clock;
    const auto patience = Clock::now() + std::chrono::seconds(receives_ ? 1 : 0);
    int over = 0;
    do
      if (MPI_Test(&request_, &over, MPI_STATUS_IGNORE) != MPI_SUCCESS) over = 1;
    while (!over && Clock::now() < patience);
    if (!over) abandon(std::move(buffers_));
  }
  bool done() override {
    if (request_ == MPI_REQUEST_NULL) return true;
    int flag = 0;
    check(MPI_Test(&request_, &flag, MPI_STATUS_IGNORE), "waiting for a message");
    return flag != 0;
  }

 private:
  MPI_Request request_;
  bool receives_;
};

float from_bfloat16(std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); }

std::uint16_t to_bfloat16(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (std::isnan(value)) return static_cast<std::uint16_t>((bits >> 16) | 0x40);
  return static_cast<std::uint16_t>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

void sum_bfloat16(void* in, void* into, int* count, MPI_Datatype*) {
  const auto* a = static_cast<const std::uint16_t*>(in);
  auto* b = static_cast<std::uint16_t*>(into);
  for (int i = 0; i < *count; ++i) b[i] = to_bfloat16(from_bfloat16(a[i]) + from_bfloat16(b[i]));
}

MPI_Op bfloat16_sum() {
  static const MPI_Op op = [] {
    MPI_Op made = MPI_OP_NULL;
    check(MPI_Op_create(sum_bfloat16, 1, &made), "MPI_Op_create");
    return made;
  }();
  return op;
}

class MpiCommunicator : public Communicator {
 public:
  MpiCommunicator(MPI_Comm comm, std::shared_ptr<std::atomic<std::int64_t>> begun)
      : comm_(comm), begun_(std::move(begun)) {
    check(MPI_Comm_set_errhandler(comm_, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
    check(MPI_Comm_rank(comm_, &rank_), "MPI_Comm_rank");
    check(MPI_Comm_size(comm_, &size_), "MPI_Comm_size");
  }
  ~MpiCommunicator() override {
    // Freeing is collective: not while an error unwinds this rank alone.
    if (std::uncaught_exceptions() == 0) MPI_Comm_free(&comm_);
  }
  MpiCommunicator(const MpiCommunicator&) = delete;
  MpiCommunicator& operator=(const MpiCommunicator&) = delete;

  int rank() const override { return rank_; }
  int size() const override { return size_; }

  std::unique_ptr<Communicator> split(int color, int key) override {
    MPI_Comm part = MPI_COMM_NULL;
    check(MPI_Comm_split(comm_, color, key, &part), "MPI_Comm_split");
    return std::make_unique<MpiCommunicator>(part, begun_);
  }
  std::unique_ptr<Communicator> split_by_machine() override {
    MPI_Comm part = MPI_COMM_NULL;
    check(MPI_Comm_split_type(comm_, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &part),
          "MPI_Comm_split_type");
    return std::make_unique<MpiCommunicator>(part, begun_);
  }

  RequestPtr start_sum(void* data, std::int64_t count, DataType type) override {
    MPI_Datatype datatype = MPI_DATATYPE_NULL;
    MPI_Op op = MPI_SUM;
    if (type == DataType::float32) datatype = MPI_FLOAT;
    if (type == DataType::float64) datatype = MPI_DOUBLE;
    if (type == DataType::int64) datatype = MPI_INT64_T;
    if (type == DataType::bfloat16) datatype = MPI_UINT16_T, op = bfloat16_sum();
    if (datatype == MPI_DATATYPE_NULL)
      throw CommError(cat("numbers of type ", name(type), " cannot be summed"));
    MPI_Request request = MPI_REQUEST_NULL;
    ++*begun_;
    check(MPI_Iallreduce(MPI_IN_PLACE, data, as_int(count), datatype, op, comm_, &request), "all-reduce");
    return std::make_unique<MpiRequest>(request);
  }
  RequestPtr start_broadcast(void* data, std::int64_t bytes, int root) override {
    MPI_Request request = MPI_REQUEST_NULL;
    ++*begun_;
    check(MPI_Ibcast(data, as_int(bytes), MPI_BYTE, root, comm_, &request), "broadcast");
    return std::make_unique<MpiRequest>(request);
  }
  RequestPtr start_all_gather(const void* data, std::int64_t bytes, void* into) override {
    MPI_Request request = MPI_REQUEST_NULL;
    ++*begun_;
    check(MPI_Iallgather(data, as_int(bytes), MPI_BYTE, into, as_int(bytes), MPI_BYTE, comm_, &request),
          "all-gather");
    return std::make_unique<MpiRequest>(request);
  }
  RequestPtr start_send(const void* data, std::int64_t bytes, int to, int tag) override {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Isend(data, as_int(bytes), MPI_BYTE, to, tag, comm_, &request), "send");
    return std::make_unique<MpiRequest>(request);
  }
  RequestPtr start_receive(void* data, std::int64_t bytes, int from, int tag) override {
    MPI_Request request = MPI_REQUEST_NULL;
    check(MPI_Irecv(data, as_int(bytes), MPI_BYTE, from, tag, comm_, &request), "receive");
    return std::make_unique<MpiRequest>(request, true);
  }

 private:
  MPI_Comm comm_;
  std::shared_ptr<std::atomic<std::int64_t>> begun_;  ///< collectives of this process
  int rank_ = 0, size_ = 1;
};

}  // namespace

World::World(const Launch& launch)
    : begun_(std::make_shared<std::atomic<std::int64_t>>(0)), all_(single_process()) {
  if (launch.world <= 1) return;
  int provided = 0, size = 0;
  // MPI's hwloc asks X displays about GPUs, and Xlib ends the process when a display goes away meanwhile.
  ::setenv("HWLOC_COMPONENTS", "-gl", 0);
  check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_MULTIPLE, &provided), "MPI_Init_thread");
  mpi_ = true;
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  if (size != launch.world) {
    const std::string message =
        cat(launch.launcher, " started ", launch.world, " processes, but MPI sees ", size,
            ": this MPI does not know that launcher. Start with this MPI's own mpirun (inside sbatch or flux "
            "batch), or "
            "build with the site's MPI");
    MPI_Finalize();
    mpi_ = false;
    throw ConfigError(message);
  }
  if (provided < MPI_THREAD_MULTIPLE) {
    MPI_Finalize();
    mpi_ = false;
    throw CommError(
        "this MPI has no MPI_THREAD_MULTIPLE, which overlap of communication and computation needs");
  }
  MPI_Comm own = MPI_COMM_NULL;
  check(MPI_Comm_dup(MPI_COMM_WORLD, &own), "MPI_Comm_dup");
  all_ = std::make_unique<MpiCommunicator>(own, begun_);
  const auto here = all_->split_by_machine();
  local_rank_ = here->rank();
  local_size_ = here->size();
}

World::~World() {
  if (std::uncaught_exceptions() == 0) close();  // else the caller aborts the job
}

void World::close() {
  if (!mpi_) return;
  mpi_ = false;
  all_ = single_process();
  MPI_Finalize();
}

void World::abort(int code) {
  if (mpi_) MPI_Abort(MPI_COMM_WORLD, code);
  std::_Exit(code);
}

std::string mpi_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length = 0;
  MPI_Get_library_version(text, &length);
  return std::string(trim(split(text, ',').front()));
}

}  // namespace scaffold

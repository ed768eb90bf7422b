#include "parallel/c10d_backend.hpp"

#include <ATen/ATen.h>
#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Work.hpp>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

void check_host(const at::Tensor& tensor) {
  if (!tensor.is_cpu() || !tensor.is_contiguous())
    throw CommError("messages between ranks take contiguous tensors in host memory");
}

DataType data_type_of(const at::Tensor& tensor) {
  check_host(tensor);
  switch (tensor.scalar_type()) {
    case at::kFloat:
      return DataType::float32;
    case at::kDouble:
      return DataType::float64;
    case at::kBFloat16:
      return DataType::bfloat16;
    case at::kLong:
      return DataType::int64;
    default:
      throw CommError(cat("tensors of type ", c10::toString(tensor.scalar_type()), " cannot be summed"));
  }
}

class HostWork : public c10d::Work {
 public:
  HostWork(int rank, c10d::OpType type, std::vector<at::Tensor> tensors)
      : Work(rank, type),
        tensors_(std::move(tensors)),
        future_(c10::make_intrusive<c10::ivalue::Future>(c10::ListType::create(c10::TensorType::get()))) {}

  void finish(const std::exception_ptr& error) {
    if (error)
      future_->setError(error);
    else
      future_->markCompleted(c10::IValue(tensors_));
    Work::finish(error);
  }
  c10::intrusive_ptr<c10::ivalue::Future> getFuture() override { return future_; }
  std::vector<at::Tensor> result() override { return tensors_; }

 private:
  std::vector<at::Tensor> tensors_;
  c10::intrusive_ptr<c10::ivalue::Future> future_;
};

class HostBackend : public c10d::Backend {
 public:
  HostBackend(Communicator& comm, ProgressThread& progress)
      : Backend(comm.rank(), comm.size()), comm_(comm), progress_(progress) {}

  const std::string getBackendName() const override { return "scaffold"; }

  c10::intrusive_ptr<c10d::Work> allreduce(std::vector<at::Tensor>& tensors,
                                           const c10d::AllreduceOptions& options) override {
    if (options.reduceOp.op_ != c10d::ReduceOp::SUM) throw CommError("the all-reduce supports sums only");
    std::vector<RequestPtr> requests;
    requests.reserve(tensors.size());
    for (const auto& tensor : tensors)
      requests.push_back(comm_.start_sum(tensor.data_ptr(), tensor.numel(), data_type_of(tensor)));
    return start(c10d::OpType::ALLREDUCE, tensors, std::move(requests));
  }
  c10::intrusive_ptr<c10d::Work> broadcast(std::vector<at::Tensor>& tensors,
                                           const c10d::BroadcastOptions& options) override {
    std::vector<RequestPtr> requests;
    requests.reserve(tensors.size());
    for (const auto& tensor : tensors)
      requests.push_back(comm_.start_broadcast(tensor.data_ptr(), static_cast<std::int64_t>(tensor.nbytes()),
                                               static_cast<int>(options.rootRank)));
    return start(c10d::OpType::BROADCAST, tensors, std::move(requests));
  }
  c10::intrusive_ptr<c10d::Work> _allgather_base(at::Tensor& output, at::Tensor& input,
                                                 const c10d::AllgatherOptions&) override {
    std::vector<RequestPtr> requests;
    requests.push_back(comm_.start_all_gather(input.data_ptr(), static_cast<std::int64_t>(input.nbytes()),
                                              output.data_ptr()));
    return start(c10d::OpType::_ALLGATHER_BASE, {output, input}, std::move(requests));
  }
  c10::intrusive_ptr<c10d::Work> send(std::vector<at::Tensor>& tensors, int to, int tag) override {
    std::vector<RequestPtr> requests;
    requests.reserve(tensors.size());
    for (const auto& tensor : tensors) {
      check_host(tensor);
      requests.push_back(
          comm_.start_send(tensor.data_ptr(), static_cast<std::int64_t>(tensor.nbytes()), to, tag));
    }
    return start(c10d::OpType::SEND, tensors, std::move(requests));
  }
  c10::intrusive_ptr<c10d::Work> recv(std::vector<at::Tensor>& tensors, int from, int tag) override {
    std::vector<RequestPtr> requests;
    requests.reserve(tensors.size());
    for (const auto& tensor : tensors) {
      check_host(tensor);
      requests.push_back(
          comm_.start_receive(tensor.data_ptr(), static_cast<std::int64_t>(tensor.nbytes()), from, tag));
    }
    return start(c10d::OpType::RECV, tensors, std::move(requests));
  }
  c10::intrusive_ptr<c10d::Work> barrier(const c10d::BarrierOptions&) override {
    std::vector<at::Tensor> nothing{at::zeros({1}, at::kLong)};
    return allreduce(nothing, {});
  }

 private:
  c10::intrusive_ptr<c10d::Work> start(c10d::OpType type, std::vector<at::Tensor> tensors,
                                       std::vector<RequestPtr> requests) {
    const auto kept = std::make_shared<std::vector<at::Tensor>>(tensors);
    for (const auto& request : requests) request->keep(kept);
    auto work = c10::make_intrusive<HostWork>(getRank(), type, std::move(tensors));
    progress_.watch(std::move(requests), [work](const std::exception_ptr& error) { work->finish(error); });
    return work;
  }

  Communicator& comm_;
  ProgressThread& progress_;
};

}  // namespace

c10::intrusive_ptr<c10d::ProcessGroup> make_process_group(Communicator& comm, ProgressThread& progress) {
  auto group = c10::make_intrusive<c10d::ProcessGroup>(comm.rank(), comm.size());
  group->setBackend(c10::DeviceType::CPU, c10d::ProcessGroup::BackendType::CUSTOM,
                    c10::make_intrusive<HostBackend>(comm, progress));
  group->setDefaultBackend(c10d::ProcessGroup::BackendType::CUSTOM);
  group->setGroupName("gradients");
  return group;
}

}  // namespace scaffold

#include "parallel/gradient_reducer.hpp"

#include <ATen/ATen.h>
#include <ATen/Parallel.h>
#include <c10/util/ApproximateClock.h>
#include <omp.h>
#include <torch/csrc/distributed/c10d/reducer.hpp>

#include <atomic>
#include <mutex>

#include "core/clock.hpp"

namespace scaffold {
namespace {

/// Operators of this thread alone compute without a team of threads. (c10::ParallelGuard does not keep ATen's
/// OpenMP loops from starting one.)
class SingleThread {
 public:
  SingleThread() : threads_(at::get_num_threads()) { omp_set_num_threads(1); }
  SingleThread(const SingleThread&) = delete;
  SingleThread& operator=(const SingleThread&) = delete;
  ~SingleThread() { omp_set_num_threads(threads_); }

 private:
  int threads_;  ///< as ATen sets it when a thread first asks
};

/// Shared between the hook, which the reducer owns, and the progress thread.
struct Flight {
  GradientReducerOptions options;
  c10::intrusive_ptr<c10d::ProcessGroup> group;
  GradientTraffic traffic;
  Stopwatch clock;
  double first_start = -1, last_start = 0;
  std::atomic<double> last_end{0};
  std::mutex notes_mutex;
  std::vector<TracedInterval>* notes = nullptr;  ///< buckets end on the progress thread
  /// Buckets that wait for the end of the backward pass, when nothing shall overlap.
  std::vector<std::pair<at::Tensor, c10::intrusive_ptr<c10::ivalue::Future>>> held;

  void start(const at::Tensor& bucket, const c10::intrusive_ptr<c10::ivalue::Future>& result) {
    at::Tensor travels = options.bfloat16 ? bucket.to(at::kBFloat16) : bucket;
    std::vector<at::Tensor> tensors{travels};
    traffic.bytes += static_cast<std::int64_t>(travels.nbytes());
    ++traffic.buckets;
    const std::int64_t begin = c10::getTime();
    const auto work = group->allreduce(tensors);
    work->getFuture()->addCallback([this, bucket, travels, result, begin](c10::ivalue::Future& done) {
      last_end = clock.seconds();
      note(begin, static_cast<std::int64_t>(travels.nbytes()));
      if (done.hasError()) return result->setError(done.exception_ptr());
      if (options.bfloat16) {
        const SingleThread alone;  // the progress thread's own team would stand beside the training's
        bucket.copy_(travels);
      }
      result->markCompleted(c10::IValue(bucket));
    });
  }

  void note(std::int64_t begin, std::int64_t bytes) {
    const std::lock_guard lock(notes_mutex);
    if (notes) notes->push_back({"all-reduce", begin, c10::getTime(), bytes});
  }
};

class Hook : public c10d::CommHookInterface {
 public:
  explicit Hook(Flight& flight) : flight_(flight) {}

  c10::intrusive_ptr<c10::ivalue::Future> runHook(c10d::GradBucket& bucket) override {
    at::Tensor buffer = bucket.getBufferRef();
    // On a GPU the future carries the streams' events, so that completing it does not wait on the host.
    std::vector<c10::Device> devices;
    if (!buffer.is_cpu()) devices.push_back(buffer.device());
    auto result = c10::make_intrusive<c10::ivalue::Future>(c10::TensorType::get(), std::move(devices));
    if (flight_.options.replicas > 1) buffer.div_(flight_.options.replicas);
    flight_.last_start = flight_.clock.seconds();
    if (flight_.first_start < 0) flight_.first_start = flight_.last_start;
    if (flight_.options.overlap) {
      flight_.start(buffer, result);
    } else {
      flight_.held.emplace_back(buffer, result);
      if (bucket.isLast()) {
        for (const auto& [tensor, future] : flight_.held) flight_.start(tensor, future);
        flight_.held.clear();
      }
    }
    return result;
  }
  at::Tensor parseHookResult(const c10::IValue& result) override { return result.toTensor(); }

 private:
  Flight& flight_;
};

}  // namespace

struct GradientReducer::Impl {
  Flight flight;
  std::unique_ptr<c10d::Reducer> reducer;
};

GradientReducer::GradientReducer(std::vector<at::Tensor> parameters,
                                 const c10::intrusive_ptr<c10d::ProcessGroup>& group,
                                 const GradientReducerOptions& options)
    : impl_(std::make_unique<Impl>()) {
  Flight& flight = impl_->flight;
  flight.options = options;
  flight.group = group;
  // A small first bucket, so that messages start early.
  const std::int64_t first_bytes = std::min<std::int64_t>(options.bucket_bytes, 1 << 20);
  const std::vector<bool> sparse(parameters.size(), false);
  // Gradients come last parameter first.
  std::vector<at::Tensor> reversed(parameters.rbegin(), parameters.rend());
  auto [buckets, limits] = c10d::compute_bucket_assignment_by_size(
      reversed, {static_cast<std::size_t>(first_bytes), static_cast<std::size_t>(options.bucket_bytes)},
      sparse);
  for (auto& bucket : buckets)
    for (auto& index : bucket) index = parameters.size() - 1 - index;
  impl_->reducer = std::make_unique<c10d::Reducer>(
      std::move(parameters), std::move(buckets), flight.group, sparse, options.bucket_bytes,
      /*find_unused_parameters=*/false, /*gradient_as_bucket_view=*/true,
      std::unordered_map<std::size_t, std::string>{}, first_bytes, /*skip_all_reduce_unused_params=*/false,
      /*use_python_reducer=*/false, std::vector<std::int64_t>{});
  impl_->reducer->register_comm_hook(std::make_unique<Hook>(flight));
}

GradientReducer::~GradientReducer() = default;

void GradientReducer::prepare() {
  impl_->reducer->rebuild_buckets();
  impl_->reducer->prepare_for_forward();
  impl_->reducer->prepare_for_backward({});
}

void GradientReducer::backward(const at::Tensor& loss) {
  Flight& flight = impl_->flight;
  flight.first_start = -1;
  loss.backward();
  if (flight.first_start < 0) return;
  const double end = flight.last_end.load();
  flight.traffic.total_seconds += std::max(0.0, end - flight.first_start);
  flight.traffic.exposed_seconds += std::max(0.0, end - flight.last_start);
}

void GradientReducer::note_flights(std::vector<TracedInterval>* into) {
  const std::lock_guard lock(impl_->flight.notes_mutex);
  impl_->flight.notes = into;
}

const GradientTraffic& GradientReducer::traffic() const { return impl_->flight.traffic; }

}  // namespace scaffold

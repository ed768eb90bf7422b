// Gradients of all ranks become one: summed over a replica's shards, averaged over replicas, bucket by bucket
// while the backward pass still computes the rest (c10d::Reducer).
#pragma once
#include <ATen/core/Tensor.h>

#include <c10/util/intrusive_ptr.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "device/trace_mark.hpp"

namespace c10d {
class ProcessGroup;
}

namespace scaffold {

struct GradientReducerOptions {
  int replicas = 1;
  std::int64_t bucket_bytes = 25 << 20;
  bool bfloat16 = false;  ///< travel as bfloat16: half the bytes, rounded
  bool overlap =
      true;  ///< false: nothing is sent before the backward pass is over (to measure what overlap gains)
};

/// Bytes of gradients that a step reduces: every parameter once.
inline std::int64_t count_allreduce_bytes(std::int64_t parameters, bool bfloat16) {
  return parameters * (bfloat16 ? 2 : 4);
}

/// Counted where it is sent.
struct GradientTraffic {
  std::int64_t bytes = 0, buckets = 0;  ///< of the values reduced, once each
  double total_seconds = 0;    ///< from the first bucket's start to the last one's end, summed over steps
  double exposed_seconds = 0;  ///< of it, after the backward pass had no more to compute
};

class GradientReducer {
 public:
  /// `group`: all ranks, used by nothing else, on the parameters' device. The parameters' hooks stay for the
  /// reducer's life.
  GradientReducer(std::vector<at::Tensor> parameters, const c10::intrusive_ptr<c10d::ProcessGroup>& group,
                  const GradientReducerOptions& options);
  ~GradientReducer();

  /// Before the forward pass whose backward pass shall reduce. Without it gradients only accumulate.
  void prepare();
  /// The backward pass from `loss`; afterwards every rank has the same gradients (when prepared).
  void backward(const at::Tensor& loss);

  const GradientTraffic& traffic() const;
  /// From now on each bucket's all-reduce is noted there; null: no more.
  void note_flights(std::vector<TracedInterval>* into);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace scaffold

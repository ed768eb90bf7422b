#include "job/evaluate.hpp"

#include <ATen/ATen.h>
#include <c10/core/GradMode.h>

#include <algorithm>

#include "core/error.hpp"
#include "device/trace_mark.hpp"

namespace scaffold {

Evaluation evaluate(const Network& network, Prefetcher& feed, const std::vector<int>& samples,
                    const Score& score, ParallelContext& parallel, const EvaluateHooks& hooks) {
  const c10::NoGradGuard no_grad;
  const TraceMark mark("validation");
  const auto replicas = static_cast<std::size_t>(parallel.grid().replicas());
  const auto replica = static_cast<std::size_t>(parallel.grid().replica());
  std::vector<std::int32_t> own;
  for (std::size_t i = replica; i < samples.size(); i += replicas) own.push_back(samples[i]);
  feed.start(std::move(own));

  std::vector<double> table(samples.size() * score.columns());
  for (std::size_t first = 0; first < samples.size(); first += replicas) {
    if (const int signal = parallel.status_reduce()->signal()) throw Interrupted(signal);
    if (const std::size_t place = first + replica; place < samples.size()) {
      const Batch one = feed.next(1);
      const at::Tensor output = network.output(one);
      const std::span row(table.data() + place * score.columns(), score.columns());
      score.measure(output, one, network.sharding(), row);
      if (hooks.on_sample) hooks.on_sample(place, row, output, one);
    }
    if (hooks.progress) hooks.progress(static_cast<std::int64_t>(std::min(first + replicas, samples.size())));
  }
  parallel.sum_over_replicas(table);
  return score.finish(table);
}

}  // namespace scaffold

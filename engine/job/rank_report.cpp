#include "job/rank_report.hpp"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <set>

#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "storage/checksum.hpp"

namespace scaffold {
namespace {

enum Column {
  step_seconds,
  halo_bytes,
  validation_halo_bytes,
  statistics_bytes,
  allreduce_bytes,
  halo_seconds,
  halo_wait,
  statistics_wait,
  allreduce_seconds,
  allreduce_exposed,
  share,
  total_share,
  peak_memory_bytes,
  columns
};
using Row = std::array<double, columns>;

std::vector<Row> gather(ParallelContext& parallel, const Row& own) {
  std::vector<Row> rows(static_cast<std::size_t>(parallel.grid().world()));
  wait(*parallel.control().start_all_gather(own.data(), sizeof own, rows.data()));
  return rows;
}

}  // namespace

void RankReport::begin(const GradientTraffic& gradients, const Sharding* sharding) {
  before_ = {gradients, sharding ? sharding->traffic : ShardTraffic{}};
}

void RankReport::end_training(const GradientTraffic& gradients, const Sharding* sharding) {
  trained_ = {gradients, sharding ? sharding->traffic : ShardTraffic{}};
}

std::optional<ParallelRecord> RankReport::finish(ParallelContext& parallel, const GradientTraffic& gradients,
                                                 const Sharding* sharding, const PhaseSeconds& phases,
                                                 std::int64_t steps, std::uint64_t peak_memory) {
  if (parallel.single_rank()) return std::nullopt;
  const ShardTraffic &from = before_.shards, &to = trained_.shards;
  Row own{};
  own[halo_bytes] = static_cast<double>(to.halo_bytes - from.halo_bytes);
  if (sharding)
    own[validation_halo_bytes] = static_cast<double>(sharding->traffic.halo_bytes - to.halo_bytes);
  own[statistics_bytes] = static_cast<double>(to.sum_bytes - from.sum_bytes);
  own[allreduce_bytes] = static_cast<double>(trained_.gradients.bytes - before_.gradients.bytes);
  own[halo_seconds] = to.halo_seconds - from.halo_seconds;
  own[halo_wait] = to.halo_wait_seconds - from.halo_wait_seconds;
  own[statistics_wait] = to.sum_wait_seconds - from.sum_wait_seconds;
  own[allreduce_seconds] = trained_.gradients.total_seconds - before_.gradients.total_seconds;
  own[allreduce_exposed] = trained_.gradients.exposed_seconds - before_.gradients.exposed_seconds;
  own[peak_memory_bytes] = static_cast<double>(peak_memory);
  const double training = phases.data_wait + phases.forward + phases.backward + phases.optimizer;
  const double waiting = own[halo_wait] + own[statistics_wait] + own[allreduce_exposed];
  own[step_seconds] =
      std::max(0.0, training - waiting) / static_cast<double>(std::max<std::int64_t>(steps, 1));
  const double flying = own[halo_seconds] + own[statistics_wait] + own[allreduce_seconds];
  own[share] = training > 0 ? waiting / training : 0;
  own[total_share] = training > 0 ? flying / training : 0;
  begin(gradients, sharding);

  const auto rows = gather(parallel, own);
  const auto hosts = all_gather(parallel.control(), describe_machine().host);
  ParallelRecord record;
  record.steps = steps;
  std::vector<double> seconds;
  for (const Row& row : rows) {
    seconds.push_back(row[step_seconds]);
    record.halo_bytes = std::max(record.halo_bytes, row[halo_bytes]);
    record.statistics_bytes = std::max(record.statistics_bytes, row[statistics_bytes]);
    record.allreduce_bytes = std::max(record.allreduce_bytes, row[allreduce_bytes]);
    record.validation_halo_bytes = std::max(record.validation_halo_bytes, row[validation_halo_bytes]);
    record.peak_memory_bytes =
        std::max(record.peak_memory_bytes, static_cast<std::uint64_t>(row[peak_memory_bytes]));
    const auto n = static_cast<double>(rows.size());
    record.halo_seconds += row[halo_seconds] / n;
    record.halo_wait += row[halo_wait] / n;
    record.statistics_wait += row[statistics_wait] / n;
    record.allreduce_seconds += row[allreduce_seconds] / n;
    record.allreduce_exposed += row[allreduce_exposed] / n;
    record.communication_share += row[share] / n;
    record.communication_total += row[total_share] / n;
  }
  record.slowest_rank = static_cast<int>(std::max_element(seconds.begin(), seconds.end()) - seconds.begin());
  record.slowest_host = hosts[static_cast<std::size_t>(record.slowest_rank)];
  record.hosts = static_cast<int>(std::set<std::string>(hosts.begin(), hosts.end()).size());
  if (rows.size() <= ParallelRecord::max_listed_ranks) {
    record.rank_step_seconds = seconds;
    for (const Row& row : rows) record.rank_peak_bytes.push_back(row[peak_memory_bytes]);
  }
  std::sort(seconds.begin(), seconds.end());
  record.step_min = seconds.front();
  record.step_median = (seconds[(seconds.size() - 1) / 2] + seconds[seconds.size() / 2]) / 2;
  record.step_max = seconds.back();
  return record;
}

void check_same_parameters(const Network& network, ParallelContext& parallel) {
  if (parallel.single_rank()) return;
  Checksum sum;
  for (const auto& parameter : network.parameters()) {
    const at::Tensor host = parameter.value.detach().to(at::kCPU).contiguous();
    sum.update(host.data_ptr(), host.nbytes());
  }
  const std::uint64_t own = sum.value();
  std::vector<std::uint64_t> all(static_cast<std::size_t>(parallel.grid().world()));
  wait(*parallel.control().start_all_gather(&own, sizeof own, all.data()));
  std::string differing;
  for (std::size_t r = 1; r < all.size(); ++r)
    if (all[r] != all[0]) differing += cat(differing.empty() ? "" : ", ", r);
  if (!differing.empty())
    throw CommError(cat("the parameters of rank ", differing,
                        " are not those of rank 0: ranks have drifted apart, by a ",
                        "fault of memory or network, or by processors that round differently"));
}

}  // namespace scaffold

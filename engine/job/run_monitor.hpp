// Whether and how a run is published: between the configuration, the publisher and the trainer.
#pragma once
#include <memory>

#include "config/config.hpp"
#include "job/snapshot_collector.hpp"
#include "monitor/publisher.hpp"
#include "parallel/parallel_context.hpp"
#include "run/records.hpp"
#include "run/run_folder.hpp"

namespace scaffold {

/// Rank 0's. Null when the run is not monitored.
std::unique_ptr<monitor::Publisher> publish_run(const Config& config, const std::string& config_yaml,
                                                const RunFolder& folder, std::int64_t epochs_done);

/// What the trainer needs to know of those who watch; `publisher` may be null. All ranks must hear on rank
/// 0's `on` (SnapshotOptions).
SnapshotOptions snapshot_options(const Config& config, monitor::Publisher* publisher);
/// Rank 0's context hears the publisher's orders.
void listen(ParallelContext& parallel, monitor::Publisher& publisher);
ObservedRecord observed(const Config& config, const monitor::Publisher* publisher,
                        const std::vector<std::string>& orders);

/// Says how it can be watched.
void announce(const monitor::Publisher& publisher, const Config& config, const RunFolder& folder);

}  // namespace scaffold

// Whether and how a run is published: between the configuration, the publisher and the trainer.
#pragma once
#include <memory>

#include "config/config.hpp"
#include "monitor/publisher.hpp"
#include "train/records.hpp"
#include "train/run_folder.hpp"

namespace scaffold {

/// Rank 0's. Null when the run is not monitored.
std::unique_ptr<monitor::Publisher> publish_run(const Config& config, const std::string& config_yaml,
                                                const RunFolder& folder, std::int64_t epochs_done);

/// Says how it can be watched.
void announce(const monitor::Publisher& publisher, const Config& config, const RunFolder& folder);

}  // namespace scaffold

#include "job/run_monitor.hpp"

#include <unistd.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "core/version.hpp"

namespace scaffold {
namespace {

bool interactive() { return isatty(STDERR_FILENO) == 1; }

}  // namespace

std::unique_ptr<monitor::Publisher> publish_run(const Config& config, const std::string& config_yaml,
                                                const RunFolder& folder, std::int64_t epochs_done) {
  if (config.monitor == "0" || (config.monitor == "auto" && !interactive())) return nullptr;
  monitor::PublisherOptions options;
  options.run_folder = folder.path();
  options.listen = config.monitor != "record";
  options.address = config.monitor_address;
  options.port = static_cast<int>(config.monitor_port);
  options.control = config.monitor_control;
  options.snapshots = {config.snapshot_interval, static_cast<std::uint64_t>(config.snapshot_limit_mib) << 20};
  options.epochs_done = epochs_done;
  options.program = cat("scaffold ", version());
  options.config_yaml = config_yaml;
  try {
    return std::make_unique<monitor::Publisher>(std::move(options));
  } catch (const Error& error) {
    if (config.monitor != "auto") throw;
    log::warning(cat(error.what(), "; the run is not published"));
    return nullptr;
  }
}

SnapshotOptions snapshot_options(const Config& config, monitor::Publisher* publisher) {
  SnapshotOptions keep;
  keep.on = publisher != nullptr;
  keep.worst = config.snapshot_worst;
  keep.max_voxels = static_cast<std::uint64_t>(config.snapshot_volume_mib) << 20;
  if (publisher) keep.chosen = [publisher] { return publisher->chosen(); };
  return keep;
}

void listen(ParallelContext& parallel, monitor::Publisher& publisher) {
  parallel.set_commands([&publisher] {
    return (publisher.take(monitor::Control::checkpoint_now) ? ParallelContext::checkpoint_now : 0u) |
           (publisher.take(monitor::Control::stop_after_epoch) ? ParallelContext::stop_after_epoch : 0u);
  });
}

ObservedRecord observed(const Config& config, const monitor::Publisher* publisher,
                        const std::vector<std::string>& orders) {
  ObservedRecord record;
  if (!publisher) return record;
  const monitor::Observed seen = publisher->observed();
  record.monitor = config.monitor == "record" ? "record" : "1";
  record.watchers = seen.watchers;
  record.at_once = seen.at_once;
  record.rejected = seen.rejected;
  record.bytes_sent = seen.bytes_sent;
  record.volumes = seen.volumes;
  record.orders = orders;
  return record;
}

void announce(const monitor::Publisher& publisher, const Config& config, const RunFolder& folder) {
  if (config.monitor == "record") return;
  log::info(cat("watch it live: scaffold-viewer --attach ", folder.path().string(), "   (or: scaffold watch ",
                folder.path().string(), ")"));
  log::debug(cat("published on ", publisher.endpoint()));
}

}  // namespace scaffold

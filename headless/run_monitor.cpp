#include "run_monitor.hpp"

#include <unistd.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "version.hpp"

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

void announce(const monitor::Publisher& publisher, const Config& config, const RunFolder& folder) {
  if (config.monitor == "record") return;
  log::info(cat("watch it live: scaffold-viewer --attach ", folder.path().string(), "   (or: scaffold watch ",
                folder.path().string(), ")"));
  log::debug(cat("published on ", publisher.endpoint()));
}

}  // namespace scaffold

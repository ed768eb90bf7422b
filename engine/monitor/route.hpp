// How a watcher gets to a run.
#pragma once
#include <memory>
#include <string>

#include "core/error.hpp"
#include "core/files.hpp"
#include "monitor/monitor_file.hpp"

namespace scaffold::monitor {

/// Where to connect, and with what.
struct Contact {
  std::string endpoint;  ///< "tcp://HOST:PORT", as it can be reached from here
  MonitorFile file;
};

/// The run is known, and cannot be talked to from here as things are: it is tried again.
struct Unreachable : DataError {
  using DataError::DataError;
};

/// Called from one thread, again whenever the connection was lost: the run may have moved.
class Route {
 public:
  virtual ~Route() = default;
  /// May take a while (ssh). DataError or SystemError saying what is missing: it is tried again later.
  /// Unreachable where nothing is missing but the way.
  virtual Contact find() = 0;
  /// Seconds until find() is called again after it failed, or what it found was lost.
  virtual double pause() const { return 1; }
  /// From any thread: nobody waits for find() any more.
  virtual void stop() {}
  /// For messages: "'benchmark_runs/x'" or "'~/runs/x' on user@login".
  virtual std::string where() const = 0;
};

/// `path`: a run folder or a monitor file on this machine's file systems. `endpoint`, if not empty, is where
/// it can be reached in truth: a tunnel's near end.
std::unique_ptr<Route> local_route(const fs::path& path, const std::string& endpoint = "");

}  // namespace scaffold::monitor

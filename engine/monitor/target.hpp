// What is to be watched, as it was typed.
#pragma once
#include <memory>
#include <string>

#include "monitor/route.hpp"

namespace scaffold::monitor {

struct Target {
  std::string run;    ///< a run folder, its monitor.json, or tcp://HOST:PORT
  std::string key{};  ///< the monitor file, where it is not in the run folder: always of an endpoint
  std::string
      login{};  ///< user@login to reach the folder by ssh; empty: it is on this machine's file systems
  std::string endpoint{};  ///< of a run folder: where the run is reached in truth; empty: as its key says
  bool operator==(const Target&) const = default;
  /// The run folder, where that is a folder of this machine; else empty.
  fs::path local_folder() const;
};

/// ConfigError or DataError when the target cannot mean anything, saying what is missing.
std::unique_ptr<Route> route_to(const Target& target);

}  // namespace scaffold::monitor

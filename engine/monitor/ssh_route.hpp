// The way to a run on another machine: its monitor.json is read, and a tunnel to it opened, by the system's
// ssh. docs/remote.md.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "monitor/route.hpp"

namespace scaffold::monitor {

/// `login`: user@machine, machine, or a name in ~/.ssh/config. `path`: the run folder or its monitor.json
/// there, absolute, under "~/", or relative to the home. ConfigError when either is no such thing. The tunnel
/// ends with the route. ssh never asks for anything (BatchMode): keys or an agent have to be there.
std::unique_ptr<Route> ssh_route(const std::string& login, const std::string& path);

/// `text` as one word for a shell, "~/" kept so that it means the home: '~/'\''a b'\'''.
std::string shell_word(const std::string& text);
/// Arguments after "ssh" for a tunnel from a port of this machine to the run; `login_host` is the name that
/// the login machine gives itself. A run that listens on the loopback of another machine is reached through
/// the login machine (-J).
std::vector<std::string> tunnel_arguments(const MonitorFile& file, const std::string& login,
                                          const std::string& login_host, int local_port);

}  // namespace scaffold::monitor

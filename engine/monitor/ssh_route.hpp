// The way to a run on another machine: its monitor.json is read, and a tunnel to it opened, by the system's
// ssh. docs/remote.md.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "core/namespaces.hpp"
#include "monitor/route.hpp"

namespace scaffold::monitor {

/// `login`: user@machine, machine, or a name in ~/.ssh/config. `path`: the run folder or its monitor.json
/// there, absolute, under "~/", or relative to the home. ConfigError when either is no such thing. The tunnel
/// ends with the route. ssh never asks for anything (BatchMode): keys or an agent have to be there.
std::unique_ptr<Route> ssh_route(const std::string& login, const std::string& path);

/// `text` as one word for a shell, "~/" kept so that it means the home: '~/'\''a b'\'''.
std::string shell_word(const std::string& text);

/// What the login machine said of itself and of the run.
struct LoginAnswer {
  bool reached = false;   ///< a command was run there
  bool complete = false;  ///< and the file was read to its end
  std::string host{}, user{};
  Namespaces namespaces{};
  std::string file{};  ///< monitor.json
};
/// The command that is run there, for any login shell.
std::string login_command(const std::string& file);
/// From all that came of it; a login may print whatever it likes before and after.
LoginAnswer parse_login_answer(const std::string& said);

/// Arguments after "ssh" for a tunnel to the run from its standard input and output. A run that listens on
/// the loopback of another machine is reached through the login machine, as the user of that one.
std::vector<std::string> tunnel_arguments(const MonitorFile& file, const std::string& login,
                                          const LoginAnswer& there);

}  // namespace scaffold::monitor

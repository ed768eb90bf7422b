// Addresses on which a run listens, and those under which a machine is found.
#pragma once
#include <string>
#include <vector>

namespace scaffold::monitor {

/// Only processes of the machine itself reach it: its loopback, or an IPv6 address that is valid on one link.
bool is_local(const std::string& address);
/// Every address of the machine.
bool is_everywhere(const std::string& address);

/// The IP address that `given` means on this machine: an IP address itself; of an interface the IPv4 address,
/// else the IPv6 address that reaches furthest. ConfigError naming the interfaces when it is neither.
std::string listening_address(const std::string& given);

/// What "tcp://HOST:PORT" means, with IP addresses for a name: those first that can lead to one who listens
/// on `listens_on`. DataError when the name is not known. Anything but tcp is given back.
std::vector<std::string> numeric_endpoints(const std::string& endpoint, const std::string& listens_on);

/// "tcp://192.0.2.1:80", "tcp://[2001:db8::1]:80".
std::string tcp_endpoint(const std::string& address, const std::string& port);

}  // namespace scaffold::monitor

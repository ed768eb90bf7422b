#include "monitor/addresses.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <memory>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

bool is_version_6(const std::string& address) { return address.find(':') != address.npos; }

bool is_ip_address(const std::string& address) {
  in6_addr ignored;
  const std::string without_zone = address.substr(0, address.find('%'));
  return ::inet_pton(is_version_6(address) ? AF_INET6 : AF_INET, without_zone.c_str(), &ignored) == 1;
}

bool is_link_local(const std::string& address) {
  in6_addr parsed;
  return ::inet_pton(AF_INET6, address.substr(0, address.find('%')).c_str(), &parsed) == 1 &&
         IN6_IS_ADDR_LINKLOCAL(&parsed);
}

/// As text, with the zone of an address that is valid on one link; empty for other kinds of address.
std::string text_of(const sockaddr* address) {
  if (!address || (address->sa_family != AF_INET && address->sa_family != AF_INET6)) return "";
  std::array<char, NI_MAXHOST> text{};
  const socklen_t size = address->sa_family == AF_INET ? sizeof(sockaddr_in) : sizeof(sockaddr_in6);
  return ::getnameinfo(address, size, text.data(), text.size(), nullptr, 0, NI_NUMERICHOST) == 0 ? text.data()
                                                                                                 : "";
}

struct Interface {
  std::string name, address;
};

/// An entry for each address.
std::vector<Interface> interfaces() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) throw_errno("list", "the network interfaces");
  const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, ::freeifaddrs);
  std::vector<Interface> found;
  for (const ifaddrs* each = first; each; each = each->ifa_next)
    if (const std::string address = text_of(each->ifa_addr); !address.empty() && (each->ifa_flags & IFF_UP))
      found.push_back({each->ifa_name, address});
  return found;
}

/// How far an address reaches, the furthest first. Version 4 before 6: those who watch are sure to have it.
int preference(const std::string& address) {
  return !is_version_6(address) ? 0 : is_link_local(address) ? 2 : 1;
}

}  // namespace

bool is_local(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost" || is_link_local(address);
}
bool is_everywhere(const std::string& address) { return address == "0.0.0.0" || address == "::"; }

std::string tcp_endpoint(const std::string& address, const std::string& port) {
  return cat("tcp://", is_version_6(address) ? cat("[", address, "]") : address, ":", port);
}

std::string listening_address(const std::string& given) {
  if (is_ip_address(given)) return given;
  std::string best, there;
  for (const auto& [name, address] : interfaces()) {
    if (name == given && (best.empty() || preference(address) < preference(best))) best = address;
    if (!is_link_local(address)) there += cat(there.empty() ? "" : ", ", name, " (", address, ")");
  }
  if (!best.empty()) return best;
  throw ConfigError(
      cat("monitor_address: '", given,
          "' is neither an IP address nor a network interface of this machine that is up; it has ",
          there.empty() ? "none" : there));
}

std::vector<std::string> numeric_endpoints(const std::string& endpoint, const std::string& listens_on) {
  constexpr std::string_view scheme = "tcp://";
  const auto colon = endpoint.rfind(':');
  if (!endpoint.starts_with(scheme) || colon < scheme.size()) return {endpoint};
  std::string host = endpoint.substr(scheme.size(), colon - scheme.size());
  const std::string port = endpoint.substr(colon + 1);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  if (is_ip_address(host)) return {tcp_endpoint(host, port)};
  addrinfo wanted{};
  wanted.ai_family = AF_UNSPEC;
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  if (const int problem = ::getaddrinfo(host.c_str(), nullptr, &wanted, &first); problem != 0)
    throw DataError(cat("the machine '", host, "' is not known here: ", ::gai_strerror(problem)));
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> all(first, ::freeaddrinfo);
  std::vector<std::string> found;
  for (const addrinfo* each = first; each; each = each->ai_next)
    if (const std::string address = text_of(each->ai_addr); !address.empty())
      found.push_back(tcp_endpoint(address, port));
  // Who listens on an address of version 4 does not hear version 6; "::" hears both.
  if (!is_version_6(listens_on))
    std::stable_partition(found.begin(), found.end(),
                          [](const std::string& each) { return !each.starts_with("tcp://["); });
  return found;
}

}  // namespace scaffold::monitor

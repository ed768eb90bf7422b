#include "monitor/monitor_file.hpp"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/json.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "monitor/addresses.hpp"

namespace scaffold::monitor {
namespace {

constexpr std::size_t key_characters = 40, largest_description = 64 << 10;

std::string to_hex(const Token& token) {
  static constexpr const char* digits = "0123456789abcdef";
  std::string hex;
  for (const auto byte : token) {
    hex += digits[byte >> 4];
    hex += digits[byte & 15];
  }
  return hex;
}

bool from_hex(const std::string& hex, Token& token) {
  if (hex.size() != 2 * token.size()) return false;
  const auto value = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  for (std::size_t i = 0; i < token.size(); ++i) {
    const int high = value(hex[2 * i]), low = value(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    token[i] = static_cast<std::uint8_t>(high << 4 | low);
  }
  return true;
}

/// A name or number, of a link too ("fe80::1%eth0").
bool is_address(const std::string& text) {
  const auto zone = text.find('%');
  return is_host(text.substr(0, zone)) &&
         (zone == text.npos || (is_host(text.substr(zone + 1)) && text.find(':') < zone));
}

}  // namespace

std::string MonitorFile::endpoint() const { return tcp_endpoint(address, cat(port)); }
std::string MonitorFile::reachable_endpoint() const {
  return tcp_endpoint(is_everywhere(address) ? host : address, cat(port));
}

void write_monitor_file(const fs::path& path, const MonitorFile& file) {
  const nlohmann::ordered_json json = {{"format", "scaffold-monitor"},
                                       {"protocol", file.version},
                                       {"endpoint", file.endpoint()},
                                       {"address", file.address},
                                       {"port", file.port},
                                       {"host", file.host},
                                       {"public_key", file.public_key},
                                       {"token", to_hex(file.token)},
                                       {"pid", file.pid},
                                       {"started_utc", file.started_utc},
                                       {"boot_id", file.namespaces.boot_id},
                                       {"network_namespace", file.namespaces.network},
                                       {"pid_namespace", file.namespaces.process}};
  const std::string text = json.dump(2) + "\n";
  write_atomic(path, text, 0600);
}

MonitorFile parse_monitor_file(const std::string& text, const std::string& where) {
  const auto damaged = [&](const std::string& what) { return DataError(cat(where, ": ", what)); };
  try {
    const Json json = parse_json(text, where);
    if (json.at("format") != "scaffold-monitor") throw damaged("it is no monitor file");
    MonitorFile file;
    file.version = json.at("protocol").get<std::uint16_t>();
    file.address = json.at("address").get<std::string>();
    file.host = json.at("host").get<std::string>();
    file.port = json.at("port").get<int>();
    file.public_key = json.at("public_key").get<std::string>();
    file.pid = json.value("pid", std::int64_t{0});
    file.started_utc = json.value("started_utc", std::string());
    file.namespaces.boot_id = json.value("boot_id", std::string());
    file.namespaces.network = json.value("network_namespace", std::uint64_t{0});
    file.namespaces.process = json.value("pid_namespace", std::uint64_t{0});
    if (!is_address(file.address) || !is_host(file.host)) throw damaged("its address is none");
    if (file.port < 1 || file.port > 65535) throw damaged(cat("port ", file.port, " is none"));
    if (file.public_key.size() != key_characters) throw damaged("its public key is damaged");
    if (!from_hex(json.at("token").get<std::string>(), file.token)) throw damaged("its token is damaged");
    return file;
  } catch (const nlohmann::json::exception&) {
    throw damaged("it is damaged, or no monitor file");
  }
}

MonitorFile read_monitor_file(const fs::path& path) {
  std::error_code ignored;
  const fs::path file = fs::is_directory(path, ignored) ? path / monitor_file_name : path;
  const std::string where = cat("'", file.string(), "'");
  if (!fs::exists(file, ignored))
    throw DataError(
        cat("there is no ", where,
            ": the run has not begun, has ended, or does not publish (start it with --monitor 1)"));
  return parse_monitor_file(read_regular_text(file, largest_description), where);
}

bool MonitorFile::may_be_there() const {
  const Same same = same_processes(namespaces, own_namespaces());
  const bool ours = same == Same::unknown ? host == describe_machine().host : same == Same::yes;
  if (pid <= 0 || !ours) return true;
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
}

Same MonitorFile::same_network() const {
  if (!is_local(address)) return Same::yes;
  const Same same = scaffold::same_network(namespaces, own_namespaces());
  return same == Same::unknown && host == describe_machine().host ? Same::yes : same;
}

std::string MonitorFile::why_unreachable() const {
  const bool same_machine = !namespaces.boot_id.empty() && namespaces.boot_id == own_namespaces().boot_id;
  if (same_machine)
    return cat("it listens on the loopback of its container alone (", host,
               "): start it with --monitor-address 0.0.0.0");
  return cat("it listens on the loopback of ", host, " alone: use --ssh ", host,
             " and the folder's absolute path, or start it with --monitor-address 0.0.0.0");
}

bool is_host(const std::string& host) {
  return !host.empty() && host.size() <= 255 && host[0] != '-' &&
         std::all_of(host.begin(), host.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == ':';
         });
}

bool is_endpoint(const std::string& text) {
  constexpr std::string_view scheme = "tcp://";
  if (!std::string_view(text).starts_with(scheme)) return false;
  const auto colon = text.rfind(':');
  std::int64_t port = 0;
  if (colon < scheme.size() + 1 || !parse_int(std::string_view(text).substr(colon + 1), port)) return false;
  std::string host = text.substr(scheme.size(), colon - scheme.size());
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  return port >= 1 && port <= 65535 && is_address(host);
}

}  // namespace scaffold::monitor

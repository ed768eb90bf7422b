#include "monitor/monitor_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/system.hpp"
#include "core/text.hpp"

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

std::string endpoint_of(const std::string& address, int port) {
  const bool version_6 = address.find(':') != address.npos;
  return cat("tcp://", version_6 ? cat("[", address, "]") : address, ":", port);
}

}  // namespace

std::string MonitorFile::endpoint() const { return endpoint_of(address, port); }
std::string MonitorFile::reachable_endpoint() const {
  return endpoint_of(address == "0.0.0.0" || address == "::" ? host : address, port);
}

void write_monitor_file(const fs::path& path, const MonitorFile& file) {
  const nlohmann::ordered_json json = {
      {"format", "scaffold-monitor"},   {"protocol", file.version},    {"endpoint", file.endpoint()},
      {"address", file.address},        {"port", file.port},           {"host", file.host},
      {"public_key", file.public_key},  {"token", to_hex(file.token)}, {"pid", file.pid},
      {"started_utc", file.started_utc}};
  const std::string text = json.dump(2) + "\n";
  // Not write_atomic: between creation and chmod others could read the key.
  const fs::path temporary = temporary_beside(path);
  {
    const FileDescriptor fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) throw_errno("create", temporary.string());
    ::fchmod(fd.get(), 0600);
    if (::write(fd.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
      ::unlink(temporary.c_str());
      throw_errno("write", temporary.string());
    }
  }
  publish(temporary, path);
}

MonitorFile parse_monitor_file(const std::string& text, const std::string& where) {
  const auto damaged = [&](const std::string& what) { return DataError(cat(where, ": ", what)); };
  try {
    const auto json = nlohmann::json::parse(text);
    if (json.at("format") != "scaffold-monitor") throw damaged("it is no monitor file");
    MonitorFile file;
    file.version = json.at("protocol").get<std::uint16_t>();
    file.address = json.at("address").get<std::string>();
    file.host = json.at("host").get<std::string>();
    file.port = json.at("port").get<int>();
    file.public_key = json.at("public_key").get<std::string>();
    file.pid = json.value("pid", std::int64_t{0});
    file.started_utc = json.value("started_utc", std::string());
    if (!is_host(file.address) || !is_host(file.host)) throw damaged("its address is none");
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
  if (pid <= 0 || host != describe_machine().host) return true;
  return ::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM;
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
  return port >= 1 && port <= 65535 && is_host(host);
}

}  // namespace scaffold::monitor

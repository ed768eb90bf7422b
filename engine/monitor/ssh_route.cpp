#include "monitor/ssh_route.hpp"

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cmath>

#include "core/clock.hpp"
#include "core/text.hpp"
#include "monitor/addresses.hpp"
#include "monitor/ssh_process.hpp"
#include "monitor/ssh_tunnel.hpp"

namespace scaffold::monitor {
namespace {

constexpr double patience_seconds = 40, max_pause_seconds = 30;

// Lines around what is asked for; nobody's greeting is like them.
constexpr const char* begin_line = "scaffold: monitor.json follows";
constexpr const char* end_line = "scaffold: monitor.json ends";

/// Never asks, never waits long, says why it fails. What a user may have set for logins by hand and what
/// would be in the way here is off: other forwardings (their ports are taken while the user is logged in),
/// commands to run on either side, becoming the master of connections that are made later.
const std::vector<std::string> common_options = {"-T",
                                                 "-o",
                                                 "BatchMode=yes",
                                                 "-o",
                                                 "ConnectTimeout=10",
                                                 "-o",
                                                 "ControlMaster=no",
                                                 "-o",
                                                 "ClearAllForwardings=yes",
                                                 "-o",
                                                 "RemoteCommand=none",
                                                 "-o",
                                                 "PermitLocalCommand=no",
                                                 "-o",
                                                 "LogLevel=INFO"};

std::string without_domain(const std::string& host) { return host.substr(0, host.find('.')); }

bool is_there(const MonitorFile& file, const LoginAnswer& there) {
  const Same same = same_network(file.namespaces, there.namespaces);
  return same == Same::unknown ? without_domain(file.host) == without_domain(there.host) : same == Same::yes;
}

/// As ssh takes it on its command line.
bool is_user(const std::string& user) {
  return !user.empty() && user.size() <= 100 && user[0] != '-' &&
         std::ranges::all_of(user, [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '@' || c == '\\' || c == '+';
         });
}

bool says(const std::string& complaint, const char* words) { return complaint.find(words) != complaint.npos; }

/// Why monitor.json did not come.
std::string why_no_file(const SshProcess& ssh, const LoginAnswer& answer) {
  const std::string complaint = ssh.complaint();
  if (answer.reached)
    return complaint +
           (says(complaint, "ermission denied")
                ? " (it is for the eyes of the run's owner alone: log in as that user)"
                : " (the run has not begun, has ended, or does not publish: start it with --monitor 1)");
  if (says(complaint, "Permission denied"))
    return complaint + " (it is not asked for a password here: a key, or an agent with it, has to be there)";
  if (says(complaint, "Host key verification failed"))
    return complaint + " (log in once by hand: nobody is asked here whether the machine is the right one)";
  return ssh.succeeded() ? "no command could be run there" : complaint;
}

class SshRoute : public Route {
 public:
  SshRoute(std::string login, std::string path) : login_(std::move(login)), path_(std::move(path)) {
    file_ = path_.ends_with(".json") ? path_ : cat(path_, path_.ends_with('/') ? "" : "/", monitor_file_name);
  }
  Contact find() override {
    tunnel_.reset();
    ++failures_;  // unless it comes to its end
    const LoginAnswer there = ask_login();
    const MonitorFile file = parse_monitor_file(there.file, cat("'", file_, "' on ", login_));
    open_tunnel(file, there);
    failures_ = 0;
    return {tunnel_->endpoint(), file};
  }
  /// A login a second, for as long as a run has not begun, is what machines are guarded against.
  double pause() const override { return std::min(std::exp2(std::max(failures_ - 1, 0)), max_pause_seconds); }
  void stop() override { stop_ = true; }
  std::string where() const override { return cat("'", path_, "' on ", login_); }

 private:
  LoginAnswer ask_login() {
    auto arguments = common_options;
    // "--" would not be understood before the login by every ssh; login and path are checked instead.
    arguments.insert(arguments.end(), {login_, login_command(file_)});
    SshProcess ssh(arguments);
    for (const Stopwatch since; !ssh.ended(); ssh.listen(50)) check(since, "did not answer");
    LoginAnswer answer = parse_login_answer(ssh.said());
    if (!answer.complete) throw DataError(cat("ssh ", login_, ": ", why_no_file(ssh, answer)));
    return answer;
  }
  void open_tunnel(const MonitorFile& file, const LoginAnswer& there) {
    tunnel_ = std::make_unique<SshTunnel>(tunnel_arguments(file, login_, there));
    const Stopwatch since;
    for (auto state = SshTunnel::State::opening; state != SshTunnel::State::open; state = tunnel_->wait(20)) {
      check(since, "opened no tunnel");
      if (state == SshTunnel::State::failed) {
        const std::string why = tunnel_->complaint();
        tunnel_.reset();
        throw Unreachable(cat("ssh: no tunnel to ", file.host, " through ", login_, ": ", why,
                              says(why, "Connection refused") ? " (the run was killed, most likely)" : ""));
      }
    }
  }
  void check(const Stopwatch& since, const char* what) {
    if (stop_) throw SystemError("no longer watched");
    if (since.seconds() < patience_seconds) return;
    tunnel_.reset();
    throw SystemError(cat("ssh ", login_, " ", what, " for ", human_seconds(patience_seconds)));
  }

  std::string login_, path_, file_;
  std::unique_ptr<SshTunnel> tunnel_;
  int failures_ = 0;  ///< in a row
  std::atomic<bool> stop_{false};
};

/// What "readlink /proc/self/ns/net" says; 0 for anything else.
std::uint64_t namespace_number(const std::string& line) {
  std::int64_t number = 0;
  const bool is_one = line.starts_with("net:[") && line.ends_with(']') &&
                      parse_int(std::string_view(line).substr(5, line.size() - 6), number);
  return is_one && number > 0 ? static_cast<std::uint64_t>(number) : 0;
}

}  // namespace

std::string shell_word(const std::string& text) {
  const bool home = text.starts_with("~/");
  std::string word = home ? "~/'" : "'";
  for (const char c : text.substr(home ? 2 : 0)) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

std::string login_command(const std::string& file) {
  // Words that sh, csh and fish read alike. Where the system is another one, two lines are missing.
  return cat("echo; echo '", begin_line, "'; uname -n; id -un; cat /proc/sys/kernel/random/boot_id; ",
             "readlink /proc/self/ns/net; cat ", shell_word(file), " && echo && echo '", end_line, "'");
}

LoginAnswer parse_login_answer(const std::string& said) {
  LoginAnswer answer;
  const auto lines = split(said, '\n');
  const auto begin = std::find(lines.begin(), lines.end(), begin_line);
  if (begin == lines.end()) return answer;
  answer.reached = true;
  const auto end = std::find(begin, lines.end(), end_line);
  answer.complete = end != lines.end() && end - begin > 3;
  if (!answer.complete) return answer;
  answer.host = begin[1];
  answer.user = begin[2];
  auto line = begin + 3;
  constexpr std::size_t boot_id_length = 36;
  if (line->size() == boot_id_length && line->find_first_not_of("0123456789abcdef-") == line->npos)
    answer.namespaces.boot_id = *line++;
  if (line != end && (answer.namespaces.network = namespace_number(*line)) != 0) ++line;
  for (; line != end; ++line) answer.file += *line + '\n';
  return answer;
}

std::vector<std::string> tunnel_arguments(const MonitorFile& file, const std::string& login,
                                          const LoginAnswer& there) {
  auto arguments = common_options;
  arguments.insert(arguments.end(), {"-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=15", "-o",
                                     "ServerAliveCountMax=3"});
  const bool here = is_there(file, there);
  const std::string target =
      is_everywhere(file.address) ? here ? std::string("127.0.0.1") : file.host : file.address;
  const bool version_6 = target.find(':') != std::string::npos;
  const std::string forward = cat(version_6 ? cat("[", target, "]") : target, ":", file.port);
  if (!is_local(file.address) || here) {
    arguments.insert(arguments.end(), {"-W", forward, login});
    return arguments;
  }
  // Only processes of that machine reach it: ssh goes on there. Not by -J, whose first ssh would ask
  // questions and heed what common_options are against.
  std::string first = "ssh";
  for (const auto& option : common_options) first += " " + option;
  const auto at = login.rfind('@');
  const std::string user = at == login.npos ? there.user : login.substr(0, at);
  arguments.insert(arguments.end(),
                   {"-o", cat("ProxyCommand=", first, " -W [%h]:%p ", login), "-W", forward});
  if (is_user(user)) arguments.insert(arguments.end(), {"-l", user});
  arguments.push_back(file.host);
  return arguments;
}

std::unique_ptr<Route> ssh_route(const std::string& login, const std::string& path) {
  const auto at = login.rfind('@');
  const std::string user = at == std::string::npos ? "" : login.substr(0, at);
  const std::string host = at == std::string::npos ? login : login.substr(at + 1);
  const bool user_is_plain = std::ranges::all_of(
      user, [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '-' || c == '_'; });
  if (!is_host(host) || !user_is_plain || login.starts_with('-') || login.starts_with('@'))
    throw ConfigError(cat("'", login, "' is no login for ssh; it has the form user@machine"));
  const bool path_is_plain = !path.empty() && path.size() <= 4096 &&
                             std::ranges::none_of(path, [](unsigned char c) { return c < 32; });
  if (!path_is_plain || path.starts_with('-'))
    throw ConfigError(cat("'", path, "' is no run folder on ", login, ": give its path there"));
  return std::make_unique<SshRoute>(login, path);
}

}  // namespace scaffold::monitor

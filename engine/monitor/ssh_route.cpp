#include "monitor/ssh_route.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <optional>
#include <thread>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

constexpr double patience_seconds = 40;
constexpr std::size_t most_output = 64 << 10, most_complaint = 4 << 10;
constexpr int no_such_program = 127;  // as a shell has it

/// Never asks, never waits long, says when it cannot forward.
const std::vector<std::string> common_options = {"-T", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10"};

/// ssh as a child: what it says, and its end. It does not outlive us.
class Ssh {
 public:
  explicit Ssh(const std::vector<std::string>& arguments) {
    auto [out_read, out_write] = make_pipe();
    auto [error_read, error_write] = make_pipe();
    std::vector<char*> argv{const_cast<char*>("ssh")};
    for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    const pid_t parent = ::getpid();
    child_ = ::fork();
    if (child_ < 0) throw_errno("start", "ssh");
    if (child_ == 0) become(argv.data(), out_write.get(), error_write.get(), parent);
    out_ = std::move(out_read);
    error_ = std::move(error_read);
  }
  ~Ssh() {
    if (child_ <= 0) return;
    ::kill(child_, SIGTERM);
    const Stopwatch since;
    while (!ended() && since.seconds() < 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (child_ <= 0) return;
    ::kill(child_, SIGKILL);
    ::waitpid(child_, &status_, 0);
  }
  Ssh(const Ssh&) = delete;
  Ssh& operator=(const Ssh&) = delete;

  /// Takes what it has said within that time. Whether there may be more.
  bool listen(int milliseconds) {
    std::array<pollfd, 2> fds{{{out_.get(), POLLIN, 0}, {error_.get(), POLLIN, 0}}};
    if (!out_ && !error_) return false;
    ::poll(fds.data(), fds.size(), milliseconds);  // a closed one counts as -1: left out
    if (fds[0].revents) take(out_, said_, most_output);
    if (fds[1].revents) take(error_, complaint_, most_complaint);
    return out_ || error_;
  }
  bool ended() {
    if (child_ > 0 && ::waitpid(child_, &status_, WNOHANG) == child_) child_ = -1;
    return child_ <= 0;
  }
  /// Once it has ended.
  bool succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }
  const std::string& said() const { return said_; }
  /// Why it failed, in its own words: the last line.
  std::string complaint() const {
    if (WIFEXITED(status_) && WEXITSTATUS(status_) == no_such_program && complaint_.empty())
      return "there is no ssh on this machine's PATH, or no such command there";
    std::string last;
    for (const auto& line : split(complaint_, '\n'))
      if (!line.empty()) last = printable(line);
    return last.empty() ? cat("it ended with code ", WIFEXITED(status_) ? WEXITSTATUS(status_) : -1) : last;
  }

 private:
  static std::pair<FileDescriptor, FileDescriptor> make_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make", "a pipe");
    return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
  }
  [[noreturn]] static void become(char** argv, int out, int error, pid_t parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (::getppid() != parent) ::_exit(1);
    sigset_t nothing;
    ::sigemptyset(&nothing);
    ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
    ::dup2(::open("/dev/null", O_RDONLY), STDIN_FILENO);
    ::dup2(out, STDOUT_FILENO);
    ::dup2(error, STDERR_FILENO);
    ::execvp(argv[0], argv);
    ::_exit(no_such_program);
  }
  static void take(FileDescriptor& from, std::string& into, std::size_t most) {
    std::array<char, 4096> buffer;
    const auto n = ::read(from.get(), buffer.data(), buffer.size());
    if (n <= 0) {
      from = FileDescriptor();
      return;
    }
    into.append(buffer.data(), std::min(static_cast<std::size_t>(n), most - into.size()));
  }
  static std::string printable(std::string_view line) {
    std::string text;
    for (const char c : line)
      if (static_cast<unsigned char>(c) >= 32 && c != 127 && text.size() < 300) text += c;
    return text;
  }

  pid_t child_ = -1;
  int status_ = 0;
  FileDescriptor out_, error_;
  std::string said_, complaint_;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  return address;
}

/// Binds a port of the loopback, 0 for a free one, for a moment; its number, or nothing when it is taken.
std::optional<int> bind_for_a_moment(int port) {
  const FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("open", "a socket");
  sockaddr_in address = loopback(port);
  socklen_t size = sizeof address;
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0) return std::nullopt;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

bool is_loopback(const std::string& address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}
bool is_everywhere(const std::string& address) { return address == "0.0.0.0" || address == "::"; }
std::string without_domain(const std::string& host) { return host.substr(0, host.find('.')); }

class SshRoute : public Route {
 public:
  SshRoute(std::string login, std::string path) : login_(std::move(login)), path_(std::move(path)) {
    file_ = path_.ends_with(".json") ? path_ : cat(path_, path_.ends_with('/') ? "" : "/", monitor_file_name);
  }
  Contact find() override {
    tunnel_.reset();
    const auto [file, login_host] = read_file();
    return {cat("tcp://127.0.0.1:", open_tunnel(file, login_host)), file};
  }
  void stop() override { stop_ = true; }
  std::string where() const override { return cat("'", path_, "' on ", login_); }

 private:
  struct There {
    MonitorFile file;
    std::string login_host;
  };
  There read_file() {
    auto arguments = common_options;
    // "--" would not be understood before the login by every ssh; login and path are checked instead.
    arguments.insert(arguments.end(), {login_, cat("uname -n; cat ", shell_word(file_))});
    Ssh ssh(arguments);
    const Stopwatch since;
    while (ssh.listen(50) || !ssh.ended()) check(since, "did not answer");
    if (!ssh.succeeded()) throw DataError(cat("ssh ", login_, ": ", ssh.complaint(), hint(ssh.complaint())));
    const auto line = ssh.said().find('\n');
    if (line == std::string::npos) throw DataError(cat("ssh ", login_, ": nothing came back"));
    return {parse_monitor_file(ssh.said().substr(line + 1), cat("'", file_, "' on ", login_)),
            ssh.said().substr(0, line)};
  }
  int open_tunnel(const MonitorFile& file, const std::string& login_host) {
    const auto port = bind_for_a_moment(0);
    if (!port) throw SystemError("no free port on this machine");
    tunnel_ = std::make_unique<Ssh>(tunnel_arguments(file, login_, login_host, *port));
    const Stopwatch since;
    // It listens when nobody else can: a connection to find that out would reach the run.
    while (bind_for_a_moment(*port)) {
      tunnel_->listen(20);
      if (tunnel_->ended()) {
        while (tunnel_->listen(0)) {
        }
        const std::string why = tunnel_->complaint();
        tunnel_.reset();
        throw DataError(cat("ssh: no tunnel to ", file.host, " through ", login_, ": ", why));
      }
      check(since, "opened no tunnel");
    }
    return *port;
  }
  void check(const Stopwatch& since, const char* what) {
    if (stop_) throw SystemError("no longer watched");
    if (since.seconds() < patience_seconds) return;
    tunnel_.reset();
    throw SystemError(cat("ssh ", login_, " ", what, " for ", human_seconds(patience_seconds)));
  }
  static const char* hint(const std::string& complaint) {
    if (complaint.find("Permission denied") != std::string::npos)
      return " (it is not asked for a password here: a key, or an agent with it, has to be there)";
    if (complaint.find("No such file") != std::string::npos)
      return " (the run has not begun, has ended, or does not publish: start it with --monitor 1)";
    return "";
  }

  std::string login_, path_, file_;
  std::unique_ptr<Ssh> tunnel_;
  std::atomic<bool> stop_{false};
};

}  // namespace

std::string shell_word(const std::string& text) {
  const bool home = text.starts_with("~/");
  std::string word = home ? "~/'" : "'";
  for (const char c : text.substr(home ? 2 : 0)) word += c == '\'' ? "'\\''" : std::string(1, c);
  return word + "'";
}

std::vector<std::string> tunnel_arguments(const MonitorFile& file, const std::string& login,
                                          const std::string& login_host, int local_port) {
  auto arguments = common_options;
  arguments.insert(arguments.end(), {"-N", "-o", "ExitOnForwardFailure=yes", "-o", "ServerAliveInterval=15",
                                     "-o", "ServerAliveCountMax=3"});
  const bool there = without_domain(file.host) == without_domain(login_host);
  const std::string target =
      is_everywhere(file.address) ? there ? std::string("127.0.0.1") : file.host : file.address;
  const bool version_6 = target.find(':') != std::string::npos;
  arguments.insert(arguments.end(), {"-L", cat("127.0.0.1:", local_port, ":",
                                               version_6 ? cat("[", target, "]") : target, ":", file.port)});
  if (!is_loopback(file.address) || there) {
    arguments.push_back(login);
  } else {  // only processes of that machine reach it: ssh goes on there
    const auto at = login.rfind('@');
    const std::string user = at == std::string::npos ? "" : login.substr(0, at + 1);
    arguments.insert(arguments.end(), {"-J", login, user + file.host});
  }
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

#include "monitor/ssh_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <thread>
#include <utility>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

constexpr std::size_t max_output = 256 << 10, max_complaint = 16 << 10;
constexpr int no_such_program = 127;  // as a shell has it

std::pair<FileDescriptor, FileDescriptor> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make", "a pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

/// The child's side of fork: only what is safe there.
[[noreturn]] void become(char** argv, int in, int out, int error, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::_exit(1);
  sigset_t nothing;
  ::sigemptyset(&nothing);
  ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  ::dup2(in >= 0 ? in : ::open("/dev/null", O_RDONLY), STDIN_FILENO);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(error, STDERR_FILENO);
  ::execvp(argv[0], argv);
  ::_exit(no_such_program);
}

std::string printable(std::string_view line) {
  std::string text;
  for (const char c : line)
    if (static_cast<unsigned char>(c) >= 32 && c != 127 && text.size() < 300) text += c;
  return text;
}

/// What ssh says after the cause, when a connection that it needed is gone.
bool is_consequence(std::string_view line) {
  for (const char* text : {"stdio forwarding failed", "kex_exchange_identification:", "banner exchange:",
                           "Connection closed by UNKNOWN port", "Connection to UNKNOWN port"})
    if (line.find(text) != line.npos) return true;
  return false;
}

}  // namespace

SshProcess::SshProcess(const std::vector<std::string>& arguments, FileDescriptor stdio) {
  auto [error_read, error_write] = make_pipe();
  FileDescriptor out_write;
  if (!stdio) {
    auto [read, write] = make_pipe();
    out_ = std::move(read);
    out_write = std::move(write);
  }
  std::vector<char*> argv{const_cast<char*>("ssh")};
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ < 0) throw_errno("start", "ssh");
  if (child_ == 0)
    become(argv.data(), stdio.get(), stdio ? stdio.get() : out_write.get(), error_write.get(), parent);
  error_ = std::move(error_read);
}

SshProcess::~SshProcess() {
  if (child_ <= 0) return;
  ::kill(child_, SIGTERM);
  const Stopwatch since;
  while (!ended() && since.seconds() < 1) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  if (child_ <= 0) return;
  ::kill(child_, SIGKILL);
  ::waitpid(child_, &status_, 0);
}

void SshProcess::listen(int milliseconds) {
  std::array<pollfd, 2> fds{{{out_.get(), POLLIN, 0}, {error_.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), milliseconds);  // a closed one counts as -1: left out
  if (fds[0].revents) take(out_, said_, max_output);
  if (fds[1].revents) take(error_, complaint_, max_complaint);
}

bool SshProcess::ended() {
  if (child_ > 0 && ::waitpid(child_, &status_, WNOHANG) == child_) {
    child_ = -1;
    const auto take_all = [&](FileDescriptor& from, std::string& into, std::size_t most) {
      for (pollfd item{from.get(), POLLIN, 0}; from && ::poll(&item, 1, 0) > 0;)
        if (!take(from, into, most)) return;
    };
    take_all(out_, said_, max_output);
    take_all(error_, complaint_, max_complaint);
  }
  return child_ <= 0;
}

bool SshProcess::succeeded() const { return WIFEXITED(status_) && WEXITSTATUS(status_) == 0; }

std::string SshProcess::complaint() const {
  if (WIFEXITED(status_) && WEXITSTATUS(status_) == no_such_program && complaint_.empty())
    return "there is no ssh on this machine's PATH, or no such command there";
  std::string last, cause;
  for (const auto& line : split(complaint_, '\n'))
    if (std::string text = printable(line); !text.empty()) {
      if (!is_consequence(text)) cause = text;
      last = std::move(text);
    }
  if (!cause.empty()) return cause;
  return last.empty() ? cat("it ended with code ", WIFEXITED(status_) ? WEXITSTATUS(status_) : -1) : last;
}

/// The latest of what it says is kept. False at its end.
bool SshProcess::take(FileDescriptor& from, std::string& into, std::size_t most) {
  std::array<char, 16384> buffer;
  const auto n = ::read(from.get(), buffer.data(), buffer.size());
  if (n < 0 && errno == EINTR) return true;
  if (n <= 0) {
    from = FileDescriptor();
    return false;
  }
  into.append(buffer.data(), static_cast<std::size_t>(n));
  if (into.size() > most) into.erase(0, into.size() - most);
  return true;
}

}  // namespace scaffold::monitor

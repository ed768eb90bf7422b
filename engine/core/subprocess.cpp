#include "core/subprocess.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <thread>
#include <utility>

#include "core/clock.hpp"
#include "core/text.hpp"

namespace scaffold {
namespace {

/// The child's side of fork: only what is safe there. What keeps it from starting goes through `trouble`.
[[noreturn]] void become(char** argv, const SubprocessOptions& options, pid_t parent, int trouble) {
  if (options.ends_with_us) {
    ::prctl(PR_SET_PDEATHSIG, options.ends_with_us);
    if (::getppid() != parent) ::_exit(1);  // it has ended meanwhile
  }
  if (options.own_group) ::setpgid(0, 0);
  sigset_t nothing;
  ::sigemptyset(&nothing);
  ::sigprocmask(SIG_SETMASK, &nothing, nullptr);
  for (const int number : {SIGPIPE, SIGUSR1}) ::signal(number, SIG_DFL);
  const int null = ::open("/dev/null", O_RDWR);
  ::dup2(options.in >= 0 ? options.in : null, STDIN_FILENO);
  ::dup2(options.out >= 0 ? options.out : null, STDOUT_FILENO);
  ::dup2(options.error >= 0 ? options.error : null, STDERR_FILENO);
  if (null > STDERR_FILENO) ::close(null);
  if (options.kept >= 0) ::fcntl(options.kept, F_SETFD, 0);
  ::execvp(argv[0], argv);
  const int why = errno;
  static_cast<void>(!::write(trouble, &why, sizeof why));
  ::_exit(127);
}

int code_of(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

}  // namespace

std::pair<FileDescriptor, FileDescriptor> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw_errno("make", "a pipe");
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

Subprocess::Subprocess(const std::vector<std::string>& argv, const SubprocessOptions& options) {
  std::vector<char*> words;
  words.reserve(argv.size() + 1);
  for (const auto& word : argv) words.push_back(const_cast<char*>(word.c_str()));
  words.push_back(nullptr);
  auto [read, write] = make_pipe();
  const pid_t parent = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) throw_errno("start", argv[0]);
  if (pid_ == 0) become(words.data(), options, parent, write.get());
  write = FileDescriptor();
  int why = 0;
  ssize_t got = 0;
  do got = ::read(read.get(), &why, sizeof why);  // nothing once it has become the program
  while (got < 0 && errno == EINTR);
  if (got != sizeof why) return;
  wait();
  throw NoSuchProgram(cat("cannot start '", argv[0], "': ", std::strerror(why)));
}

Subprocess::Subprocess(Subprocess&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)), code_(other.code_) {}

Subprocess::~Subprocess() {
  if (pid_ < 0 || poll()) return;
  signal(SIGTERM);
  for (const Stopwatch since; since.seconds() < 1;) {
    if (poll()) return;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  signal(SIGKILL);
  wait();
}

std::optional<int> Subprocess::poll() {
  int status = 0;
  if (!code_ && pid_ > 0) {
    const pid_t ended = ::waitpid(pid_, &status, WNOHANG);
    if (ended == pid_) code_ = code_of(status);
    if (ended < 0 && errno != EINTR) throw_errno("wait for", "a program that was started");
  }
  return code_;
}

int Subprocess::wait() {
  int status = 0;
  while (!code_) {
    if (::waitpid(pid_, &status, 0) == pid_)
      code_ = code_of(status);
    else if (errno != EINTR)
      throw_errno("wait for", "a program that was started");
  }
  return *code_;
}

void Subprocess::signal(int number, bool group) {
  if (pid_ > 0 && !code_) ::kill(group ? -pid_ : pid_, number);
}

fs::path find_program(const std::string& name) {
  const auto runs = [](const fs::path& path) {
    return fs::is_regular_file(path) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != name.npos) return runs(name) ? fs::path(name) : fs::path();
  const char* path = std::getenv("PATH");
  for (const auto& folder : split(path ? path : "/bin:/usr/bin", ':'))
    if (const auto file = fs::path(folder) / name; runs(file)) return file;
  return {};
}

}  // namespace scaffold

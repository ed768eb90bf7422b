#include "monitor/ssh_process.hpp"

#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

constexpr std::size_t max_output = 256 << 10, max_complaint = 16 << 10;
constexpr int no_such_program = 127;  // as a shell there has it

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
  std::vector<std::string> argv{"ssh"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  try {
    child_.emplace(argv, SubprocessOptions{.in = stdio.get(),
                                           .out = stdio ? stdio.get() : out_write.get(),
                                           .error = error_write.get(),
                                           .ends_with_us = SIGTERM});
  } catch (const NoSuchProgram&) {  // complaint() tells
  }
  error_ = std::move(error_read);
}

void SshProcess::listen(int milliseconds) {
  std::array<pollfd, 2> fds{{{out_.get(), POLLIN, 0}, {error_.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), milliseconds);  // a closed one counts as -1: left out
  if (fds[0].revents) take(out_, said_, max_output);
  if (fds[1].revents) take(error_, complaint_, max_complaint);
}

bool SshProcess::ended() {
  if (child_ && !child_->poll()) return false;
  if (!taken_all_) {
    taken_all_ = true;
    const auto take_all = [&](FileDescriptor& from, std::string& into, std::size_t most) {
      for (pollfd item{from.get(), POLLIN, 0}; from && ::poll(&item, 1, 0) > 0;)
        if (!take(from, into, most)) return;
    };
    take_all(out_, said_, max_output);
    take_all(error_, complaint_, max_complaint);
  }
  return true;
}

int SshProcess::code() const { return child_ ? child_->poll().value_or(-1) : no_such_program; }
bool SshProcess::succeeded() const { return code() == 0; }

std::string SshProcess::complaint() const {
  if (code() == no_such_program && complaint_.empty())
    return "there is no ssh on this machine's PATH, or no such command there";
  std::string last, cause;
  for (const auto& line : split(complaint_, '\n'))
    if (std::string text = printable(line); !text.empty()) {
      if (!is_consequence(text)) cause = text;
      last = std::move(text);
    }
  if (!cause.empty()) return cause;
  return last.empty() ? cat("it ended with code ", code()) : last;
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

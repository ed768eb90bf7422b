#include "monitor/ssh_tunnel.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <tuple>
#include <utility>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

constexpr std::size_t buffer_bytes = 64 << 10;

/// Bytes on their way from one socket to another.
struct Direction {
  int from, to;
  std::string waiting{};
  bool ended = false;  ///< nothing more comes

  short events_from() const { return !ended && waiting.size() < buffer_bytes ? POLLIN : 0; }
  short events_to() const { return waiting.empty() ? 0 : POLLOUT; }
  /// False when the receiver is gone.
  bool move(bool may_read, bool may_write) {
    std::array<char, 16384> buffer;
    if (may_read && !ended) {
      const auto n = ::recv(from, buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (n > 0) waiting.append(buffer.data(), static_cast<std::size_t>(n));
      ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
    }
    if (waiting.empty() || !may_write) return true;
    const auto n = ::send(to, waiting.data(), waiting.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n > 0) waiting.erase(0, static_cast<std::size_t>(n));
    return n >= 0 || errno == EAGAIN || errno == EINTR;
  }
};

/// An abstract address that the system chooses (unix(7)): no file, and no port.
std::pair<FileDescriptor, std::string> listen_somewhere() {
  FileDescriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd) throw_errno("open", "a socket");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  socklen_t size = sizeof(sa_family_t);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), size) != 0 || ::listen(fd.get(), 4) != 0)
    throw_errno("listen on", "a socket of this machine");
  size = sizeof address;
  if (::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
    throw_errno("name", "a socket");
  const std::string name(address.sun_path + 1, size - offsetof(sockaddr_un, sun_path) - 1);
  return {std::move(fd), cat("ipc://@", name)};
}

/// Abstract addresses have no permissions: others may connect.
bool is_this_process(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.pid == ::getpid();
}

FileDescriptor one_end(FileDescriptor& other) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw_errno("make", "a pair of sockets");
  other = FileDescriptor(ends[1]);
  return FileDescriptor(ends[0]);
}

}  // namespace

SshTunnel::SshTunnel(const std::vector<std::string>& arguments)
    : theirs_(one_end(ours_)), ssh_(arguments, std::move(theirs_)) {}

SshTunnel::~SshTunnel() {
  ::shutdown(ours_.get(), SHUT_RDWR);
  if (thread_.joinable()) thread_.join();
}

SshTunnel::State SshTunnel::wait(int milliseconds) {
  if (thread_.joinable()) return State::open;
  ssh_.listen(0);
  pollfd item{ours_.get(), POLLIN, 0};
  ::poll(&item, 1, milliseconds);
  char first = 0;
  const auto come = ::recv(ours_.get(), &first, 1, MSG_PEEK | MSG_DONTWAIT);
  if (come == 0) ssh_.listen(milliseconds);  // it is about to say why
  if (come > 0) {
    std::tie(listener_, endpoint_) = listen_somewhere();
    thread_ = std::thread([this] { relay(); });
    return State::open;
  }
  return ssh_.ended() ? State::failed : State::opening;
}

/// Until ssh, libzmq or the owner ends it.
void SshTunnel::relay() {
  FileDescriptor zmq;
  while (!zmq) {
    std::array<pollfd, 2> items{{{listener_.get(), POLLIN, 0}, {ours_.get(), POLLRDHUP, 0}}};
    ::poll(items.data(), items.size(), -1);
    if (items[1].revents) break;
    if (!items[0].revents) continue;
    FileDescriptor peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (peer && is_this_process(peer.get())) zmq = std::move(peer);
  }
  listener_ = FileDescriptor();
  if (!zmq) return;
  Direction in{ours_.get(), zmq.get()}, out{zmq.get(), ours_.get()};
  while (!(in.ended && in.waiting.empty()) && !out.ended) {
    std::array<pollfd, 2> items{{{ours_.get(), static_cast<short>(in.events_from() | out.events_to()), 0},
                                 {zmq.get(), static_cast<short>(out.events_from() | in.events_to()), 0}}};
    if (in.ended) items[0].fd = -1;  // its hang-up would be told again and again
    if (::poll(items.data(), items.size(), -1) < 0 && errno != EINTR) break;
    const auto ready = [&](std::size_t i, int events) {
      return (items[i].revents & (events | POLLHUP | POLLERR)) != 0;
    };
    if (!in.move(ready(0, POLLIN), ready(1, POLLOUT)) || !out.move(ready(1, POLLIN), ready(0, POLLOUT)))
      break;
  }
  ::shutdown(ours_.get(), SHUT_RDWR);
}

}  // namespace scaffold::monitor

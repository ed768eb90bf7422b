// A TCP proxy for tests: it delays, records and cuts what passes through it.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "core/files.hpp"

namespace scaffold::monitor {

/// A socket connected to a port of this machine; it may fail (-1). Without waiting: it may still be
/// connecting.
inline FileDescriptor connect_to(int port, bool wait = true) {
  FileDescriptor fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | (wait ? 0 : SOCK_NONBLOCK), 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 &&
      errno != EINPROGRESS)
    return FileDescriptor();
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

inline int port_of(const std::string& endpoint) {
  return std::stoi(endpoint.substr(endpoint.rfind(':') + 1));
}

class Proxy {
 public:
  Proxy(int target_port, double delay_seconds) : target_(target_port), delay_(delay_seconds) {
    listener_ = FileDescriptor(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::listen(listener_.get(), 16) != 0 ||
        ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0)
      throw std::runtime_error("the proxy cannot listen");
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Proxy() {
    stop_ = true;
    thread_.join();
  }
  std::string endpoint() const { return "tcp://127.0.0.1:" + std::to_string(port_); }
  /// Cuts all connections; new ones are taken again.
  void cut() { cut_ = true; }
  int connections() const { return connections_; }
  /// What the first client has sent so far.
  std::string sent() const {
    const std::lock_guard lock(mutex_);
    return recorded_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  struct Packet {
    Clock::time_point due;
    std::string bytes;
  };
  struct Pair {
    FileDescriptor client, server;
    std::deque<Packet> up, down;
    bool first = false, ended = false;
  };

  void take(int from, std::deque<Packet>& queue, Pair& pair, bool record) {
    char buffer[65536];
    const ssize_t n = ::recv(from, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) pair.ended = true;
    if (n <= 0) return;
    queue.push_back(
        {Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(delay_)),
         std::string(buffer, static_cast<std::size_t>(n))});
    if (!record) return;
    const std::lock_guard lock(mutex_);
    recorded_ += queue.back().bytes;
  }
  static void give(int to, std::deque<Packet>& queue, Pair& pair) {
    while (!queue.empty() && queue.front().due <= Clock::now()) {
      std::string& bytes = queue.front().bytes;
      const ssize_t n = ::send(to, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (n < 0 && errno != EAGAIN && errno != EINTR) pair.ended = true;
      if (n <= 0) return;
      bytes.erase(0, static_cast<std::size_t>(n));
      if (bytes.empty()) queue.pop_front();
    }
  }
  void run() {
    std::list<Pair> pairs;
    while (!stop_) {
      std::vector<pollfd> polled{{listener_.get(), POLLIN, 0}};
      for (const Pair& pair : pairs) {
        polled.push_back({pair.client.get(), POLLIN, 0});
        polled.push_back({pair.server.get(), POLLIN, 0});
      }
      ::poll(polled.data(), polled.size(), 5);
      if (polled[0].revents & POLLIN) {
        Pair pair;
        pair.client = FileDescriptor(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        pair.server = connect_to(target_);
        pair.first = connections_++ == 0;
        pair.ended = !pair.server;
        pairs.push_back(std::move(pair));
        continue;
      }
      for (Pair& pair : pairs) {
        if (pair.ended) continue;
        take(pair.client.get(), pair.up, pair, pair.first);
        take(pair.server.get(), pair.down, pair, false);
        give(pair.server.get(), pair.up, pair);
        give(pair.client.get(), pair.down, pair);
      }
      if (cut_.exchange(false)) pairs.clear();
      pairs.remove_if([](const Pair& pair) { return pair.ended; });
    }
  }

  int target_, port_ = 0;
  double delay_;
  FileDescriptor listener_;
  std::atomic<bool> stop_{false}, cut_{false};
  std::atomic<int> connections_{0};
  mutable std::mutex mutex_;
  std::string recorded_;
  std::thread thread_;
};

}  // namespace scaffold::monitor

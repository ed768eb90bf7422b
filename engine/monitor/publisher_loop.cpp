#include "monitor/publisher_loop.hpp"

#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <set>
#include <zmq.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/system.hpp"
#include "core/text.hpp"
#include "monitor/addresses.hpp"
#include "monitor/monitor_file.hpp"
#include "monitor/socket_events.hpp"
#include "monitor/subscriber_sessions.hpp"

namespace scaffold::monitor {
namespace {

constexpr int event_mask = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED |
                           ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                           ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
constexpr std::chrono::milliseconds turn_length{500};
constexpr double closed_seconds = 2;  ///< after too many connections
constexpr int messages_a_turn = 64;

/// This thread, and those that it starts, get a tenth of what training threads get on the same core.
void stand_back() { ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), 10); }

void set_up(zmq::socket_t& socket, const std::string& secret_key) {
  socket.set(zmq::sockopt::curve_server, 1);
  socket.set(zmq::sockopt::curve_secretkey, secret_key);
  socket.set(zmq::sockopt::router_mandatory, 1);  // a send that cannot be is told, not swallowed
  socket.set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(max_question_bytes));
  socket.set(zmq::sockopt::sndhwm, 16);
  socket.set(zmq::sockopt::rcvhwm, 64);
  socket.set(zmq::sockopt::linger, 500);
  socket.set(zmq::sockopt::handshake_ivl, 3000);
  // The kernel tells of machines that are gone. libzmq's own heartbeats would make it abort a process, this
  // one or a watcher, in which one is due or still unread when a connection ends that had filled its queue
  // (libzmq issue 4364, 4.3.4).
  socket.set(zmq::sockopt::tcp_keepalive, 1);
  socket.set(zmq::sockopt::tcp_keepalive_idle, 10);
  socket.set(zmq::sockopt::tcp_keepalive_intvl, 5);
  socket.set(zmq::sockopt::tcp_keepalive_cnt, 3);
  socket.set(zmq::sockopt::tcp_maxrt, static_cast<int>(1000 * forgotten_seconds));
  socket.set(zmq::sockopt::backlog, 16);
  socket.set(zmq::sockopt::ipv6, true);
}

}  // namespace

struct PublisherLoop::Impl {
  Impl(const PublisherOptions& given, int wake_fd, Orders orders)
      : options(given),
        wake(wake_fd),
        log_tail(given.run_folder / "events.jsonl"),
        volumes(given.run_folder / "snapshots", given.snapshots) {
    volumes.drop_after(given.epochs_done);
    if (options.listen) open(std::move(orders));
  }
  ~Impl() {
    if (!socket) return;
    std::error_code ignored;
    fs::remove(options.run_folder / monitor_file_name, ignored);
  }

  void open(Orders orders);
  void bind(int port);
  void wait();
  void take_events();
  void guard_connections();
  void receive();
  bool send(const std::string& watcher, const std::string& frame);

  PublisherOptions options;
  int wake;
  LogTail log_tail;
  VolumeStore volumes;
  zmq::context_t context{1};
  std::optional<zmq::socket_t> socket;
  std::optional<SocketEvents> events;
  std::optional<SubscriberSessions> sessions;
  std::string bound;  ///< the endpoint
  bool closed = false;
  Stopwatch clock, since_closed;
  std::set<int> connections;  ///< by file descriptor
  std::uint64_t bytes_sent = 0, refused_handshakes = 0, at_once = 0;
};

void PublisherLoop::Impl::open(Orders orders) {
  char public_key[41], secret_key[41];
  if (zmq_curve_keypair(public_key, secret_key) != 0)
    throw SystemError("this libzmq has no CURVE, without which nothing is published; use --monitor 0");
  MonitorFile file;
  for (std::size_t i = 0; i < file.token.size(); i += 32) {
    // A second key pair's secret half is 32 random bytes.
    char other[41], random[41];
    zmq_curve_keypair(other, random);
    zmq_z85_decode(file.token.data() + i, random);
  }
  socket.emplace(context, zmq::socket_type::router);
  set_up(*socket, secret_key);
  try {
    events.emplace(context, *socket, "publisher-events", event_mask);
  } catch (const zmq::error_t& error) {
    throw SystemError(cat("the monitor cannot watch its connections: ", error.what()));
  }
  // Of an interface watchers know no address, and libzmq would take one of version 6 that few can reach.
  options.address = listening_address(options.address);
  bind(options.port);
  file.address = options.address;
  file.namespaces = own_namespaces();
  file.host = describe_machine().host;
  file.port = std::stoi(bound.substr(bound.rfind(':') + 1));
  file.version = options.version;
  file.public_key = public_key;
  file.pid = ::getpid();
  file.started_utc = timestamp_utc();
  SubscriberSessionsOptions rules;
  rules.token = file.token;
  rules.control = options.control;
  rules.run = folder_name(options.run_folder);
  rules.program = options.program;
  rules.config = options.config_yaml;
  rules.version = options.version;
  sessions.emplace(
      std::move(rules), log_tail, volumes,
      [this](const std::string& watcher, const std::string& frame) { return send(watcher, frame); },
      std::move(orders.choose), std::move(orders.control));
  write_monitor_file(options.run_folder / monitor_file_name, file);
}

void PublisherLoop::Impl::bind(int port) {
  const std::string wanted = tcp_endpoint(options.address, port ? cat(port) : "*");
  try {
    socket->bind(wanted);
  } catch (const zmq::error_t& error) {
    throw SystemError(cat("the monitor cannot listen on ", wanted, ": ", error.what(),
                          "; set monitor_address and monitor_port, or --monitor 0"));
  }
  bound = socket->get(zmq::sockopt::last_endpoint);
}

bool PublisherLoop::Impl::send(const std::string& watcher, const std::string& frame) {
  try {
    zmq::message_t name(watcher.data(), watcher.size()), body(frame.data(), frame.size());
    if (!socket->send(name, zmq::send_flags::sndmore | zmq::send_flags::dontwait)) return false;
    socket->send(body, zmq::send_flags::dontwait);
  } catch (const zmq::error_t&) {  // gone
    return false;
  }
  bytes_sent += frame.size();
  return true;
}

void PublisherLoop::Impl::wait() {
  std::array<zmq::pollitem_t, 3> items{{{nullptr, wake, ZMQ_POLLIN, 0}, {}, {}}};
  std::size_t n = 1;
  if (socket) {
    items[1] = {socket->handle(), 0, ZMQ_POLLIN, 0};
    items[2] = events->poll_item();
    n = 3;
  }
  try {
    zmq::poll(items.data(), n, turn_length);
  } catch (const zmq::error_t& error) {
    if (error.num() != EINTR) throw SystemError(cat("the monitor cannot wait: ", error.what()));
  }
  std::uint64_t times = 0;
  [[maybe_unused]] const auto ignored = ::read(wake, &times, sizeof times);
}

void PublisherLoop::Impl::take_events() {
  events->take([this](int number, int value) {
    if (number == ZMQ_EVENT_ACCEPTED)
      connections.insert(value);
    else if (number == ZMQ_EVENT_DISCONNECTED)
      connections.erase(value);
    else if (number != ZMQ_EVENT_HANDSHAKE_SUCCEEDED)
      ++refused_handshakes;
  });
}

/// Strangers must not use up the process's file descriptors: the trainer needs them too.
void PublisherLoop::Impl::guard_connections() {
  if (!closed && connections.size() > options.max_connections) {
    socket->unbind(bound);
    closed = true;
    since_closed.restart();
  } else if (closed && connections.size() <= options.max_connections / 2 &&
             since_closed.seconds() > closed_seconds) {
    try {
      bind(std::stoi(bound.substr(bound.rfind(':') + 1)));
      closed = false;
    } catch (const SystemError&) {  // somebody has it meanwhile
      since_closed.restart();
    }
  }
}

void PublisherLoop::Impl::receive() {
  for (int i = 0; i < messages_a_turn; ++i) {
    zmq::message_t name, body;
    if (!socket->recv(name, zmq::recv_flags::dontwait)) return;
    bool more = name.more();
    if (more) {
      [[maybe_unused]] const auto got = socket->recv(body);
      more = body.more();
    }
    const bool whole = !more;
    while (more) {  // messages of ours have one part
      zmq::message_t rest;
      [[maybe_unused]] const auto got = socket->recv(rest);
      more = rest.more();
    }
    sessions->on_message(name.to_string(), whole ? body.to_string_view() : std::string_view(),
                         clock.seconds());
  }
}

PublisherLoop::PublisherLoop(const PublisherOptions& options, int wake, Orders orders) {
  stand_back();
  impl_ = std::make_unique<Impl>(options, wake, std::move(orders));
}
PublisherLoop::~PublisherLoop() = default;

const std::string& PublisherLoop::endpoint() const { return impl_->bound; }

void PublisherLoop::turn() {
  Impl& i = *impl_;
  i.wait();
  if (!i.socket) return;
  i.take_events();
  i.guard_connections();
  i.receive();
  i.log_tail.refresh();
  i.sessions->flush(i.clock.seconds());
  i.at_once = std::max<std::uint64_t>(i.at_once, i.sessions->watchers());
}

void PublisherLoop::add(const VolumeSnapshot& volume, bool best) {
  try {
    impl_->volumes.add(volume, best);
  } catch (const Error& error) {
    log::error(cat("a snapshot is lost, training goes on: ", error.what()));
  }
  if (impl_->sessions) impl_->sessions->volumes_changed();
}

void PublisherLoop::finish() {
  Impl& i = *impl_;
  if (!i.socket) return;
  const Stopwatch patience;
  i.log_tail.refresh();
  i.sessions->flush(i.clock.seconds());
  while (!i.sessions->all_sent() && patience.seconds() < 1) turn();
  i.sessions->bye();
}

Observed PublisherLoop::observed() const {
  const Impl& i = *impl_;
  Observed now;
  if (!i.sessions) return now;
  now.watchers = i.sessions->welcomed();
  now.at_once = i.at_once;
  now.rejected = i.sessions->rejected() + i.refused_handshakes;
  now.bytes_sent = i.bytes_sent;
  return now;
}

}  // namespace scaffold::monitor

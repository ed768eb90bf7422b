#include "monitor/subscriber.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <zmq.hpp>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/addresses.hpp"
#include "monitor/log_replica.hpp"
#include "monitor/requests.hpp"
#include "monitor/socket_events.hpp"
#include "run/log_tail.hpp"

namespace scaffold::monitor {
namespace {

constexpr int connection_events = ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_CLOSED |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL |
                                  ZMQ_EVENT_HANDSHAKE_FAILED_AUTH;
constexpr double seconds_between_pings = 2, seconds_until_again_refused = 10;
constexpr long turn_milliseconds = 250;

/// After an address took no connection, or said nothing.
std::string why_no_answer(const Contact& contact) {
  const bool by_its_own_word = contact.endpoint == contact.file.reachable_endpoint();
  if (by_its_own_word && contact.file.same_network() != Same::yes) return contact.file.why_unreachable();
  return "it does not answer: it has ended, or its key is another one";
}

}  // namespace

const char* name(LiveStatus::Phase phase) {
  static constexpr std::array names{"looking", "connecting", "live", "lost", "refused", "ended"};
  return names[static_cast<std::size_t>(phase)];
}

struct Subscriber::Impl {
  using Phase = LiveStatus::Phase;

  Impl(std::unique_ptr<Route> given, fs::path folder_given, Options options_given, std::function<void()> told)
      : route(std::move(given)),
        folder(std::move(folder_given)),
        options(std::move(options_given)),
        changed(std::move(told)),
        mirror(folder),
        wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!wake) throw_errno("create", "an eventfd");
    thread = std::thread([this] { run(); });
  }
  ~Impl() {
    stop = true;
    route->stop();
    notify();
    thread.join();
  }

  void notify() const {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto ignored = ::write(wake.get(), &one, sizeof one);
  }
  /// Runs `work` on the thread.
  void post(std::function<void()> work) {
    {
      const std::lock_guard lock(mutex);
      posted.push_back(std::move(work));
    }
    notify();
  }
  void set(Phase phase, std::string message);
  void run();
  void sleep(double seconds);
  void complete_copy();
  void run_posted();
  void converse(const Contact& contact);
  void connect(const Contact& contact);
  void close(const std::string& why);
  void send(Body body, std::uint32_t id = 0);
  bool connection_ended();
  void receive();
  void on_message(const Message& message);
  void welcome(const Message& message, const Welcome& welcome);

  std::unique_ptr<Route> route;
  fs::path folder;
  Options options;
  std::function<void()> changed;
  LogReplica mirror;
  FileDescriptor wake;
  mutable std::mutex mutex;  ///< of the next two
  std::deque<std::function<void()>> posted;
  LiveStatus status;
  std::atomic<bool> stop{false};
  Requests requests;
  std::map<std::uint32_t, std::function<void(bool, std::string)>> orders;
  std::uint32_t next_order = 0x80000000u;
  zmq::context_t context{1};
  std::optional<zmq::socket_t> socket;
  std::optional<SocketEvents> events;
  Stopwatch clock;
  double heard = 0, pinged = 0;
  bool welcomed = false;
  std::size_t attempt = 0;  ///< without a welcome: a name's addresses are tried in turn
  std::thread thread;
};

void Subscriber::Impl::set(Phase phase, std::string message) {
  {
    const std::lock_guard lock(mutex);
    if (status.phase == phase && status.message == message) return;
    status.phase = phase;
    status.message = std::move(message);
  }
  changed();
}

void Subscriber::Impl::run_posted() {
  std::deque<std::function<void()>> now;
  {
    const std::lock_guard lock(mutex);
    now.swap(posted);
  }
  for (const auto& work : now) work();
}

void Subscriber::Impl::sleep(double seconds) {
  const Stopwatch slept;
  while (!stop && slept.seconds() < seconds) {
    zmq::pollitem_t item{nullptr, wake.get(), ZMQ_POLLIN, 0};
    zmq_poll(&item, 1, turn_milliseconds);
    std::uint64_t times = 0;
    [[maybe_unused]] const auto ignored = ::read(wake.get(), &times, sizeof times);
    run_posted();
    if (!requests.idle()) requests.fail("the run cannot be reached");
  }
}

/// From the log itself, where it is at hand: of a run that has gone nobody sends what is missing.
void Subscriber::Impl::complete_copy() {
  if (options.run_folder.empty() || mirror.id() == 0) return;
  LogTail log(options.run_folder / "events.jsonl");
  log.refresh();
  if (log.id() != mirror.id() || log.size() <= mirror.size()) return;
  try {
    while (mirror.size() < log.size()) {
      const std::string bytes = log.read(mirror.size(), max_log_bytes);
      if (bytes.empty()) break;
      mirror.append(mirror.size(), bytes);
    }
  } catch (const Error& error) {
    set(Phase::lost, error.what());
  }
  changed();
}

void Subscriber::Impl::run() {
  while (!stop) {
    double pause = 0;
    try {
      const Contact contact = route->find();
      if (!can_talk(contact.file.version, options.version)) {
        set(Phase::refused, version_text(contact.file.version, options.version));
        pause = seconds_until_again_refused;
      } else {
        connect(contact);
        converse(contact);
        if (status.phase == Phase::refused) pause = seconds_until_again_refused;
      }
    } catch (const Unreachable& error) {
      if (status.phase != Phase::ended)
        set(status.connections ? Phase::lost : Phase::connecting, error.what());
    } catch (const std::exception& error) {
      const bool was_live = status.connections > 0;
      set(was_live && status.phase != Phase::ended ? Phase::lost
          : status.phase == Phase::ended           ? Phase::ended
                                                   : Phase::looking,
          status.phase == Phase::ended ? status.message : cat("waiting: ", error.what()));
    }
    close("the connection to the run is lost");
    complete_copy();
    if (!stop) sleep(std::max(pause, route->pause()));
  }
  close("no longer watched");
}

void Subscriber::Impl::connect(const Contact& contact) {
  if (status.phase != Phase::ended)
    set(status.connections ? Phase::lost : Phase::connecting,
        contact.endpoint.starts_with("tcp://")
            ? cat("connecting to ", contact.endpoint, " for ", route->where())
            : cat("connecting to ", route->where()));
  char public_key[41], secret_key[41];
  if (zmq_curve_keypair(public_key, secret_key) != 0) throw SystemError("this libzmq has no CURVE");
  socket.emplace(context, zmq::socket_type::dealer);
  socket->set(zmq::sockopt::curve_serverkey, contact.file.public_key);
  socket->set(zmq::sockopt::curve_publickey, public_key);
  socket->set(zmq::sockopt::curve_secretkey, secret_key);
  socket->set(zmq::sockopt::maxmsgsize, static_cast<std::int64_t>(max_message_bytes));
  socket->set(zmq::sockopt::linger, 100);
  socket->set(zmq::sockopt::handshake_ivl, 5000);
  socket->set(zmq::sockopt::reconnect_ivl, -1);  // a new connection begins with a greeting: we make it
  socket->set(zmq::sockopt::connect_timeout, 5000);
  socket->set(zmq::sockopt::rcvhwm, 64);
  socket->set(zmq::sockopt::ipv6, true);
  events.emplace(context, *socket, "subscriber-events", connection_events);
  const auto endpoints = numeric_endpoints(contact.endpoint, contact.file.address);
  socket->connect(endpoints[attempt % endpoints.size()]);
  welcomed = false;
  heard = pinged = clock.seconds();
  send(Hello{contact.file.token, mirror.id(), mirror.size(), options.program});
}

void Subscriber::Impl::close(const std::string& why) {
  if (socket && welcomed) send(Bye{});
  events.reset();
  socket.reset();
  welcomed = false;
  requests.fail(why);
  for (auto& [id, done] : std::exchange(orders, {})) done(false, why);
}

void Subscriber::Impl::send(Body body, std::uint32_t id) {
  const std::string frame = encode({options.version, id, std::move(body)});
  socket->send(zmq::buffer(frame), zmq::send_flags::dontwait);
}

/// Whether the socket's own events tell that nothing more will come.
bool Subscriber::Impl::connection_ended() {
  bool ended = false;
  events->take([&](int, int) { ended = true; });  // all that are listened to end it
  return ended;
}

/// Until the connection is lost or nobody wants it any more.
void Subscriber::Impl::converse(const Contact& contact) {
  double turned = clock.seconds();
  while (!stop) {
    std::array<zmq::pollitem_t, 3> items{
        {{socket->handle(), 0, ZMQ_POLLIN, 0}, events->poll_item(), {nullptr, wake.get(), ZMQ_POLLIN, 0}}};
    zmq_poll(items.data(), static_cast<int>(items.size()), turn_milliseconds);
    std::uint64_t times = 0;
    [[maybe_unused]] const auto ignored = ::read(wake.get(), &times, sizeof times);
    run_posted();
    const bool ended = connection_ended();
    receive();  // also what came before the end
    if (status.phase == Phase::refused || status.phase == Phase::ended) return;
    const double now = clock.seconds();
    if (now - std::exchange(turned, now) > forgotten_seconds)
      return set(Phase::lost,
                 "this program was held up for so long that the run has forgotten it; trying again");
    if (ended || now - heard > options.patience) {
      if (!welcomed) ++attempt;
      const bool killed = !contact.file.may_be_there();
      {
        const std::lock_guard lock(mutex);
        status.killed = killed;
      }
      const std::string what = killed      ? "its process ended without notice: killed"
                               : !welcomed ? why_no_answer(contact)
                               : ended     ? "the connection was lost"
                                           : cat("it was silent for ", human_seconds(now - heard));
      set(status.connections ? Phase::lost : Phase::connecting, cat(what, "; trying again"));
      return;
    }
    if (!welcomed) continue;
    if (now - pinged > seconds_between_pings) {
      pinged = now;
      send(Ping{});
    }
    requests.flush(now, [this](std::uint32_t id, const Request& ask) { send(ask, id); });
  }
}

void Subscriber::Impl::receive() {
  zmq::message_t frame;
  bool news = false;
  while (socket->recv(frame, zmq::recv_flags::dontwait)) {
    heard = clock.seconds();
    {
      const std::lock_guard lock(mutex);
      status.bytes += frame.size();
    }
    std::string why;
    const auto message = decode(frame.to_string_view(), &why);
    if (!message) {  // a later version may send what we do not know; anything else is dropped as well
      continue;
    }
    on_message(*message);
    news = true;
    if (status.phase == Phase::refused || status.phase == Phase::ended) break;
  }
  if (news) changed();
}

void Subscriber::Impl::welcome(const Message& message, const Welcome& welcome) {
  mirror.begin(welcome.log_id, welcome.log_offset, welcome.config);
  welcomed = true;
  {
    const std::lock_guard lock(mutex);
    status.run = welcome.run;
    status.program = welcome.program;
    status.killed = false;
    status.scalars_only = welcome.scalars_only;
    status.control = welcome.control;
    ++status.connections;
  }
  set(Phase::live, welcome.scalars_only ? version_text(message.version, options.version) : "");
}

void Subscriber::Impl::on_message(const Message& message) {
  if (const auto* log = std::get_if<Log>(&message.body)) {
    if (welcomed && mirror.append(log->offset, log->bytes)) send(Ack{mirror.size()});
  } else if (const auto* hello = std::get_if<Welcome>(&message.body)) {
    welcome(message, *hello);
  } else if (const auto* refused = std::get_if<Refused>(&message.body)) {
    set(Phase::refused, cat(refused->reason, " (", version_text(message.version, options.version), ")"));
  } else if (std::holds_alternative<Pong>(message.body)) {
    const std::lock_guard lock(mutex);
    status.round_trip = clock.seconds() - pinged;
  } else if (const auto* volumes = std::get_if<Volumes>(&message.body)) {
    const std::lock_guard lock(mutex);
    status.volumes = volumes->kept;
  } else if (const auto* piece = std::get_if<Chunk>(&message.body)) {
    requests.piece(message.id, *piece);
  } else if (const auto* none = std::get_if<NotFound>(&message.body)) {
    requests.none(message.id, none->reason);
  } else if (const auto* done = std::get_if<Done>(&message.body)) {
    if (auto order = orders.extract(message.id)) order.mapped()(done->accepted, done->text);
  } else if (std::holds_alternative<Bye>(message.body)) {
    welcomed = false;  // it does not want to hear ours
    set(Phase::ended, "this session of the run has ended; waiting for another one");
  }
}

Subscriber::Subscriber(std::unique_ptr<Route> route, fs::path folder, Options options,
                       std::function<void()> changed)
    : impl_(std::make_unique<Impl>(std::move(route), std::move(folder), std::move(options),
                                   std::move(changed))) {}
Subscriber::~Subscriber() = default;

LiveStatus Subscriber::status() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->status;
}

const fs::path& Subscriber::folder() const { return impl_->folder; }

void Subscriber::fetch(const Request& ask, std::function<void(Fetched)> done) {
  impl_->post([this, ask, done = std::move(done)]() mutable { impl_->requests.add(ask, std::move(done)); });
}

void Subscriber::choose(std::uint32_t volume) {
  impl_->post([this, volume] {
    if (impl_->welcomed) impl_->send(Choose{volume}, impl_->next_order++);
  });
}

void Subscriber::order(Control what, std::function<void(bool, std::string)> done) {
  impl_->post([this, what, done = std::move(done)]() mutable {
    if (!impl_->welcomed) return done(false, "the run cannot be reached");
    const std::uint32_t id = impl_->next_order++;
    impl_->orders[id] = std::move(done);
    impl_->send(Command{what}, id);
  });
}

}  // namespace scaffold::monitor

#include "parallel/watchdog.hpp"

#include <algorithm>
#include <chrono>

#include "core/clock.hpp"
#include "core/suspension.hpp"
#include "core/text.hpp"

namespace scaffold {

namespace {

constexpr double shortest_limit = 60, steps_in_limit = 30, limit_before_steps = 1800;

struct Beat {
  std::int64_t collectives = 0, paused = 0;
};

}  // namespace

/// What is known of another rank (or of this one).
struct Watchdog::Peer {
  int rank = 0;
  Beat arriving, latest;
  RequestPtr receive;
  double heard = 0, advanced = 0;  ///< when, on the clock of this rank's watchdog
};

Watchdog::Watchdog(Communicator& comm, WatchdogOptions options)
    : comm_(comm), options_(std::move(options)), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  stop_ = true;
  thread_.join();
}

void Watchdog::step(double seconds) {
  const double before = typical_step_;
  typical_step_ = before > 0 ? before + 0.1 * (seconds - before) : seconds;
}

double Watchdog::limit() const {
  if (options_.timeout > 0) return options_.timeout;
  const double step = typical_step_;
  return step > 0 ? std::max(shortest_limit, steps_in_limit * step) : limit_before_steps;
}

/// Why the job cannot go on, or nothing. `peers` holds this rank too.
std::string Watchdog::stalled(const std::vector<Peer>& peers, double now) const {
  const auto name = [&](const Peer& peer) {
    return cat("rank ", peer.rank, " on ", options_.hosts[static_cast<std::size_t>(peer.rank)]);
  };
  const double bound = limit();
  double latest_advance = 0;
  const Peer* last = &peers.front();
  for (const Peer& peer : peers) {
    if (now - peer.heard > bound)
      return cat(name(peer), " has given no sign of life for ", fixed(now - peer.heard, 0),
                 " s (stopped, or lost with its machine)");
    if (peer.latest.paused > 0) return "";
    latest_advance = std::max(latest_advance, peer.advanced);
    if (peer.latest.collectives < last->latest.collectives) last = &peer;
  }
  if (now - latest_advance <= bound) return "";
  return cat(name(*last), " is behind all others, which have waited for ", fixed(now - latest_advance, 0),
             " s (stuck in a read, or without a processor)");
}

void Watchdog::run() {
  const int rank = comm_.rank();
  std::vector<Peer> peers(1);
  peers[0].rank = rank;
  // Rank 0 watches all, rank 1 watches rank 0.
  if (rank == 0)
    for (int r = 1; r < comm_.size(); ++r) peers.emplace_back().rank = r;
  else if (rank == 1)
    peers.emplace_back().rank = 0;
  const int listener = rank == 0 ? 1 : 0;
  Beat sending;
  RequestPtr send;
  double sent = -options_.beat;
  const Stopwatch stopwatch;
  // While this thread does not get its turns, since the process is suspended, the silence is its own.
  const double turn = options_.beat / 5;
  TurnClock clock(turn, options_.beat);
  while (!stop_) {
    const double now = clock.turn(stopwatch.seconds());
    const Beat own{options_.collectives(), paused_};
    if (own.collectives != peers[0].latest.collectives) peers[0].advanced = now;
    peers[0].latest = own;
    peers[0].heard = now;
    for (std::size_t i = 1; i < peers.size(); ++i) {
      Peer& peer = peers[i];
      if (!peer.receive) peer.receive = comm_.start_receive(&peer.arriving, sizeof(Beat), peer.rank, 0);
      if (!peer.receive->done()) continue;
      peer.heard = now;
      if (peer.arriving.collectives != peer.latest.collectives) peer.advanced = now;
      peer.latest = peer.arriving;
      peer.receive.reset();
    }
    if ((!send || send->done()) && now - sent >= options_.beat) {
      sending = own;
      send = comm_.start_send(&sending, sizeof(Beat), listener, 0);
      sent = now;
    }
    if (const std::string why = rank <= 1 ? stalled(peers, now) : ""; !why.empty()) {
      options_.on_stall(why);
      return;
    }
    std::this_thread::sleep_for(std::chrono::duration<double>(turn));
  }
}

}  // namespace scaffold

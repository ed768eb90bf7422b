// What `scaffold watch` does in each of its three ways.
#include <algorithm>
#include <condition_variable>
#include <ctime>
#include <iostream>
#include <mutex>
#include <set>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "core/text.hpp"
#include "headless/watch/session.hpp"
#include "headless/watch/terminal.hpp"
#include "headless/watch/view.hpp"
#include "headless/watch/watch.hpp"
#include "run/artifact.hpp"
#include "run/log_tail.hpp"

namespace scaffold {
namespace watch {
namespace {

using Phase = monitor::LiveStatus::Phase;

double now() {
  timespec time{};
  ::clock_gettime(CLOCK_REALTIME, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

/// Woken by news of the session, and by signals.
class Waiter {
 public:
  void tell() {
    const std::lock_guard lock(mutex_);
    told_ = true;
    changed_.notify_all();
  }
  void wait(double seconds) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::duration<double>(seconds), [&] { return told_; });
    told_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool told_ = false;
};

View view_of(const Session& session) {
  View view;
  view.run = &session.run();
  view.live = session.live();
  view.now = now();
  return view;
}

std::optional<Forecast> forecast_of(const RunData& run) {
  if (!run.target) return std::nullopt;
  std::vector<EpochRecord> epochs;
  for (const RunEpoch& each : run.epochs) epochs.push_back(each.record);
  return forecast_target(epochs, *run.target);
}

bool over(State state) { return state >= State::converged; }

// Codes of `benchmark` where a run has ended, others where it has not: docs/cli.md.
int exit_code(State state) {
  switch (state) {
    case State::converged:
      return static_cast<int>(ExitCode::ok);
    case State::exhausted:
      return static_cast<int>(ExitCode::target);
    case State::nothing:
    case State::waiting:
      return static_cast<int>(ExitCode::data);
    case State::running:
      return 10;
    case State::stalled:
    case State::silent:
    case State::killed:
      return 11;
    case State::interrupted:
      return 12;
    case State::failed:
      break;
  }
  return static_cast<int>(ExitCode::internal);
}

/// Until the files have been read (they are enough where the run does not answer soon) and, where the run can
/// be reached, its log has come: nothing for half a second after the welcome.
void settle(Session& session, Waiter& waiter, bool has_files) {
  constexpr double quiet = 0.5, poll = 0.1;
  const double patience = has_files ? 3 : 10;
  const Stopwatch all;
  Stopwatch since;
  std::uint64_t bytes = 0;
  while (all.seconds() < patience || session.loading()) {
    signals::check();
    session.update();
    const auto live = session.live();
    if (!live) {
      if (!session.loading()) return;
    } else if (live->phase == Phase::live) {
      if (live->bytes != bytes) {
        bytes = live->bytes;
        since.restart();
      }
      if (since.seconds() > quiet && !session.loading() && session.run().begun) return;
    } else {
      const bool read = !session.loading();
      const bool ended = read && session.run().changed > 0 && over(state_of(view_of(session)));
      if (ended || live->phase == Phase::refused ||
          (read && live->phase == Phase::looking && !live->message.empty()))
        return;
    }
    waiter.wait(poll);
  }
}

int print_once(const monitor::Target& target) {
  Waiter waiter;
  Session session(target, [&] { waiter.tell(); });
  settle(session, waiter, !target.local_folder().empty());
  View view = view_of(session);
  view.forecast = forecast_of(session.run());
  const State state = state_of(view);
  if (state == State::nothing || state == State::waiting) {
    const auto& problems = session.run().problems;
    const std::string files = problems.empty() ? "" : problems.front();
    const auto folder = target.local_folder();
    if (std::error_code error; fs::exists(folder, error) && !is_run_folder(folder))
      throw DataError(why_no_run(folder));
    if (!view.live || view.live->message.empty()) throw DataError(files);
    throw DataError(
        cat(view.live->phase == Phase::connecting ? "no answer so far: " : "", view.live->message));
  }
  std::cout << one_line(view) << '\n';
  return exit_code(state);
}

/// For good: its version is another one, and its files are not at hand.
bool is_refused(const View& view, const monitor::Target& target) {
  return view.live && view.live->phase == Phase::refused && target.local_folder().empty();
}

/// Whether a watcher that is not connected has something to wait for. A run that has not begun is waited for
/// without end; one that has is not: it was killed, or is not to be reached, most likely for good.
bool to_come(const View& view, const monitor::Target& target) {
  if (is_refused(view, target)) return false;
  const State state = state_of(view);
  const bool quiet = view.run->status(static_cast<std::int64_t>(view.now)) == "no end";
  if (state == State::silent || (state == State::killed && quiet))
    return view.live && view.live->phase == Phase::looking;
  // There is a key, so the run has begun. The copy that is made here is as old as this program.
  const bool begun = view.live && (!target.key.empty() || view.live->phase == Phase::connecting);
  return state != State::waiting || !begun || !quiet;
}

std::string why_nothing_comes(const View& view, const monitor::Target& target) {
  if (is_refused(view, target)) return view.live->message;
  if (state_of(view) == State::waiting)
    return cat("'", target.run, "' has not answered for ten minutes: ", view.live->message);
  return cat("the log of '", view.live && !view.live->run.empty() ? view.live->run : view.run->name,
             "' ends without an end, and nothing has been written for ten minutes");
}

int print_json(const monitor::Target& target) {
  Waiter waiter;
  Session session(target, [&] { waiter.tell(); });
  fs::path folder = session.log_folder();
  auto tail = std::make_unique<monitor::LogTail>(folder / "events.jsonl");
  std::uint64_t offset = 0, id = 0;
  constexpr std::size_t piece = std::size_t{1} << 20;
  std::set<std::string> told;  // each message once, however often it is tried again
  while (true) {
    signals::check();
    session.update();
    if (session.log_folder() != folder) {  // the same log, from another place: go on where we are
      folder = session.log_folder();
      tail = std::make_unique<monitor::LogTail>(folder / "events.jsonl");
    }
    tail->refresh();
    if (tail->id() != 0 && tail->id() != id) {
      if (id != 0) offset = 0;  // another log in its place
      id = tail->id();
    }
    bool wrote = false;
    while (offset < tail->size()) {
      const std::string bytes = tail->read(offset, piece);
      if (bytes.empty()) break;
      if (!std::cout.write(bytes.data(), static_cast<std::streamsize>(bytes.size())))
        return 0;  // told by main
      offset += bytes.size();
      wrote = true;
    }
    std::cout.flush();
    if (!std::cout.good()) return 0;
    const View view = view_of(session);
    const State state = state_of(view);
    const bool connected = view.live && view.live->phase == Phase::live;
    if (connected) told.clear();
    const bool complete = !wrote && !session.loading() && !connected;
    if (complete && over(state)) return exit_code(state);
    if (complete && !to_come(view, target)) throw DataError(why_nothing_comes(view, target));
    if (complete && view.live && !view.live->message.empty() && told.insert(view.live->message).second)
      std::cerr << view.live->message << '\n';
    waiter.wait(0.5);
  }
}

/// Which plane of which kept sample is looked at.
struct Choice {
  static constexpr std::uint32_t latest = 0xffffffffu;
  std::uint32_t epoch = latest;  ///< or the last one before it that has volumes
  std::int64_t volume = -1;      ///< -1: the first of the epoch
  int axis = 0;
  double where = 0.5;  ///< along the axis
  monitor::Part part = monitor::Part::prediction;

  const monitor::Kept* find(const std::vector<monitor::Kept>& volumes) const {
    const monitor::Kept* found = nullptr;
    for (const auto& kept : volumes) {
      if (kept.epoch > epoch) continue;
      const bool newer = !found || kept.epoch > found->epoch;
      const bool wanted = kept.volume == volume && kept.epoch >= (found ? found->epoch : 0);
      if (newer || wanted) found = &kept;
    }
    return found;
  }
};

/// The next of what is there after `now`, in a circle.
std::uint32_t after(std::vector<std::uint32_t> all, std::uint32_t now, int step) {
  std::sort(all.begin(), all.end());
  all.erase(std::unique(all.begin(), all.end()), all.end());
  if (all.empty()) return now;
  const auto at = std::lower_bound(all.begin(), all.end(), now) - all.begin();
  const auto count = static_cast<std::ptrdiff_t>(all.size());
  return all[static_cast<std::size_t>(((at + step) % count + count) % count)];
}

void turn_to(Choice& choice, Key key, const std::vector<monitor::Kept>& volumes, std::uint32_t planes) {
  const monitor::Kept* kept = choice.find(volumes);
  const double plane = planes > 0 ? 1.0 / planes : 0.0625;
  std::vector<std::uint32_t> numbers;
  switch (key) {
    case Key::left:
      choice.where = std::max(choice.where - plane, plane / 2);
      break;
    case Key::right:
      choice.where = std::min(choice.where + plane, 1 - plane / 2);
      break;
    case Key::up:
      choice.axis = (choice.axis + 1) % 3;
      break;
    case Key::down:
      choice.axis = (choice.axis + 2) % 3;
      break;
    case Key::part:
      choice.part = static_cast<monitor::Part>((static_cast<int>(choice.part) + 1) % 3);
      break;
    case Key::latest:
      choice.epoch = Choice::latest;
      break;
    case Key::next_volume:
    case Key::last_volume:
      if (!kept) break;
      for (const auto& each : volumes)
        if (each.epoch == kept->epoch) numbers.push_back(each.volume);
      choice.volume = after(numbers, kept->volume, key == Key::next_volume ? 1 : -1);
      break;
    case Key::next_epoch:
    case Key::last_epoch:
      if (!kept) break;
      for (const auto& each : volumes) numbers.push_back(each.epoch);
      choice.volume = kept->volume;
      choice.epoch = after(numbers, kept->epoch, key == Key::next_epoch ? 1 : -1);
      break;
    default:
      break;
  }
}

int watch_in_terminal(const monitor::Target& target) {
  Terminal terminal;
  Session session(target, [&] { terminal.wake(); });
  Choice choice;
  std::optional<Forecast> forecast;
  const RunData* known = nullptr;
  bool help = false;
  while (!signals::pending()) {
    session.update();
    if (known != &session.run()) {
      known = &session.run();
      forecast = forecast_of(*known);
    }
    if (const auto* kept = choice.find(session.volumes()))
      session.show(*kept, choice.part, choice.axis, choice.where);
    View view = view_of(session);
    view.slice = session.slice();
    view.forecast = forecast;
    view.help = help;
    view.colors = terminal.colors();
    view.glyphs = terminal.glyphs();
    terminal.show(draw(view, terminal.columns(), terminal.rows()));
    const auto key = terminal.wait(1000);
    if (key == Key::quit) break;
    if (key == Key::help)
      help = !help;
    else if (key)
      turn_to(choice, *key, session.volumes(), view.slice.planes);
  }
  return 0;
}

}  // namespace
}  // namespace watch

int run_watch(const WatchArguments& arguments) {
  if (arguments.once) return watch::print_once(arguments.target);
  if (arguments.json) return watch::print_json(arguments.target);
  watch::need_terminal();
  const int code = watch::watch_in_terminal(arguments.target);
  signals::check();
  return code;
}

}  // namespace scaffold

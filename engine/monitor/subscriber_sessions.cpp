#include "monitor/subscriber_sessions.hpp"

#include <algorithm>

#include "core/error.hpp"
#include "core/text.hpp"

namespace scaffold::monitor {
namespace {

/// The log runs ahead of what a watcher has acknowledged by at most this: what a slow one costs in memory.
constexpr std::uint64_t window = 4 * max_log_bytes;

/// In a time that does not depend on where they differ.
bool same(const Token& a, const Token& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i] ^ b[i]);
  return difference == 0;
}

}  // namespace

SubscriberSessions::SubscriberSessions(SubscriberSessionsOptions options, LogTail& log, VolumeStore& volumes,
                                       Send send, OnChoose choose, OnControl control)
    : options_(std::move(options)),
      log_(log),
      volumes_(volumes),
      send_(std::move(send)),
      choose_(std::move(choose)),
      control_(std::move(control)) {}

bool SubscriberSessions::answer(const std::string& name, std::uint32_t id, Body body, std::uint16_t version) {
  return send_(name, encode({version, id, std::move(body)}));
}

void SubscriberSessions::handshake(const std::string& name, const Message& message, const Hello& hello,
                                   double now) {
  if (!same(hello.token, options_.token)) {
    ++rejected_;
    return;
  }
  const auto ours = options_.version;
  if (!can_talk(message.version, ours)) {
    const auto apart = static_cast<std::uint16_t>(versions_apart);
    answer(name, message.id,
           Refused{static_cast<std::uint16_t>(ours > apart ? ours - apart : 0),
                   static_cast<std::uint16_t>(ours + apart),
                   cat("this run speaks monitor protocol ", ours, ", ", hello.program, " speaks ",
                       message.version, ": use the same version of both programs")},
           ours);
    return;
  }
  if (!watchers_.contains(name) && watchers_.size() >= options_.max_watchers) {
    answer(name, message.id,
           Refused{ours, ours, cat("this run is watched by ", watchers_.size(), " already")}, ours);
    return;
  }
  if (!watchers_.contains(name)) ++welcomed_;
  Watcher watcher;
  watcher.version = message.version;
  watcher.heard = now;
  watcher.scalars_only = message.version != ours;
  watcher.list_due = !watcher.scalars_only;
  const bool goes_on = hello.log_id != 0 && hello.log_id == log_.id() && hello.log_offset <= log_.size();
  watcher.sent = watcher.acknowledged = goes_on ? hello.log_offset : 0;
  if (answer(name, message.id,
             Welcome{log_.id(), watcher.sent, watcher.scalars_only, options_.control && !watcher.scalars_only,
                     options_.run, options_.program, options_.config},
             ours))
    watchers_[name] = watcher;
}

void SubscriberSessions::on_message(const std::string& name, std::string_view frame, double now) {
  const auto message = decode(frame);
  if (!message) {
    ++rejected_;
    return;
  }
  if (const auto* hello = std::get_if<Hello>(&message->body)) return handshake(name, *message, *hello, now);
  const auto found = watchers_.find(name);
  if (found == watchers_.end()) return;  // it has not shown the token: nothing, not even an error
  Watcher& watcher = found->second;
  watcher.heard = now;
  const auto reply = [&](Body body) { answer(name, message->id, std::move(body), options_.version); };
  if (const auto* ack = std::get_if<Ack>(&message->body)) {
    watcher.acknowledged = std::clamp(ack->offset, watcher.acknowledged, watcher.sent);
    send_log(name, watcher);
  } else if (std::holds_alternative<Ping>(message->body)) {
    reply(Pong{});
  } else if (std::holds_alternative<Bye>(message->body)) {
    watchers_.erase(found);
  } else if (watcher.scalars_only) {
    reply(NotFound{version_text(options_.version, watcher.version)});
  } else if (const auto* ask = std::get_if<Request>(&message->body)) {
    reply(serve(*ask));
  } else if (const auto* choose = std::get_if<Choose>(&message->body)) {
    choose_(choose->volume);
    reply(Done{true, cat("volume ", choose->volume, " is kept from the next validation pass on")});
  } else if (const auto* command = std::get_if<Command>(&message->body)) {
    if (options_.control) control_(command->what);
    reply(Done{options_.control, options_.control
                                     ? "the run will do so"
                                     : "this run is read-only: it was not started with --monitor-control 1"});
  }
}

Body SubscriberSessions::serve(const Request& ask) {
  Request what = ask;
  what.offset = what.length = 0;
  try {
    if (!cut_.valid || !(cut_.ask == what)) {
      const auto file = volumes_.get(ask.epoch, ask.volume);
      if (!file)
        return NotFound{cat("volume ", ask.volume, " of epoch ", ask.epoch, " is not kept any more")};
      if (ask.level >= file->facts().levels) return NotFound{cat("there is no level ", ask.level)};
      const auto text = [](const std::vector<std::uint8_t>& labels) {
        return std::string_view(reinterpret_cast<const char*>(labels.data()), labels.size());
      };
      Cut cut{what, file->dims(ask.level), "", true};
      if (ask.axis != Request::whole) {
        cut.dims = file->slice_dims(ask.level, ask.axis);
        cut.bytes = compress(text(file->slice(ask.part, ask.level, ask.axis, ask.index)));
      } else if (ask.part == Part::error) {
        cut.bytes = compress(text(file->labels(ask.part, ask.level)));
      } else {
        cut.bytes = file->compressed(ask.part, ask.level);
      }
      cut_ = std::move(cut);
    }
  } catch (const Error& error) {
    return NotFound{error.what()};
  }
  const auto total = static_cast<std::uint32_t>(cut_.bytes.size());
  const std::uint32_t offset = std::min(ask.offset, total);
  return Chunk{cut_.dims, total, offset, cut_.bytes.substr(offset, ask.length)};
}

void SubscriberSessions::send_log(const std::string& name, Watcher& watcher) {
  while (watcher.sent < log_.size() && watcher.sent - watcher.acknowledged < window) {
    std::string bytes = log_.read(watcher.sent, max_log_bytes);
    if (bytes.empty()) return;
    const std::uint64_t size = bytes.size();
    if (!answer(name, 0, Log{watcher.sent, std::move(bytes)}, options_.version)) return;
    watcher.sent += size;
  }
}

void SubscriberSessions::flush(double now) {
  std::erase_if(watchers_,
                [&](const auto& item) { return now - item.second.heard > options_.silence_seconds; });
  for (auto& [name, watcher] : watchers_) {
    send_log(name, watcher);
    if (watcher.list_due && answer(name, 0, Volumes{volumes_.list()}, options_.version))
      watcher.list_due = false;
  }
}

void SubscriberSessions::volumes_changed() {
  cut_.valid = false;
  for (auto& [name, watcher] : watchers_) watcher.list_due = !watcher.scalars_only;
}

void SubscriberSessions::bye() {
  for (const auto& [name, watcher] : watchers_) answer(name, 0, Bye{}, options_.version);
}

bool SubscriberSessions::all_sent() const {
  return std::all_of(watchers_.begin(), watchers_.end(),
                     [&](const auto& item) { return item.second.sent >= log_.size(); });
}

}  // namespace scaffold::monitor

#include "run/events.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <limits>
#include <mutex>

#include "core/clock.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "run/json.hpp"
#include "run/line_file.hpp"
#include "run/report_json.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

constexpr std::size_t max_line = std::size_t{1} << 20;
constexpr std::size_t max_name = 256;

/// UTC as 2026-11-21T10:20:30.123Z.
std::string utc_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
  const std::time_t seconds = ms / 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  const std::size_t n = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
  return cat(std::string_view(text, n), '.', padded(static_cast<std::uint64_t>(ms % 1000), 3), 'Z');
}

/// A message's first part: a line that the reader would refuse as too long must not be written.
std::string_view bounded(std::string_view text) { return text.substr(0, max_line / 16); }

/// A log begins with '{'; anything else is not ours to append to (or to cut a last line from).
void refuse_foreign(const fs::path& path) {
  if (!fs::exists(path)) return;
  const auto fd = open_read(path);
  char first = '{';
  if (::read(fd.get(), &first, 1) == 1 && first != '{')
    throw DataError(cat("'", path.string(), "' is not an event log; move it away"));
}

}  // namespace

struct EventLog::Writer {
  explicit Writer(const fs::path& path) {
    refuse_foreign(path);
    file = LineFile(path);
  }
  void write(const char* type, const Ordered& facts, bool durable = false) {
    const std::lock_guard lock(mutex);
    Ordered event = {{"type", type}, {"time", utc_milliseconds()}, {"t", number(clock.seconds())}};
    event.update(facts);
    file.append(dump(event), durable);
  }
  std::mutex mutex;
  Stopwatch clock;
  LineFile file;
};

EventLog::EventLog(const fs::path& path) : writer_(std::make_unique<Writer>(path)) {}
EventLog::~EventLog() = default;

void EventLog::run_start(const RunRecord& run) {
  writer_->write("run_start",
                 {{"job_name", run.job_name},
                  {"version", run.version},
                  {"commit", run.commit},
                  {"started_utc", run.started_utc},
                  {run.score_info().target_key(), number(run.target)},
                  {"train_seed", run.train_seed},
                  {"restarts", run.restarts},
                  {"device", run.device},
                  {"precision", run.precision},
                  {"threads", run.threads},
                  {"ranks", run.ranks},
                  {"parameters", run.parameters},
                  {"global_batch", run.global_batch},
                  {"steps_per_epoch", run.steps_per_epoch},
                  {"validation_samples", run.validation_samples},
                  {"deadline", run.deadline ? Ordered(run.deadline) : Ordered()},
                  {"flops_forward", number(run.flops_forward)},
                  {"flops_per_step", number(run.flops_per_step)},
                  {"dataset", report::dataset_json(run.dataset)},
                  {"machine", report::machine_json(run.machine)},
                  {"software", report::software_json(run)},
                  {"configuration", report::configuration_json(run.config)}},
                 true);
}

void EventLog::restart(std::int64_t from_epoch, std::string_view checkpoint) {
  writer_->write("restart", {{"epoch", from_epoch}, {"checkpoint", checkpoint}}, true);
}

void EventLog::warmup(std::int64_t batches, double seconds) {
  writer_->write("warmup", {{"batches", batches}, {"seconds", number(seconds)}});
}

void EventLog::step(const StepEvent& s) {
  writer_->write("step", {{"epoch", s.epoch},
                          {"step", s.step},
                          {"steps", s.steps},
                          {"loss", number(s.loss)},
                          {"seconds", number(s.seconds)},
                          {"samples_per_second", number(s.samples_per_second)},
                          {"learning_rate", number(s.learning_rate)},
                          {"gradient_norm", number(s.gradient_norm)},
                          {"memory_bytes", s.memory_bytes}});
}

void EventLog::validating(std::int64_t epoch, std::int64_t done, std::int64_t total) {
  writer_->write("validating", {{"epoch", epoch}, {"done", done}, {"total", total}});
}

void EventLog::samples(std::int64_t epoch, const std::vector<int>& samples, const std::vector<double>& scores,
                       const std::string& name) {
  constexpr std::size_t most = 16384;  // a line stays far below max_line
  const std::size_t n = std::min(samples.size(), most);
  Ordered numbers = Ordered::array(), values = Ordered::array();
  for (std::size_t i = 0; i < n; ++i) {
    numbers.push_back(samples[i]);
    values.push_back(number(std::round(scores[i] * 1e6) / 1e6));
  }
  writer_->write("samples", {{"epoch", epoch}, {"volumes", std::move(numbers)}, {name, std::move(values)}});
}

void EventLog::control(std::string_view what) { writer_->write("control", {{"order", what}}, true); }

void EventLog::validation(std::int64_t epoch, double loss, double score, const std::string& name,
                          std::int64_t samples, double seconds) {
  writer_->write("validation", {{"epoch", epoch},
                                {"loss", number(loss)},
                                {name, number(score)},
                                {"samples", samples},
                                {"seconds", number(seconds)}});
}

void EventLog::epoch(const EpochRecord& epoch) { writer_->write("epoch", report::epoch_json(epoch), true); }

void EventLog::checkpoint(std::string_view path, std::string_view kind, std::int64_t epoch,
                          std::int64_t steps, double seconds, std::uint64_t bytes) {
  writer_->write("checkpoint",
                 {{"path", path},
                  {"kind", kind},
                  {"epoch", epoch},
                  {"steps", steps},
                  {"seconds", number(seconds)},
                  {"bytes", bytes}},
                 true);
}

void EventLog::signal(std::string_view name, std::string_view action) {
  writer_->write("signal", {{"name", name}, {"action", action}}, true);
}

void EventLog::note(std::string_view level, std::string_view text) {
  writer_->write("note", {{"level", level}, {"text", bounded(text)}});
}

void EventLog::report(const RunRecord& run) {
  Ordered facts = Ordered::parse(report_json(run));
  facts.erase("epochs_table");
  writer_->write("report", facts, true);
}

void EventLog::run_end(RunStatus status, std::string_view message) {
  writer_->write("run_end", {{"status", status_name(status)}, {"message", bounded(message)}}, true);
}

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

bool plain_number(const Json& value) { return value.is_number() || value.is_boolean() || value.is_null(); }

double as_number(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  return value.is_number() ? value.get<double>() : not_a_number;
}

class Flattener {
 public:
  Flattener(Event& event, const std::string& where) : event_(event), where_(where) {}

  void add(const std::string& name, const Json& value) {
    // Names are joined, so a hostile line could otherwise grow by the square of its length.
    if (name.size() > max_name) throw DataError(cat(where_, ": a name is longer than ", max_name));
    if (plain_number(value)) {
      event_.numbers[name] = as_number(value);
    } else if (value.is_string()) {
      event_.texts[name] = value.get<std::string>();
    } else if (value.is_object()) {
      for (const auto& [key, part] : value.items()) add(cat(name, '.', key), part);
    } else if (std::all_of(value.begin(), value.end(), plain_number)) {
      auto& list = event_.lists[name];
      for (const auto& part : value) list.push_back(as_number(part));
    } else {
      std::size_t index = 0;
      for (const auto& part : value) add(cat(name, '.', index++), part);
    }
  }

 private:
  Event& event_;
  const std::string& where_;
};

Event parse_event(std::string_view line, const std::string& where) {
  const Json json = parse_object(line, where);
  Event event;
  Flattener flattener(event, where);
  for (const auto& [key, value] : json.items()) flattener.add(key, value);
  const auto take = [&](const char* key) {
    auto node = event.texts.extract(key);
    if (node.empty() || node.mapped().empty()) throw DataError(cat(where, ": an event without ", key));
    return std::move(node.mapped());
  };
  event.type = take("type");
  event.time = take("time");
  const auto t = event.numbers.extract("t");
  if (t.empty()) throw DataError(cat(where, ": an event without t"));
  event.t = t.mapped();
  return event;
}

}  // namespace

void for_each_event(const fs::path& path, const std::function<void(const Event&)>& use) {
  for_each_event_from(path, 0, use);
}

std::uint64_t for_each_event_from(const fs::path& path, std::uint64_t offset,
                                  const std::function<void(const Event&)>& use, std::uint64_t max_bytes) {
  const auto fd = open_read(path);
  std::string pending, buffer(65536, '\0');
  std::size_t line = 1;
  const auto where = [&] {
    return cat("'", path.string(), "' line ", line, offset ? cat(" after byte ", offset) : "");
  };
  for (std::uint64_t at = offset;;) {
    const ssize_t n = ::pread(fd.get(), buffer.data(), buffer.size(), static_cast<off_t>(at));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw DataError(cat("cannot read '", path.string(), "': ", std::strerror(errno)));
    if (n == 0 || at - offset >= max_bytes) return at - pending.size();
    at += static_cast<std::uint64_t>(n);
    pending.append(buffer.data(), static_cast<std::size_t>(n));
    std::size_t start = 0;
    for (auto end = pending.find('\n'); end != pending.npos; end = pending.find('\n', start), ++line) {
      if (end - start > max_line) break;
      use(parse_event(std::string_view(pending).substr(start, end - start), where()));
      start = end + 1;
    }
    pending.erase(0, start);
    if (pending.size() > max_line) throw DataError(cat(where(), ": longer than an event can be"));
  }
}

std::vector<Event> read_events(const fs::path& path) {
  std::vector<Event> events;
  for_each_event(path, [&](const Event& event) { events.push_back(event); });
  return events;
}

}  // namespace scaffold

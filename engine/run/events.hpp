// events.jsonl: what happened in a run, one JSON object a line, in the order it happened.
//
// Every line has "type", "time" (UTC, milliseconds) and "t" (seconds since this session began, steady clock).
// A number that is not finite is written as null. After a restart the log goes on; it is never rewritten.
// Types and keys: docs/report.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

/// Training steps since the last step event, coalesced by the caller (one event a loss_freq or a second).
struct StepEvent {
  std::int64_t epoch = 0;  ///< 1-based
  std::int64_t step = 0;   ///< last step it covers, 1-based within the epoch
  std::int64_t steps = 1;  ///< how many steps it covers
  double loss = 0;         ///< mean over those steps
  double seconds = 0;      ///< sum over those steps
  double samples_per_second = 0;
  double learning_rate = 0;
  double gradient_norm = 0;        ///< mean over those steps, before clipping
  std::uint64_t memory_bytes = 0;  ///< resident, of rank 0's process; 0: not known
};

/// Writer; any thread may call it.
class EventLog {
 public:
  /// Opens or creates the log and cuts off a torn last line; "t" counts from here. SystemError when it
  /// cannot.
  explicit EventLog(const std::filesystem::path& path);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  void run_start(const RunRecord& run);  ///< what is known before training: machine, dataset, configuration
  void restart(std::int64_t from_epoch, std::string_view checkpoint);  ///< epochs after from_epoch are void
  void warmup(std::int64_t batches, double seconds);
  void step(const StepEvent& step);
  /// How far a validation pass is: at most one a second.
  void validating(std::int64_t epoch, std::int64_t done, std::int64_t total);
  /// What each validation sample scored: scores[i] of samples[i], under the metric's name.
  void samples(std::int64_t epoch, const std::vector<int>& samples, const std::vector<double>& scores,
               const std::string& name);
  /// A watcher's order that was carried out.
  void control(std::string_view what);
  void validation(std::int64_t epoch, double loss, double score, const std::string& name,
                  std::int64_t samples, double seconds);
  void epoch(const EpochRecord& epoch);  ///< synced: the figure of merit of a resumed run is built from these
  /// kind: "last", "best" or "final"; epochs and steps that it holds
  void checkpoint(std::string_view path, std::string_view kind, std::int64_t epoch, std::int64_t steps,
                  double seconds, std::uint64_t bytes);
  void signal(std::string_view name, std::string_view action);
  void note(std::string_view level, std::string_view text);  ///< level: "info", "warning", "error"
  /// All that report.json is about to say but its epochs, which have events of their own: a second copy, to
  /// verify it by.
  void report(const RunRecord& run);
  void run_end(RunStatus status, std::string_view message);

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

/// One line of the log. Nested objects and lists of anything but numbers are flattened, names joined by '.'
/// ("phases.forward", "reasons.0"); null reads as NaN, true and false as 1 and 0.
struct Event {
  std::string type, time;
  double t = 0;
  std::map<std::string, double> numbers;
  std::map<std::string, std::string> texts;
  std::map<std::string, std::vector<double>> lists;
};

/// Calls `use` for each event in order, holding one line in memory at a time; a last line with no line feed
/// is ignored. DataError, naming file and line, for what is not an event: no JSON object, no type, too long
/// or too deep.
void for_each_event(const std::filesystem::path& path, const std::function<void(const Event&)>& use);
/// The same from byte `offset` on, where a line begins: for following a log that grows. Where the first line
/// begins that was not whole yet; messages count lines from `offset`. Ends early after about `max_bytes`,
/// which are to be more than a line can have.
std::uint64_t for_each_event_from(const std::filesystem::path& path, std::uint64_t offset,
                                  const std::function<void(const Event&)>& use,
                                  std::uint64_t max_bytes = std::numeric_limits<std::uint64_t>::max());
std::vector<Event> read_events(const std::filesystem::path& path);

/// The record in an "epoch" event; DataError when its numbers cannot be one.
EpochRecord epoch_from_event(const Event& event, const MetricList& metrics = default_metrics());
/// The log's record is of the very epoch in the table, not of one that a restart has made void.
bool same_epoch(const EpochRecord& logged, const EpochRecord& row);

/// The complete records of epochs 1 … up_to_epoch of a run folder, from train_stats.csv and events.jsonl: the
/// table's ten columns rule, the log adds the rest where its epoch is the same one (it also holds epochs that
/// a restart has made void). Either file may be missing or damaged as long as the other has every epoch; else
/// DataError, since a figure of merit without them would be wrong.
std::vector<EpochRecord> restore_epochs(const std::filesystem::path& run_dir, std::int64_t up_to_epoch);

}  // namespace scaffold

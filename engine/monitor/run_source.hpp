// A run folder as those who watch it see it: what train_stats.csv, events.jsonl, report.json and config.yaml
// say, read again as they grow. Formats: docs/report.md.
#pragma once
#include <atomic>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/files.hpp"
#include "run/events.hpp"
#include "run/report_json.hpp"

namespace scaffold {

struct RunEpoch {
  EpochRecord record;
  bool logged = false;  ///< else only the table's ten columns are known
  double time = 0;      ///< seconds since 1970 when it ended; 0: not logged
};

/// One or more training steps, means over them.
struct RunStep {
  double from = 0, to = 0;  ///< epochs since the start of the run: 2.5 is in the middle of epoch 3
  double steps = 1;
  double loss = 0, seconds = 0, samples_per_second = 0, learning_rate = 0, gradient_norm = 0;
  double memory_bytes = 0;  ///< resident, of rank 0; 0: not known
  double time = 0;          ///< seconds since 1970 when the last of them ended; 0: not known
};

/// Something that happened, in words.
struct RunNote {
  double t = 0;      ///< seconds since its session began
  std::string time;  ///< UTC
  enum class Kind {
    start,
    restart,
    best,
    checkpoint,
    order,
    signal,
    info,
    warning,
    error,
    end
  } kind = Kind::info;
  std::string text;
  std::int64_t epoch = 0;  ///< 0: of none
};

/// What each validation sample scored in an epoch: scores[i] of volumes[i].
struct RunSamples {
  std::vector<std::int64_t> volumes;
  std::vector<double> scores;
};

/// A validation pass under way.
struct RunValidating {
  std::int64_t epoch = 0, done = 0, total = 0;
};

struct RunData {
  std::string name;                                ///< of the folder
  const MetricList* metrics = &default_metrics();  ///< of its workload
  std::vector<RunEpoch> epochs;
  std::vector<RunStep> steps;    ///< ascending; neighbors are merged where there are more than max_steps
  std::vector<double> restarts;  ///< where in the run, as RunStep::from
  std::optional<double> target;
  std::optional<ReportSummary> report;
  std::string device, precision;
  int ranks = 0;  ///< 0: not known
  // From the last run_start; 0: not known.
  std::int64_t steps_per_epoch = 0, validation_samples = 0, global_batch = 0, parameters = 0;
  double flops_per_step = 0;
  std::int64_t deadline = 0;         ///< seconds since 1970 when the scheduler ends the job
  std::int64_t epoch = 0, step = 0;  ///< of the last step event, 1-based
  std::optional<RunValidating> validating;
  double last_t = 0;                           ///< of the last event
  std::string last_time;                       ///< likewise, UTC
  std::vector<RunNote> notes;                  ///< the latest max_notes
  std::map<std::int64_t, RunSamples> samples;  ///< by epoch
  std::string dataset;                         ///< its folder, as the run named it
  std::string end_status;                      ///< of the last run_end; empty while the last session has none
  bool begun = false;                          ///< the log has a run_start
  std::int64_t changed =
      0;  ///< seconds since 1970 at which table or log were written last; 0: neither is there
  std::vector<std::string> problems;  ///< what could not be read, and why

  /// "converged", "epochs_exhausted", "interrupted", "failed"; "running" or "no end" (killed) by how long ago
  /// something was written; "not begun".
  std::string status(std::int64_t now) const;
  /// The best score and its epoch.
  std::optional<std::pair<double, std::int64_t>> best() const;
  const MetricInfo& score_info() const { return metrics->front(); }
};

class RunSource {
 public:
  static constexpr std::size_t max_steps = 32768, max_epochs = 20000, max_restarts = 1000, max_classes = 256,
                               max_notes = 1000, max_samples = std::size_t{1} << 22;

  /// Reads nothing yet. Of more steps than `step_limit` neighbors are merged. `mirror`: the folder is a
  /// watcher's, with log and configuration alone.
  explicit RunSource(fs::path folder, std::size_t step_limit = max_steps, bool mirror = false);

  const fs::path& folder() const { return folder_; }
  const RunData& data() const { return data_; }
  /// Reads again what is of another size or time than before; of a long log only a piece. Whether anything
  /// was. Throws nothing but bad_alloc: what cannot be read becomes one of the problems. Ends early,
  /// unfinished, when `stop` becomes true.
  bool refresh(const std::atomic<bool>* stop = nullptr);
  /// There is more of the log: refresh() again.
  bool unfinished() const { return unfinished_; }

 private:
  struct Stamp {
    bool exists = false, regular = false;
    std::uint64_t size = 0, device = 0, inode = 0;
    std::int64_t seconds = 0, nanoseconds = 0;
    bool operator==(const Stamp&) const = default;
  };
  static Stamp stamp(const fs::path& path);

  void read_table(const Stamp& now);
  void read_log(const Stamp& before, const Stamp& now, const std::atomic<bool>* stop);
  void read_report_file(const Stamp& now);
  static void shorten(ReportSummary& report);
  void read_config(const Stamp& now);
  void use_metrics(const MetricList& metrics);
  void use(const Event& event);
  void use_step(const Event& event);
  void use_restart(const Event& event);
  void use_start(const Event& event);
  void use_epoch(const Event& event);
  void use_samples(const Event& event);
  void note(const Event& event, RunNote::Kind kind, std::string text, std::int64_t epoch = 0);
  void halve_steps();
  void merge();

  fs::path folder_;
  std::size_t step_limit_;
  bool mirror_;
  RunData data_;
  Stamp table_stamp_, log_stamp_, report_stamp_, config_stamp_;
  bool first_ = true, unfinished_ = false;
  std::vector<EpochRecord> table_;
  std::map<std::int64_t, RunEpoch> logged_;
  std::uint64_t log_offset_ = 0;
  double steps_per_epoch_ = 0, merged_ = 1;
  bool restarted_ = false;  ///< and no step since
  double best_score_ = std::numeric_limits<double>::quiet_NaN();
  std::size_t sample_count_ = 0;
  std::optional<double> config_target_, log_target_;
  std::string table_problem_, log_problem_, report_problem_, config_problem_;
};

}  // namespace scaffold

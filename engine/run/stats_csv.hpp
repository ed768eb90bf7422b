// train_stats.csv: losses, metrics and duration, one line an epoch, durable line by line.
//
// A line is appended by one write and synced; a kill can at most leave a torn last line, which the reader
// ignores and the next writer cuts off. Format: docs/report.md.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "run/line_file.hpp"
#include "run/records.hpp"

namespace scaffold {

/// The header line, in the reference's order where the metrics are its own.
std::string stats_header(const MetricList& metrics);

/// Writer of train_stats.csv. Not for two threads at once.
class StatsCsv {
 public:
  /// Opens the file, or starts it with the header line; cuts off a torn last line. DataError when an existing
  /// file is not ours or damaged, SystemError when it cannot be written.
  explicit StatsCsv(const std::filesystem::path& path, const MetricList& metrics = default_metrics());
  /// Appends one line and syncs it; on return the line outlives a kill. Epochs must ascend (DataError).
  void append(const EpochRecord& epoch);
  /// Drops the lines of later epochs; atomic. For a resume from the checkpoint of `epoch`.
  void truncate_to(std::int64_t epoch);

 private:
  std::filesystem::path path_;
  const MetricList& metrics_;
  LineFile file_;
  std::int64_t last_epoch_ = 0;
};

/// The whole table as text; numbers are the shortest decimals that read back the same, "nan" and "inf" as
/// such.
std::string stats_text(const std::vector<EpochRecord>& epochs, const MetricList& metrics = default_metrics());

/// Reads the table's columns (other members of the records stay at their defaults); a last line with no line
/// feed is ignored. DataError for anything else: foreign header, wrong number of columns, values out of
/// range, epochs that do not ascend.
std::vector<EpochRecord> read_stats(const std::filesystem::path& path,
                                    const MetricList& metrics = default_metrics());

}  // namespace scaffold

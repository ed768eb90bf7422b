// report.json: a run's result for programs. Keys: docs/report.md.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "run/records.hpp"

namespace scaffold {

inline constexpr std::int64_t report_version = 1;

/// The run as JSON text; a number that is unknown or not finite is null.
std::string report_json(const RunRecord& run);

/// What `inspect` shows of a report.json.
struct ReportSummary {
  std::int64_t version = 0;
  std::string job_name, started_utc, status, message;
  bool converged = false, official = false;
  std::optional<double> fom_seconds;
  std::int64_t epochs = 0, best_epoch = 0, restarts = 0;
  std::optional<double> best_score, target;
  std::vector<std::string> reasons;
};

/// DataError, naming the file, for what is missing, not ours, damaged, or of a newer version.
ReportSummary read_report(const std::filesystem::path& path);

}  // namespace scaffold

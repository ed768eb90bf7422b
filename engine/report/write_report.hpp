// A run's report as its reader finds it: figures, page and numbers.
#pragma once
#include <filesystem>

#include "run/records.hpp"

namespace scaffold {

/// Writes figures/*.svg, report.html and, when these are there, report.json into the run folder, each file
/// whole. SystemError when the folder cannot be written.
void write_report(const std::filesystem::path& run_dir, const RunRecord& run);

}  // namespace scaffold

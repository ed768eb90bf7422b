// The last thing a run says: one table and one VALID or INVALID line. ASCII only.
#pragma once
#include <string>

#include "run/records.hpp"

namespace scaffold {

/// Lines of the table and the validity line, each with a line feed. Control characters in names and messages
/// are shown as '?', so that a hostile job_name cannot steer the terminal.
std::string terminal_table(const RunRecord& run);

/// "VALID  may count in an official result: …" or "INVALID  not an official result: <reason>; <reason>".
std::string validity_line(const RunRecord& run);

}  // namespace scaffold

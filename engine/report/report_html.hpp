// report.html: a run's result for people, in one file that needs no network, no script and no font.
#pragma once
#include <string>

#include "run/records.hpp"

namespace scaffold {

/// The whole page. It is well-formed XML too; every text of the record is escaped.
std::string report_html(const RunRecord& run);

}  // namespace scaffold

#include "report/write_report.hpp"

#include "core/files.hpp"
#include "report/figures.hpp"
#include "report/report_html.hpp"
#include "run/report_json.hpp"

namespace scaffold {

void write_report(const fs::path& run_dir, const RunRecord& run) {
  ensure_writable_folder(run_dir / "figures");
  for (const auto& figure : figures(run)) write_atomic(run_dir / "figures" / figure.file, svg(figure.chart));
  write_atomic(run_dir / "report.html", report_html(run));
  write_atomic(run_dir / "report.json", report_json(run));
}

}  // namespace scaffold

#include "report/terminal_table.hpp"

#include <algorithm>
#include <cmath>

#include "core/text.hpp"
#include "report/facts.hpp"
#include "run/official.hpp"
#include "run/summary.hpp"

namespace scaffold {
namespace {

/// Control characters would let a job_name move the cursor or color the screen.
std::string harmless(std::string_view text) {
  std::string safe(text);
  for (std::size_t i = 0; i < safe.size(); ++i) {
    const auto c = static_cast<unsigned char>(safe[i]);
    const auto before = i > 0 ? static_cast<unsigned char>(safe[i - 1]) : 0u;
    const bool c1_control = before == 0xc2 && c >= 0x80 && c < 0xa0;
    if (c < 0x20 || c == 0x7f || c1_control) safe[i] = '?';
  }
  return safe;
}

class Table {
 public:
  void row(const std::string& label, const std::string& value, const std::string& note = "") {
    rows_.push_back({harmless(label), harmless(value), harmless(note)});
  }
  void rule() { rows_.push_back({}); }

  std::string text() const {
    std::size_t label = 0, value = 0, whole = 0;
    for (const auto& row : rows_) {
      label = std::max(label, row.label.size());
      if (!row.note.empty()) value = std::max(value, row.value.size());
    }
    std::vector<std::string> lines;
    for (const auto& row : rows_) {
      std::string line = "  " + row.label + std::string(label - row.label.size() + 3, ' ') + row.value;
      if (!row.note.empty()) line += std::string(value - row.value.size() + 2, ' ') + "(" + row.note + ")";
      whole = std::max(whole, row.label.empty() ? 0 : line.size());
      lines.push_back(std::move(line));
    }
    const std::string rule(std::clamp<std::size_t>(whole, 40, 100), '-');
    std::string text = rule + '\n';
    for (std::size_t i = 0; i < rows_.size(); ++i) text += (rows_[i].label.empty() ? rule : lines[i]) + '\n';
    return text + rule + '\n';
  }

 private:
  std::vector<Fact> rows_;
};

}  // namespace

std::string validity_line(const RunRecord& run) {
  if (run.reasons.empty()) return cat("VALID  ", official_meaning);
  std::string line = "INVALID  not an official result: ";
  for (std::size_t i = 0; i < run.reasons.size(); ++i) line += (i ? "; " : "") + harmless(run.reasons[i]);
  return line;
}

std::string terminal_table(const RunRecord& run) {
  Table table;
  table.row("Run", run.job_name);
  table.row("Folder", run.run_dir);
  table.row("Status", std::string(status_name(run.status)) + (run.message.empty() ? "" : ": " + run.message));
  table.rule();
  const auto inverse = inverse_figure_of_merit(run);
  table.row("Figure of merit", figure_of_merit_text(run),
            inverse ? cat("1 / seconds, the reference's form: ", compact(*inverse, 6)) : "");
  for (const auto& fact : result_facts(run)) table.row(fact.label, fact.value, fact.note);
  if (!run.epochs.empty()) {
    table.rule();
    const PhaseSeconds phases = phase_totals(run.epochs);
    const double sum = phase_sum(phases);
    for (const auto& [name, seconds] : phase_list(phases))
      table.row("Time in " + std::string(name), short_seconds(seconds),
                sum > 0 && std::isfinite(sum) ? fixed(100 * seconds / sum, 1) + " %" : "");
  }
  if (!run.epochs.empty() && run.epochs.back().parallel) {
    const ParallelRecord& p = *run.epochs.back().parallel;
    table.rule();
    table.row("Communication", fixed(100 * p.communication_share, 1) + " %",
              "of the last epoch's steps, not hidden");
    table.row("All-reduce a rank", human_bytes(p.allreduce_bytes), "last epoch");
    if (p.halo_bytes > 0)
      table.row("Halos sent a rank", human_bytes(p.halo_bytes), "last epoch, the busiest rank");
    table.row(
        "Step by rank",
        cat(short_seconds(p.step_min), " / ", short_seconds(p.step_median), " / ", short_seconds(p.step_max)),
        cat("min, median, max without waiting; slowest: rank ", p.slowest_rank, " on ",
            harmless(p.slowest_host)));
  }
  table.rule();
  for (const auto& fact : rule_facts(run)) table.row(fact.label, fact.value, fact.note);
  for (const auto& fact : kernel_facts(run)) table.row(fact.label, fact.value, fact.note);
  table.rule();
  table.row("Dataset", cat(run.dataset.samples, " samples of ", extents_text(run.dataset.extents),
                           " voxels, ", run.dataset.format));
  table.row("Machine", cat(run.machine.cpu, ", ", run.machine.cores, " cores, ",
                           human_bytes(static_cast<double>(run.machine.memory_bytes))));
  table.row("Run on", cat(run.device, ", ", run.precision, ", ", run.ranks,
                          run.ranks == 1 ? " process, " : " processes, ", run.threads,
                          run.threads == 1 ? " thread" : " threads", run.ranks == 1 ? "" : " each"));
  return table.text() + validity_line(run) + '\n';
}

}  // namespace scaffold

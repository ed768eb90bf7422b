// A finished run's folder, written by the writers that a run uses, with figures of a made-up run.
#pragma once
#include <filesystem>

#include "core/files.hpp"
#include "report/write_report.hpp"
#include "run/digests.hpp"
#include "run/events.hpp"
#include "run/report_json.hpp"
#include "run/stats_csv.hpp"
#include "sample_run.hpp"

namespace sample {

/// Ends at epoch 2, whose Dice of 0.59 reaches the target of 0.5.
inline scaffold::RunRecord converged_run(const std::filesystem::path& run_dir, std::int64_t seed = 42) {
  std::filesystem::create_directories(run_dir);
  scaffold::write_atomic(run_dir / "given.yml", "target_dice: 0.5\nseed: " + std::to_string(seed) + "\n");
  const scaffold::MergedConfig merged = scaffold::merge_config({run_dir / "given.yml"}, {});
  scaffold::write_atomic(run_dir / "config.yaml", scaffold::to_yaml(merged));
  scaffold::RunRecord r = run(2);
  r.run_dir = run_dir.string();
  r.target = 0.5;
  r.config = scaffold::entries(merged);
  r.validation_samples = 72;
  return r;
}

/// Everything but config.yaml, which converged_run() wrote.
inline void write_run(const std::filesystem::path& run_dir, const scaffold::RunRecord& r) {
  {
    scaffold::EventLog log(run_dir / "events.jsonl");
    scaffold::StatsCsv table(run_dir / "train_stats.csv");
    log.run_start(r);
    log.warmup(4, 0.25);
    for (const auto& epoch : r.epochs) {
      scaffold::StepEvent step;
      step.epoch = epoch.epoch;
      step.step = step.steps = epoch.optimizer_steps;
      step.loss = epoch.overall_loss;
      step.seconds = 12.5;
      log.step(step);
      log.samples(epoch.epoch, {3, 5, 8}, {0.5, 0.25, 0.75}, "dice");
      table.append(epoch);
      log.epoch(epoch);
    }
    log.report(r);
    log.run_end(r.status, r.message);
  }
  scaffold::write_report(run_dir, r);
  scaffold::write_digests(run_dir, scaffold::run_records(run_dir, run_dir / "checkpoints"));
}

}  // namespace sample

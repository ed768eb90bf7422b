// A made-up run for the tests of this room; every member is set, so that a lost one shows.
#pragma once
#include <cmath>

#include "run/records.hpp"

namespace sample {

inline scaffold::EpochRecord epoch(std::int64_t n) {
  scaffold::EpochRecord e;
  const double k = static_cast<double>(n);
  e.epoch = n;
  e.overall_loss = 1.9 / std::pow(k, 0.8) + 0.011 * std::sin(9.7 * k);
  e.epoch_loss = 168 * e.overall_loss;
  e.val_loss_avg = 1.7 / std::pow(k, 0.75) + 0.021 * std::cos(7.1 * k);
  e.val_loss_epoch = 72 * e.val_loss_avg;
  e.metric("train_dice") = 1 - 0.62 / std::pow(k, 0.7);
  e.metric("val_dice") = 1 - 0.66 / std::pow(k, 0.7) - 0.004 * std::sin(5.3 * k);
  e.epoch_duration = 25.3 + 0.7 * std::sin(3.1 * k);
  e.optimizer_steps = 168;
  e.total_optimizer_steps = 168 * n;
  e.learning_rate = 1e-3 / k;
  for (int c = 0; c < 6; ++c) e.parts().push_back(c == 0 ? 0.999 : e.metric("val_dice") - 0.004 * (c - 3));
  e.metric("val_dice_present") = e.metric("val_dice") - 0.02;
  e.phases = {0.31, 6.2, 12.4, 1.1, 4.4, 0.22, 0};
  e.phases.other = e.epoch_duration - (0.31 + 6.2 + 12.4 + 1.1 + 4.4 + 0.22);
  e.samples_per_second = 168 / (e.epoch_duration - 4.62);
  e.peak_memory_bytes = (std::uint64_t{1} << 30) + static_cast<std::uint64_t>(n);
  e.gradient_norm = 0.9 / k;
  return e;
}

inline scaffold::RunRecord run(std::int64_t epochs,
                               scaffold::RunStatus status = scaffold::RunStatus::converged) {
  scaffold::RunRecord r;
  r.job_name = "benchmark";
  r.run_dir = "benchmark_runs/benchmark_20261121-102030";
  r.started_utc = "2026-11-21T10:20:30Z";
  r.version = "0.1.0";
  r.commit = "b8da9a4";
  r.status = status;
  r.message = "validation Dice reached the target";
  r.target = 0.95;
  for (std::int64_t n = 1; n <= epochs; ++n) r.epochs.push_back(epoch(n));
  for (int i = 0; i < 168 * epochs; ++i) r.step_seconds.push_back(0.12 + 0.0001 * (i % 97));
  r.warmup_seconds = 9.4;
  r.wall_seconds = 71.2;
  r.suspended_seconds = 12.25;
  r.reasons = {"problem_scale is 5, not 11"};
  r.flops_forward = 13.9e9;
  r.flops_per_step = 41.7e9;
  r.parameters = 5402694;
  r.global_batch = 1;
  r.steps_per_epoch = 168;
  r.trivial_score = 0.5138;
  r.kernels = {{"3^3 convolution", "Winograd, fused kernels (avx2)"},
               {"Optimizer", "ATen _foreach operators"}};
  r.peak_memory_bytes = std::uint64_t{1} << 30;
  r.train_seed = 18446744073709551557u;
  r.device = "cpu";
  r.precision = "bfloat16 autocast";
  r.threads = 2;
  r.dataset = {"datasets/0f1e2d3c4b5a6978",
               "0f1e2d3c4b5a6978",
               "dense",
               scaffold::cube(32),
               6,
               240,
               168,
               72,
               102236160,
               3.4};
  r.machine = {"node17", "AMD EPYC 7R13 Processor", "6.1.0-28-amd64", "Debian GNU/Linux 12 (bookworm)",
               2,        std::uint64_t{16} << 30};
  r.software = {{"LibTorch", "2.5.1"}, {"HDF5", "1.10.8"}, {"Open MPI", "4.1.4"}, {"Compiler", "GCC 12.2.0"}};
  r.config = {{"problem_scale", "5", "configs/quickstart.yml:3"},
              {"dc_num_shards", "[1, 1, 1]", "default"},
              {"starting_learning_rate", "1e-3", "default"},
              {"torch_amp", "true", "command line"},
              {"optimizer", "ADAM", "default"},
              {"job_name", "benchmark", "default"},
              {"fract_base_dir", "fractals", "default"}};
  return r;
}

}  // namespace sample

#include "report/official.hpp"

#include "core/text.hpp"

namespace scaffold {
namespace {

class Reasons {
 public:
  template <class T>
  void must_be(const char* key, T value, T official) {
    if (value == official) return;
    if constexpr (std::is_floating_point_v<T>)
      list.push_back(cat(key, " is ", shortest(value), ", not ", shortest(official)));
    else
      list.push_back(cat(key, " is ", value, ", not ", official));
  }
  std::vector<std::string> list;
};

void check_problem(const OfficialInputs& run, Reasons& reasons) {
  const OfficialInputs official;
  reasons.must_be("problem_scale", run.problem_scale, official.problem_scale);
  reasons.must_be("n_categories", run.n_categories, official.n_categories);
  reasons.must_be("n_instances_used_per_fractal", run.n_instances_used_per_fractal,
                  official.n_instances_used_per_fractal);
  reasons.must_be("n_fracts_per_vol", run.n_fracts_per_vol, official.n_fracts_per_vol);
  reasons.must_be("val_split", run.val_split, official.val_split);
  reasons.must_be("seed", run.seed, official.seed);
  reasons.must_be("variance_threshold", run.variance_threshold, official.variance_threshold);
  reasons.must_be("normalize", run.normalize, official.normalize);
  reasons.must_be("unet_bottleneck_dim", run.unet_bottleneck_dim, official.unet_bottleneck_dim);
  reasons.must_be("group_norm_groups", run.group_norm_groups, official.group_norm_groups);
  reasons.must_be("ce_weight_sample_fraction", run.ce_weight_sample_fraction,
                  official.ce_weight_sample_fraction);
  if (!(run.target_dice >= official.target_dice))
    reasons.list.push_back(
        cat("target_dice is ", shortest(run.target_dice), ", below ", shortest(official.target_dice)));
}

void check_conduct(const OfficialInputs& run, Reasons& reasons) {
  auto& list = reasons.list;
  if (run.train_seed_fixed)
    list.emplace_back("train_seed is fixed, not -1 (an official run draws a fresh one)");
  if (run.compact_dataset) list.emplace_back("dataset_format is compact, not dense");
  if (run.gradients_compressed) list.emplace_back("gradient_compression is bfloat16, not none");
  if (run.epochs_cut) list.emplace_back("max_steps_per_epoch cuts the epochs");
  if (!run.train_from_scratch) list.emplace_back("train_from_scratch is 0, not 1");
  if (run.orders_of_watchers > 0)
    list.push_back(cat("watchers changed its course by ", run.orders_of_watchers,
                       run.orders_of_watchers == 1 ? " order" : " orders", " (monitor_control)"));
  if (run.restarts > 0)
    list.push_back(cat("the run was restarted ", run.restarts == 1 ? "once" : cat(run.restarts, " times"),
                       ": the time lost between its sittings is unknown"));
  switch (run.status) {
    case RunStatus::converged:
      break;
    case RunStatus::epochs_exhausted:
      list.emplace_back("the run ended by its limit of epochs before it reached target_dice");
      break;
    case RunStatus::interrupted:
      list.emplace_back("the run was interrupted before it reached target_dice");
      break;
    case RunStatus::failed:
      list.emplace_back("the run failed before it reached target_dice");
      break;
  }
}

}  // namespace

std::vector<std::string> unofficial_reasons(const OfficialInputs& run) {
  Reasons reasons;
  check_problem(run, reasons);
  check_conduct(run, reasons);
  return std::move(reasons.list);
}

}  // namespace scaffold

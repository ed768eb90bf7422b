#include "job/run_checks.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/text.hpp"
#include "fractal_unet/network/unet.hpp"
#include "fractal_unet/options.hpp"
#include "job/trainer.hpp"
#include "run/official.hpp"
#include "run/summary.hpp"

namespace scaffold {

void check_split(const Config& config, const Plan& plan) {
  if (plan.training.empty() || plan.validation.empty())
    throw ConfigError(cat("val_split: ", fractal_unet(config).val_split, " % of ", plan.volumes.size(),
                          " volumes leaves ", plan.training.size(), " to train and ", plan.validation.size(),
                          " to validate on; a run needs at least one of each"));
  const double nothing = background_dice(plan, static_cast<int>(fractal_unet(config).n_categories));
  if (nothing >= config.target)
    log::warning(cat("target_dice ", shortest(config.target),
                     " is reached by predicting nothing: background alone scores ", score_text(nothing),
                     " or more, since of the ", fractal_unet(config).n_categories,
                     " categories those that a volume lacks count 1. Use fewer n_categories or a higher "
                     "target; the report's Dice of the classes present tells what the network has learnt "
                     "(docs/report.md)"));
}

std::optional<std::string> batch_note(const Plan& plan, std::int64_t batch, int replicas) {
  const auto complaint = batch_complaint(batch, static_cast<std::int64_t>(plan.training.size()),
                                         static_cast<std::int64_t>(plan.validation.size()));
  if (!complaint) return std::nullopt;
  return cat(*complaint, "; use ",
             replicas > 1
                 ? cat("fewer replicas than ", replicas, " (fewer ranks, or more ", "dc_num_shards), ")
                 : "",
             "a smaller local_batch_size or fewer grad_accumulation_steps");
}

void check_batch(const Config& config, const Plan& plan, std::int64_t batch, int replicas) {
  const auto note = batch_note(plan, batch, replicas);
  if (!note) return;
  if (unofficial_reasons(config).empty()) throw ConfigError(*note);
  log::warning(cat(*note, ". This run goes on: it is not official anyway"));
}

std::optional<std::string> bottleneck_note(const Config& config) {
  Config page = config;
  fractal_unet(page).unet_bottleneck_dim = usual_bottleneck(fractal_unet(config).problem_scale);
  if (fractal_unet(page).unet_bottleneck_dim >= fractal_unet(page).problem_scale) return std::nullopt;
  const auto parameters = [](const Config& of) {
    return static_cast<double>(parameter_count(network_options(of, at::kCPU)));
  };
  return bottleneck_warning(config, parameters(config), parameters(page));
}

}  // namespace scaffold

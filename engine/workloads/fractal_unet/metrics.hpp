// What training on fractals is measured by (docs/report.md).
#pragma once
#include "workload/metric.hpp"

namespace scaffold {

/// val_dice, the score, with dice_per_class; train_dice; val_dice_present.
const MetricList& fractal_unet_metrics();

}  // namespace scaffold

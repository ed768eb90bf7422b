#include "fractal_unet/metrics.hpp"

namespace scaffold {

const MetricList& fractal_unet_metrics() {
  static const MetricList list = {
      {.name = "dice",
       .label = "Dice",
       .low = 0,
       .high = 1,
       .in_table = true,
       .part = "class",
       .first_part = 1,
       .rest = "background",
       .means = "mean hard Dice of the foreground classes over the validation samples",
       .parts_mean = "mean hard Dice of a class over the validation samples; 0 is the background",
       .axis = "mean hard Dice, foreground",
       .parts_axis = "hard Dice",
       .narrow_axis = "mean Dice",
       .trivial_key = "background_dice",
       .trivial_name = "Dice of background"},
      {.name = "dice",
       .label = "Dice",
       .training = true,
       .low = 0,
       .high = 1,
       .in_table = true,
       .means = "mean soft Dice of the foreground classes over the training samples",
       .curve = "training (soft Dice)"},
      {.name = "dice_present",
       .label = "Dice, classes present",
       .low = 0,
       .high = 1,
       .drawn = false,  // next to the score's
       .means = "the score over the foreground classes that a volume's mask holds, where it counts the "
                "others as 1",
       .note = "that epoch; classes that a volume lacks count 1 above, not here"}};
  return list;
}

}  // namespace scaffold

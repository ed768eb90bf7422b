#include <ATen/ATen.h>

#include <rapidcheck.h>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/network/dice.hpp"

using namespace scaffold;

TEST_CASE("hard Dice equals counting voxels by hand") {
  CHECK(rc::check([] {
    const int classes = *rc::gen::inRange(2, 6);
    const auto label = rc::gen::inRange(0, classes);
    const auto truth = *rc::gen::container<std::vector<int>>(27, label);
    const auto guess = *rc::gen::container<std::vector<int>>(27, label);
    const auto tensor = [](const std::vector<int>& v) { return at::tensor(v).to(at::kByte).view({3, 3, 3}); };
    const auto dice = hard_dice(confusion(tensor(guess), tensor(truth), classes), classes);
    double mean = 0;
    for (int c = 0; c < classes; ++c) {
      double both = 0, sum = 0;
      for (int i = 0; i < 27; ++i) {
        both += truth[i] == c && guess[i] == c;
        sum += (truth[i] == c) + (guess[i] == c);
      }
      const double expected = sum == 0 ? 1.0 : (2 * both + 1e-6) / (sum + 1e-6);
      RC_ASSERT(std::abs(dice[c] - expected) < 1e-12);
      if (c > 0) mean += expected / (classes - 1);
    }
    RC_ASSERT(std::abs(foreground_mean(dice) - mean) < 1e-12);
  }));
}

TEST_CASE("predicted classes are the argmax and a foreign class is refused") {
  const at::Tensor logits = at::randn({5, 4, 4, 4});
  const at::Tensor predicted = predicted_classes(logits);
  CHECK(predicted.scalar_type() == at::kByte);
  CHECK(at::equal(logits.gather(0, predicted.to(at::kLong).unsqueeze(0))[0], std::get<0>(logits.max(0))));
  CHECK_THROWS_AS(confusion(predicted, at::full({4, 4, 4}, 9, at::kByte), 5), DataError);
}

TEST_CASE(
    "Dice over the classes present leaves out those that the mask lacks, also where they are predicted") {
  // Truth: classes 1 and 3; predicted: 1 in part, 2 in place of 3.
  const at::Tensor truth = at::tensor(std::vector<int>{0, 1, 1, 3}).to(at::kByte).view({1, 1, 4});
  const at::Tensor guess = at::tensor(std::vector<int>{0, 1, 0, 2}).to(at::kByte).view({1, 1, 4});
  const Confusion counts = confusion(guess, truth, 5);
  const auto dice = hard_dice(counts, 5);
  const auto present = classes_present(counts, 5);
  CHECK(present == std::vector<bool>{true, true, false, true, false});
  CHECK(*foreground_mean(dice, present) == Approx((2.0 / 3 + 0) / 2).epsilon(1e-5));
  CHECK(foreground_mean(dice) == Approx((2.0 / 3 + 0 + 0 + 1) / 4).epsilon(1e-5));
  const Confusion nothing = confusion(at::zeros({1, 1, 4}, at::kByte), at::zeros({1, 1, 4}, at::kByte), 5);
  CHECK_FALSE(foreground_mean(hard_dice(nothing, 5), classes_present(nothing, 5)));
}

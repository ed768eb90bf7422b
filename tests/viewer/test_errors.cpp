// What a prediction got wrong, counted against plain definitions; transfer functions; background work.
#include <rapidcheck.h>
#include <algorithm>
#include <cmath>
#include <condition_variable>
#include <mutex>

#include "catch.hpp"
#include "comm/shard_layout.hpp"
#include "core/error.hpp"
#include "scene/transfer.hpp"
#include "sources/background.hpp"
#include "sources/errors.hpp"
#include "sources/fractal_unet/dice.hpp"

using namespace scaffold;
using namespace scaffold::viewer;

namespace {

using Volume = std::vector<std::uint8_t>;

constexpr std::uint8_t label_count = 4;

Volume any_labels(std::size_t n) {
  return *rc::gen::container<Volume>(
      n, rc::gen::weightedElement<std::uint8_t>({{5, 0}, {2, 1}, {2, 2}, {1, 3}}));
}

}  // namespace

TEST_CASE("each voxel's error is the one its truth and prediction define") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange<std::size_t>(0, 300);
    const Volume truth = any_labels(n), predicted = any_labels(n);
    const Volume errors = error_labels(truth, predicted);
    std::array<std::int64_t, 4> counts{};
    for (std::size_t i = 0; i < n; ++i) {
      const bool in_truth = truth[i] != 0, in_prediction = predicted[i] != 0, same = truth[i] == predicted[i];
      RC_ASSERT((errors[i] == no_error) == same);
      RC_ASSERT((errors[i] == false_positive) == (!in_truth && in_prediction));
      RC_ASSERT((errors[i] == false_negative) == (in_truth && !in_prediction));
      RC_ASSERT((errors[i] == wrong_class) == (in_truth && in_prediction && !same));
      ++counts[errors[i]];
    }
    RC_ASSERT(count_errors(errors) == counts);
  }));
}

TEST_CASE("the confusion matrix counts, and Dice follows from it") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange<std::size_t>(1, 300);
    const Volume truth = any_labels(n), predicted = any_labels(n);
    const auto matrix = confusion_matrix(truth, predicted, label_count);
    std::array<std::int64_t, label_count> of_class{};
    for (const auto p : predicted) of_class[p] += p != 0;
    const auto most = max_predicted(matrix, label_count);
    RC_ASSERT(most >= 1 && most < label_count);
    RC_ASSERT(of_class[static_cast<std::size_t>(most)] ==
              *std::max_element(of_class.begin(), of_class.end()));
    const auto dice = dice_of(matrix, label_count);
    RC_ASSERT(dice.size() == label_count);
    const auto voxels = class_voxels(matrix, label_count);
    double sum = 0, sum_present = 0, present = 0;
    for (std::uint8_t t = 0; t < label_count; ++t) {
      // Dice as the benchmark defines it, over voxels: sums of products and of indicators.
      double product = 0, p_sum = 0, t_sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        const double p_is = predicted[i] == t, t_is = truth[i] == t;
        product += p_is * t_is;
        p_sum += p_is;
        t_sum += t_is;
      }
      const double expected = (2 * product + 1e-6) / (p_sum + t_sum + 1e-6);
      RC_ASSERT(std::abs(dice[t] - expected) < 1e-15);
      if (t > 0) sum += expected;
      if (t > 0 && t_sum > 0) sum_present += expected, ++present;
      const ClassVoxels counted{static_cast<std::int64_t>(product),
                                static_cast<std::int64_t>(p_sum - product),
                                static_cast<std::int64_t>(t_sum - product),
                                static_cast<std::int64_t>(static_cast<double>(n) - p_sum - t_sum + product)};
      RC_ASSERT(voxels[t] == counted);
      RC_ASSERT(voxels[t].present() == (t_sum > 0));
      for (std::uint8_t p = 0; p < label_count; ++p) {
        std::int64_t both = 0;
        for (std::size_t i = 0; i < n; ++i) both += truth[i] == t && predicted[i] == p;
        RC_ASSERT(matrix[static_cast<std::size_t>(t * label_count + p)] == both);
        // Marking a cell touches its voxels and no other.
        const Volume shown = marked(predicted, truth, predicted, t, p, 9);
        for (std::size_t i = 0; i < n; ++i)
          RC_ASSERT(shown[i] == (truth[i] == t && predicted[i] == p ? 9 : predicted[i]));
      }
    }
    RC_ASSERT(std::abs(mean_dice(dice) - sum / (label_count - 1)) < 1e-12);
    const auto of_present = mean_present_dice(dice, voxels);
    RC_ASSERT(of_present.has_value() == (present > 0));
    if (of_present) RC_ASSERT(std::abs(*of_present - sum_present / present) < 1e-12);
  }));
  const Volume empty{0, 0}, full{0, 7};
  CHECK(dice_of(confusion_matrix(empty, empty, 2), 2)[1] == 1);  // in neither
  CHECK_THROWS_AS(confusion_matrix(empty, full, 7), DataError);
  CHECK_THROWS_AS(confusion_matrix(full, empty, 7), DataError);
}

TEST_CASE("two predictions differ where one of them is right") {
  CHECK(rc::check([] {
    const auto n = *rc::gen::inRange<std::size_t>(0, 200);
    const Volume truth = any_labels(n), a = any_labels(n), b = any_labels(n);
    const Volume differ = difference_labels(truth, a, b);
    for (std::size_t i = 0; i < n; ++i) {
      const int wrong = (a[i] != truth[i]) + (b[i] != truth[i]);
      RC_ASSERT((differ[i] == both_right) == (wrong == 0));
      RC_ASSERT((differ[i] == both_wrong) == (wrong == 2));
      RC_ASSERT((differ[i] == only_first_right) == (wrong == 1 && a[i] == truth[i]));
    }
  }));
}

TEST_CASE("the distance from a shard boundary is that to the nearest voxel of another shard") {
  CHECK(rc::check([] {
    const std::int64_t edge = std::int64_t{1} << *rc::gen::inRange(1, 4);
    std::array<std::int64_t, 3> shards{};
    for (auto& pieces : shards) pieces = *rc::gen::elementOf(std::vector<std::int64_t>{1, 2, edge});
    const auto n = static_cast<std::size_t>(edge * edge * edge);
    const Volume truth = any_labels(n), predicted = any_labels(n);
    const BoundaryErrors found = errors_by_boundary(truth, predicted, {edge, edge, edge}, shards);

    // Which shard a voxel is in, from the layout that training uses.
    const ShardLayout layout({edge, edge, edge}, shards, {2, 3, 4});
    const auto blocks = layout.blocks();
    const auto shard_of = [&](std::array<std::int64_t, 3> at) {
      for (std::size_t s = 0; s < blocks.size(); ++s) {
        bool inside = true;
        for (std::size_t x = 0; x < 3; ++x)
          inside = inside && at[x] >= blocks[s].begin[x] && at[x] < blocks[s].begin[x] + blocks[s].size[x];
        if (inside) return s;
      }
      return blocks.size();
    };
    std::map<std::size_t, std::array<std::int64_t, 2>> expected;
    for (std::int64_t i = 0; i < edge * edge * edge; ++i) {
      const std::array<std::int64_t, 3> at{i / (edge * edge), i / edge % edge, i % edge};
      const auto v = static_cast<std::size_t>(i);
      if (truth[v] == 0 && predicted[v] == 0) continue;
      // Straight steps along an axis until another shard begins.
      std::int64_t nearest = edge;
      for (std::size_t axis = 0; axis < 3; ++axis)
        for (const int side : {-1, 1}) {
          auto to = at;
          for (std::int64_t steps = 0; to[axis] + side >= 0 && to[axis] + side < edge; ++steps) {
            to[axis] += side;
            if (shard_of(to) != shard_of(at)) {
              nearest = std::min(nearest, steps);
              break;
            }
          }
        }
      if (nearest == edge) continue;
      auto& [voxels, wrong] = expected[static_cast<std::size_t>(nearest)];
      ++voxels;
      wrong += truth[v] != predicted[v];
    }
    RC_ASSERT(found.voxels.empty() == (shards == std::array<std::int64_t, 3>{1, 1, 1}));
    for (std::size_t d = 0; d < found.voxels.size(); ++d) {
      RC_ASSERT(found.voxels[d] == expected[d][0]);
      RC_ASSERT(found.wrong[d] == expected[d][1]);
      if (found.voxels[d] > 0)
        RC_ASSERT(found.rate(d) ==
                  static_cast<double>(found.wrong[d]) / static_cast<double>(found.voxels[d]));
    }
    for (const auto& [distance, counts] : expected)
      RC_ASSERT(distance < found.voxels.size() || counts[0] == 0);
  }));
  const Volume volume(64);
  CHECK_THROWS_AS(errors_by_boundary(volume, volume, {4, 4, 4}, {3, 1, 1}), ConfigError);
  CHECK_THROWS_AS(errors_by_boundary(volume, volume, {4, 4, 4}, {0, 1, 1}), ConfigError);
  CHECK_THROWS_AS(errors_by_boundary(volume, volume, {4, 4, 4}, {8, 1, 1}), ConfigError);
}

TEST_CASE("a transfer function stays sound whatever is done to it") {
  CHECK(rc::check([] {
    TransferFunction transfer;
    const auto share = [] { return static_cast<float>(*rc::gen::inRange(-20, 121)) / 100; };
    for (int step = *rc::gen::inRange(0, 30); step > 0; --step) {
      const auto point = *rc::gen::inRange<std::size_t>(0, transfer.points.size());
      switch (*rc::gen::inRange(0, 3)) {
        case 0: {
          const float value = share(), opacity = share();
          const auto at = transfer.add(value, opacity);
          RC_ASSERT(transfer.points[at].first == std::clamp(value, 0.f, 1.f));
          break;
        }
        case 1:
          transfer.remove(point);
          break;
        default:
          transfer.move(point, share(), share());
      }
      RC_ASSERT(transfer.sound());
    }
    for (const auto& [value, opacity] : transfer.points) {
      float low = 1, high = 0;  // several points may stand at one value
      for (const auto& [v, o] : transfer.points)
        if (v == value) low = std::min(low, o), high = std::max(high, o);
      RC_ASSERT(transfer.opacity(value) >= low - 1e-5f);
      RC_ASSERT(transfer.opacity(value) <= high + 1e-5f);
    }
  }));
  TransferFunction line;
  line.points = {{0, 0}, {0.5f, 1}, {1, 0}};
  CHECK(line.opacity(0.25f) == Approx(0.5));
  CHECK(line.opacity(0.75f) == Approx(0.5));
  for (const auto& bad :
       std::vector<std::vector<std::pair<float, float>>>{{},
                                                         {{0, 0}},
                                                         {{0.1f, 0}, {1, 1}},
                                                         {{0, 0}, {0.9f, 1}},
                                                         {{0, 0}, {0.6f, 0}, {0.5f, 0}, {1, 0}},
                                                         {{0, 0}, {1, NAN}},
                                                         {{0, -1}, {1, 0}}}) {
    line.points = bad;
    CHECK_FALSE(line.sound());
  }
}

TEST_CASE("the ramp grows lighter all the way") {
  float before = -1;
  for (int i = 0; i <= 100; ++i) {
    const Rgb c = ramp(static_cast<float>(i) / 100);
    const float lightness = 0.2126f * c.r + 0.7152f * c.g + 0.0722f * c.b;
    CHECK(lightness > before);
    before = lightness;
  }
}

namespace {

/// Lets a thread go on when told to.
struct Gate {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  void let() {
    const std::lock_guard lock(mutex);
    open = true;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return open; });
  }
};

}  // namespace

TEST_CASE("background work tells its result, its error, or nothing when it was cancelled") {
  Background<int> work;
  CHECK_FALSE(work.busy());
  CHECK_FALSE(work.take());

  Gate ended;
  work.start([](const ProgressTold& progress) { return progress(0.5), 7; }, [&] { ended.let(); });
  CHECK(work.busy());
  ended.wait();
  CHECK(work.progress() == 0.5);
  CHECK(work.take() == 7);
  CHECK_FALSE(work.busy());

  Gate failed;
  work.start([](const ProgressTold&) -> int { throw DataError("broken"); }, [&] { failed.let(); });
  failed.wait();
  CHECK_THROWS_AS(work.take(), DataError);
  CHECK_FALSE(work.busy());

  Gate go, stopped;
  work.start(
      [&](const ProgressTold& progress) {
        go.wait();
        progress(0.9);
        return 1;
      },
      [&] { stopped.let(); });
  work.cancel();
  CHECK(work.busy());
  go.let();
  stopped.wait();
  CHECK_FALSE(work.take());
  CHECK_FALSE(work.busy());

  // What is started while something goes on comes after it, and only that is told.
  Gate first_may, second_ended;
  work.start(
      [&](const ProgressTold& progress) {
        first_may.wait();
        progress(0);
        return 1;
      },
      [] {});
  work.start([](const ProgressTold&) { return 2; }, [&] { second_ended.let(); });
  first_may.let();
  std::optional<int> result;
  while (!result) result = work.take();
  second_ended.wait();
  CHECK(result == 2);
  CHECK_FALSE(work.busy());

  // Nobody waits for work whose owner has gone; it stops, and wakes nobody.
  const auto late = std::make_shared<Gate>(), noticed = std::make_shared<Gate>();
  {
    Background<int> owner;
    owner.start(
        [late, noticed](const ProgressTold& progress) {
          late->wait();
          try {
            progress(0.5);
          } catch (const Cancelled&) {
            noticed->let();
            throw;
          }
          return 1;
        },
        [] { std::abort(); });
  }
  late->let();
  noticed->wait();
}

// What derives from the one declaration of a metric.
#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>

#include "catch.hpp"
#include "workload/metric.hpp"

using namespace scaffold;

namespace {

const MetricInfo share{.name = "recall", .label = "recall", .low = 0, .high = 1};
const MetricInfo distance{.name = "rmse", .label = "RMSE", .unit = "m", .higher_is_better = false, .low = 0};

}  // namespace

TEST_CASE("what is shown of a score is never better than it, and near it") {
  CHECK(rc::check([] {
    const double fraction = *rc::gen::inRange(0, 1000001) / 1e6;
    const double shown = std::strtod(share.text(fraction).c_str(), nullptr);
    RC_ASSERT(shown <= fraction + 1e-12);
    RC_ASSERT(fraction - shown < 1e-4 + 1e-12);
    const double far = *rc::gen::inRange(1, 1000000000) * std::pow(10.0, *rc::gen::inRange(-12, 6));
    const double told = std::strtod(distance.text(far).c_str(), nullptr);
    RC_ASSERT(told >= far * (1 - 1e-12));
    RC_ASSERT(told - far <= 1.01e-4 * far);
  }));
  CHECK(share.text(0.94999) == "0.9499");
  CHECK(distance.text(0.020000001) == "0.020001");
  CHECK(distance.text(0.02) == "0.02");
  CHECK(distance.text(0) == "0");
  CHECK(share.text(std::nan("")) == "unknown");
}

TEST_CASE("a metric of which less is better is turned round in all that compares") {
  CHECK(share.better(0.2, 0.1));
  CHECK(distance.better(0.1, 0.2));
  CHECK(share.better(0.1, std::nan("")));
  CHECK_FALSE(distance.better(std::nan(""), 0.1));
  CHECK(share.reaches(0.95, 0.95));
  CHECK(distance.reaches(0.1, 0.1));
  CHECK_FALSE(distance.reaches(0.2, 0.1));
  CHECK(distance.better(1e300, distance.worst()));
  CHECK(share.error(0.75) == 0.25);
  CHECK(distance.error(3) == 3);
  CHECK(share.unreachable() == 1);
  CHECK_FALSE(distance.reaches(0.001, distance.unreachable()));
  const MetricInfo unbounded{.name = "skill", .label = "skill"};
  CHECK(std::isnan(unbounded.error(1)));
  CHECK_FALSE(unbounded.reaches(1e200, unbounded.unreachable()));
}

TEST_CASE("names in files follow from one word") {
  CHECK(distance.key() == "val_rmse");
  CHECK(distance.target_key() == "target_rmse");
  CHECK(distance.best_key() == "best_val_rmse");
  CHECK(distance.title() == "validation RMSE");
  CHECK(distance.heading() == "Validation RMSE");
  CHECK(distance.column() == "validation_rmse");
  CHECK(distance.tag() == "rmse/validation");
}

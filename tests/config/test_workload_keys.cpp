// Workloads bring keys of their own.
#include <regex>

#include "config/command_line.hpp"
#include "config/declare.hpp"
#include "fractal_unet/options.hpp"
#include "support.hpp"

using namespace scaffold;
using config_test::merge;

namespace {

struct PondOptions {
  std::int64_t fish = 3;
  std::string reeds = "tall";
  bool operator==(const PondOptions&) const = default;
};

/// The message without the folder of the test.
template <class Work>
std::string said_of(Work&& work) {
  static const std::regex folder("/[^ ]*/");
  return std::regex_replace(config_test::message_of(work), folder, "");
}

/// Makes it known, beside what there is.
struct WithPond {
  WithPond() {
    using namespace declare;
    std::vector<Option> keys;
    keys.push_back(make_option("fish", &PondOptions::fish, std::int64_t{3}, between(1, 9), "", Group::problem,
                               Restart::fixed, "How many swim."));
    keys.push_back(make_option("reeds", &PondOptions::reeds, std::string("tall"), one_of({"tall", "cut"}), "",
                               Group::user, Restart::free, "What stands around."));
    keys.push_back(make_option("target_depth", &Config::target, 2.5, above(0, 10), "m", Group::problem,
                               Restart::free, "Depth at which it is done."));
    add_workload_keys({"pond", std::move(keys), [](const MergedConfig& merged) {
                         if (merged.values.own.as<PondOptions>().fish == 4)
                           fail_rule(merged, "fish", "must not be 4", "reeds");
                       }});
  }
};

const PondOptions& pond(const Config& config) { return config.own.as<PondOptions>(); }

}  // namespace

TEST_CASE("a workload's keys are read, recorded and compared as a run's") {
  const WithPond there;
  const MergedConfig merged = merge({"fish: 5\nworkload: pond\nseed: 7\n"}, {{"reeds", {"CUT"}}});
  CHECK(pond(merged.values).fish == 5);
  CHECK(pond(merged.values).reeds == "cut");
  CHECK(merged.values.target == 2.5);
  CHECK(merged.values.seed == 7);
  CHECK_THAT(describe(merged.origins.at("fish")), Catch::Contains("/a.yml:1"));
  CHECK(describe(merged.origins.at("reeds")) == "command line");
  CHECK(config_from_yaml_text(to_yaml(merged), "again") == merged.values);
  CHECK(differing_keys(merged.values, merge({"workload: pond"}).values) ==
        std::vector<std::string>{"seed", "reeds", "fish"});
  CHECK(value_text(merged.values, "target_depth") == "2.5");
  CHECK(may_change_on_restart("reeds", "pond"));
  CHECK_FALSE(may_change_on_restart("fish", "pond"));
}

TEST_CASE("which workload it is may be said last, anywhere") {
  const WithPond there;
  CHECK(pond(merge({"fish: 6\n", "{seed: 1, \"workload\": 'pond'}"}).values).fish == 6);
  CHECK(pond(merge({"fish: 6\nworkload: fractal_unet\n"}, {{"workload", {"pond"}}}).values).fish == 6);
  CHECK(fractal_unet(merge({"problem_scale: 6\nworkload: Fractal_UNet\n"}).values).problem_scale == 6);
  CHECK(pond(merge({"problem_scale: 6"}).values) == PondOptions{});
}

TEST_CASE("what belongs to another workload, or to none, is told so") {
  const WithPond there;
  CHECK(said_of([] { merge({"fish: 5"}); }) ==
        "a.yml:1: 'fish' is a key of workload pond; leave it out, or set workload: pond");
  CHECK(said_of([] { merge({"workload: pond\nn_categories: 5"}); }) ==
        "a.yml:2: 'n_categories' is a key of workload fractal_unet; leave it out, or set workload: "
        "fractal_unet");
  CHECK(said_of([] { merge({"workload: lake"}); }) ==
        "a.yml:1: workload: got 'lake'; allowed: one of fractal_unet, pond");
  CHECK(said_of([] { merge({"workload: pond\nfish: 4"}); }) ==
        "fish 4 (a.yml:2) must not be 4; there is reeds tall (default)");
  CHECK(said_of([] { merge({"workload: pond\nfisch: 4"}); }) ==
        "a.yml:2: unknown key 'fisch'; did you mean 'fish'?");
}

TEST_CASE("options of different workloads are never equal by chance") {
  Config a, b;
  CHECK(a == b);
  a.own.as<PondOptions>();
  CHECK(a == b);  // defaults
  a.own.as<PondOptions>().fish = 4;
  CHECK_FALSE(a == b);
  CHECK_FALSE(b == a);
  b = a;
  CHECK(a == b);
  b.own.as<PondOptions>().fish = 5;
  CHECK_FALSE(a == b);
}

#include <rapidcheck.h>
#include <cmath>
#include <map>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/dataset/plan.hpp"
#include "fractal_unet/dataset/spec.hpp"
#include "small.hpp"

using namespace scaffold;
using namespace scaffold::testing;

TEST_CASE("the defaults give 240 volumes of three fractals, 72 of them for validation") {
  const Plan plan = make_plan({});
  CHECK(plan.volumes.size() == 240);
  CHECK(plan.validation.size() == 72);
  CHECK(plan.training.size() == 168);
  std::map<int, std::set<int>> used;
  for (const auto& volume : plan.volumes) {
    CHECK(volume.size() == 3);
    for (const auto& f : volume) CHECK(used[f.category].insert(f.instance).second);  // never twice
  }
  REQUIRE(used.size() == 5);
  for (const auto& [category, instances] : used) {
    CHECK(instances.size() == 144);  // 145 rounded down to a multiple of 3
    CHECK(*instances.begin() >= 0);
    CHECK(*instances.rbegin() <= 144);
  }
}

TEST_CASE("any plan keeps the rules") {
  CHECK(rc::check([] {
    PlanOptions options;
    options.seed = *rc::gen::arbitrary<std::uint64_t>();
    options.n_categories = *rc::gen::inRange(1, 8);
    options.n_fracts_per_vol = *rc::gen::inRange(1, 6);
    options.n_instances_used_per_fractal = *rc::gen::inRange(options.n_fracts_per_vol, 400);
    options.val_split = *rc::gen::inRange(0, 101);
    const Plan plan = make_plan(options);

    const int used =
        options.n_instances_used_per_fractal / options.n_fracts_per_vol * options.n_fracts_per_vol;
    const int volumes = options.n_categories * used / options.n_fracts_per_vol;
    RC_ASSERT(static_cast<int>(plan.volumes.size()) == volumes);
    std::map<std::pair<int, int>, int> count;
    std::map<int, int> by_category;
    for (const auto& volume : plan.volumes) {
      RC_ASSERT(static_cast<int>(volume.size()) == options.n_fracts_per_vol);
      for (const auto& f : volume) {
        RC_ASSERT(f.category >= 0 && f.category < options.n_categories && f.instance >= 0 &&
                  f.instance < 145);
        ++count[{f.category, f.instance}];
        ++by_category[f.category];
      }
    }
    // Without repetition within a block of 145: an instance occurs once in every full block, at most once in
    // the last.
    for (int category = 0; category < options.n_categories; ++category) {
      RC_ASSERT(by_category[category] == used);
      for (int instance = 0; instance < 145; ++instance) {
        const int n = count[std::pair{category, instance}];
        RC_ASSERT(n >= used / 145 && n <= (used + 144) / 145);
      }
    }
    RC_ASSERT(static_cast<int>(plan.validation.size()) == volumes * options.val_split / 100);
    std::set<int> all(plan.training.begin(), plan.training.end());
    all.insert(plan.validation.begin(), plan.validation.end());
    RC_ASSERT(all.size() == plan.training.size() + plan.validation.size());
    RC_ASSERT(static_cast<int>(all.size()) == volumes);
    RC_ASSERT(std::is_sorted(plan.training.begin(), plan.training.end()));
    RC_ASSERT(std::is_sorted(plan.validation.begin(), plan.validation.end()));
    for (const int v : plan.validation) RC_ASSERT(plan.validates[v] == 1);
    for (const int v : plan.training) RC_ASSERT(plan.validates[v] == 0);
    RC_ASSERT(make_plan(options) == plan);
  }));
}

TEST_CASE("seeds change the plan, the split alone does not move fractals") {
  PlanOptions other;
  other.seed = 43;
  CHECK_FALSE(make_plan({}) == make_plan(other));
  PlanOptions split;
  split.val_split = 10;
  CHECK(make_plan({}).volumes == make_plan(split).volumes);
  PlanOptions none;
  none.n_instances_used_per_fractal = 2;
  CHECK_THROWS_AS(make_plan(none), ConfigError);
}

TEST_CASE("the palette is the seed's, category by category, on a black background") {
  const Palette five = make_palette(42, 5), nine = make_palette(42, 9);
  REQUIRE(five.size() == 6);
  CHECK(five[0] == std::array<float, 3>{0, 0, 0});
  for (std::size_t k = 0; k < five.size(); ++k) CHECK(five[k] == nine[k]);
  for (std::size_t k = 1; k < nine.size(); ++k)
    for (const float channel : nine[k]) CHECK((channel >= 0 && channel <= 1));
  CHECK(std::set<std::array<float, 3>>(nine.begin(), nine.end()).size() == 10);
  CHECK_FALSE(make_palette(43, 5)[1] == five[1]);
  // The first number of category 2's stream, by the definition in core/philox.hpp.
  Stream stream(42, fractal_purpose::palette, 2);
  CHECK(five[3][0] == static_cast<float>(stream.uniform()));
}

TEST_CASE("every defining key changes the hash, nothing else does") {
  const auto library = small_library(3);
  const DatasetSpec base = small_spec("somewhere");
  std::set<std::string> hashes{hash(base, library.categories)};
  const auto differs = [&](auto&& change) {
    DatasetSpec spec = base;
    change(spec);
    return hashes.insert(hash(spec, library.categories)).second;
  };
  CHECK(differs([](auto& s) { s.n_categories = 4; }));
  CHECK(differs([](auto& s) { s.n_instances_used_per_fractal = 11; }));
  CHECK(differs([](auto& s) { s.problem_scale = 5; }));
  CHECK(differs([](auto& s) { s.seed = 43; }));
  CHECK(differs([](auto& s) { s.variance_threshold = 0.16; }));
  CHECK(differs([](auto& s) { s.n_fracts_per_vol = 4; }));
  CHECK(differs([](auto& s) { s.val_split = 31; }));
  CHECK(differs([](auto& s) { s.normalize = 2; }));
  CHECK(differs([](auto& s) { s.format = "compact"; }));
  CHECK(differs([](auto& s) { s.dc_num_shards = {2, 1, 1}; }));
  CHECK(differs([](auto& s) { s.dc_shard_dims = {3, 2, 4}; }));
  CHECK(differs([](auto& s) { s.enforce_commit = true; }));
  CHECK(differs([](auto& s) { s.enforce_commit = true, s.commit = "abc"; }));
  CHECK_FALSE(differs([](auto& s) { s.dataset_dir = "elsewhere"; }));
  CHECK_FALSE(differs([](auto& s) { s.commit = "abc"; }));
  auto changed = library.categories;
  changed[1][0].matrix[4] += 1e-9;
  CHECK(hashes.insert(hash(base, changed)).second);
  CHECK(hash(base, library.categories).size() == 16);
}

TEST_CASE("values out of range are ConfigErrors that name their key") {
  const auto refused = [](const char* key, auto&& change) {
    DatasetSpec spec;
    change(spec);
    CHECK_THROWS_AS(validate(spec), ConfigError);
    CHECK_THROWS_WITH(validate(spec), Catch::Contains(key));
  };
  refused("problem_scale", [](auto& s) { s.problem_scale = 0; });
  refused("problem_scale", [](auto& s) { s.problem_scale = 40; });
  refused("n_categories", [](auto& s) { s.n_categories = 256; });
  refused("n_fracts_per_vol", [](auto& s) { s.n_fracts_per_vol = 0; });
  refused("n_instances_used_per_fractal", [](auto& s) { s.n_instances_used_per_fractal = 2; });
  refused("val_split", [](auto& s) { s.val_split = 101; });
  refused("dataset_format", [](auto& s) { s.format = "zip"; });
  refused("dc_num_shards", [](auto& s) { s.dc_num_shards = {3, 1, 1}; });
  refused("dc_shard_dims", [](auto& s) { s.dc_shard_dims = {2, 2, 4}; });
  refused("normalize", [](auto& s) { s.normalize = NAN; });
}

TEST_CASE("chunks are shards, halved along D until they fit") {
  DatasetSpec spec = small_spec(".");
  spec.dc_num_shards = {2, 1, 4};
  CHECK(chunk_extent(spec) == Extent3{8, 16, 4});
  CHECK(chunk_extent(spec, 8 * 16 * 4 * 12 - 1) == Extent3{4, 16, 4});
  spec.format = "compact";
  CHECK(chunk_extent(spec, 8 * 16 * 4 * 12 - 1) == Extent3{8, 16, 4});
  DatasetSpec official;
  official.problem_scale = 11;
  CHECK(12 * chunk_extent(official)[0] * 2048 * 2048 <= std::int64_t{1} << 30);
}

TEST_CASE("what predicting background alone scores follows from the categories that volumes hold") {
  Plan plan;
  plan.volumes = {{{0, 1}, {0, 2}}, {{1, 0}, {3, 0}}, {{0, 0}, {1, 0}}};
  plan.validation = {0, 1};
  CHECK(background_dice(plan, 4) == Approx((3.0 / 4 + 2.0 / 4) / 2));
  PlanOptions many;
  many.n_categories = 100;
  CHECK(background_dice(make_plan(many), 100) >= 0.97);  // at most three of a hundred are there
  CHECK(background_dice(make_plan(many), 100) < 0.98);
  CHECK(background_dice(make_plan({}), 5) < 0.6);
  CHECK(std::isnan(background_dice(Plan{}, 5)));
}

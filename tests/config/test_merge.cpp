#include <rapidcheck.h>

#include <cmath>
#include <cstdlib>
#include <optional>

#include "core/text.hpp"
#include "fractal_unet/options.hpp"
#include "support.hpp"

using namespace scaffold;
using Catch::Contains;
using config_test::merge;
using config_test::message_of;

TEST_CASE("default, then files in order, then the command line") {
  const auto merged =
      merge({"epochs: 1\nseed: 1\njob_name: first\n", "seed: 2\njob_name: second\n"},
            {{"job_name", {"third"}}, {"dc_num_shards", {"2", "1", "4"}}, {"epochs", {"-1"}}});
  CHECK(fractal_unet(merged.values).n_categories == 5);
  CHECK(merged.values.epochs == -1);
  CHECK(merged.values.seed == 2);
  CHECK(merged.values.job_name == "third");
  CHECK(merged.values.dc_num_shards == std::array<std::int64_t, 3>{2, 1, 4});
  CHECK(describe(merged.origins.at("n_categories")) == "default");
  CHECK_THAT(describe(merged.origins.at("seed")), Catch::Matchers::EndsWith("b.yml:1"));
  CHECK(describe(merged.origins.at("epochs")) == "command line");
  CHECK(merged.files.size() == 2);
  CHECK(merged.overrides.size() == 3);
}

TEST_CASE("bad overrides name the command line") {
  const auto error = [](const std::vector<Override>& overrides) {
    return message_of([&] { merge({""}, overrides); });
  };
  CHECK(error({{"epoch", {"1"}}}) == "command line: unknown key 'epoch'; did you mean 'epochs'?");
  CHECK(error({{"epochs", {"x"}}}) ==
        "command line: epochs: got 'x'; allowed: -1, or integer from 1 to 1000000000");
  CHECK(error({{"epochs", {"1", "2"}}}) ==
        "command line: epochs: got the list '[1, 2]' (one run has one setting); allowed: -1, or integer from "
        "1 to "
        "1000000000");
  CHECK_THAT(error({{"dc_num_shards", {"2"}}}), Contains("dc_num_shards: got '2'; allowed: list of 3"));
  CHECK_THAT(error({{"epochs", {}}}), Contains("epochs: got no value"));
  CHECK(error({{"epochs", {"1"}}, {"epochs", {"2"}}}) == "command line: --epochs is given twice; keep one");
  CHECK_THAT(error({{"dataset_dir", {"\xff"}}}), Contains("dataset_dir: got '?'; allowed: path"));
}

TEST_CASE("configuration files that cannot be read are configuration errors") {
  TemporaryFolder folder;
  CHECK_THAT(message_of([] { merge_config({}, {}); }), Contains("-c FILE is required"));
  CHECK_THAT(message_of([&] { merge_config({folder / "absent.yml"}, {}); }), Contains("absent.yml"));
  CHECK_THAT(message_of([&] { merge_config({folder.path()}, {}); }), Contains(folder.path().string()));
  CHECK_THAT(message_of([&] { merge_config({"/dev/zero"}, {}); }), Contains("/dev/zero"));
  CHECK_THAT(message_of([&] { merge_config({std::string(5000, 'x')}, {}); }), Contains("configuration file"));
}

TEST_CASE("rules between keys name both keys and where they came from") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"unet_bottleneck_dim: 7",
       "unet_bottleneck_dim 7 (A:1) must be at most problem_scale - 1 = 6; there is "
       "problem_scale 7 (default)"},
      {"dc_shard_dims: [2, 3, 3]", "dc_shard_dims [2, 3, 3] (A:1) must name 2, 3 and 4 (D, H, W) once each"},
      {"dc_num_shards: [3, 1, 1]",
       "dc_num_shards [3, 1, 1] (A:1) must be powers of two, to divide a volume's edge"},
      {"dc_num_shards: [1, 16, 1]",
       "dc_num_shards [1, 16, 1] (A:1) cannot cut level 4 (the bottleneck), which has 8 voxels along an "
       "axis: "
       "at most 8 shards, or a larger unet_bottleneck_dim; there is unet_bottleneck_dim 3 (default)"},
      {"group_norm_groups: 5", "group_norm_groups 5 (A:1) must divide 64, the width of the first block"},
      {"n_fracts_per_vol: 9\nn_instances_used_per_fractal: 8",
       "n_fracts_per_vol 9 (A:1) must be at most n_instances_used_per_fractal; there is "
       "n_instances_used_per_fractal 8 (A:2)"},
      {"variance_threshold: 0.25\nnormalize: 0.5",
       "variance_threshold 0.25 (A:1) must be below normalize^2 = 0.25: no fractal has a larger variance, so "
       "the "
       "search would not end; there is normalize 0.5 (A:2)"},
      {"val_split: 0",
       "val_split 0 (A:1) leaves none of the 240 volumes for validation, so training would never "
       "converge; raise it"},
      {"min_learning_rate: 0.01",
       "min_learning_rate 0.01 (A:1) must be at most starting_learning_rate; there is "
       "starting_learning_rate 0.001 (default)"},
  };
  for (const auto& [text, expected] : cases) {
    std::string message = message_of([&, &yaml = text] { merge({yaml}); });
    for (std::size_t at; (at = message.find("(/")) != message.npos;)  // the temporary folder's name
      message.replace(at + 1, message.find(".yml", at) + 3 - at, "A");
    CHECK(message == expected);
  }
  CHECK_THAT(message_of([] {
               merge({"unet_bottleneck_dim: 4"}, {{"problem_scale", {"4"}}});
             }),
             Contains("problem_scale 4 (command line)"));
  CHECK_NOTHROW(merge({"val_split: 0\nepochs: 3"}));
  CHECK_NOTHROW(merge({"problem_scale: 2\nunet_bottleneck_dim: 0"}));
}

namespace {

rc::Gen<std::string> any_text() {
  static const std::vector<std::string> pieces = {"a", "Z", "0", "7", " ", "#", ":", "'", "\"", "\\",
                                                  "-", "[", "]", "{", "}", "~", "é", "€", "𝄞",  "&",
                                                  "*", "!", "%", "@", "`", ",", ".", "_", "$",  "$HOME"};
  return rc::gen::map(
      rc::gen::nonEmpty(rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces))),
      [](const std::vector<std::string>& chosen) {
        std::string text;
        for (const auto& piece : chosen) text += piece;
        return text;
      });
}

// Valid by construction: every rule between keys holds.
Config any_config() {
  Config c;
  const auto max = std::numeric_limits<std::int64_t>::max();
  c.seed = *rc::gen::inRange<std::int64_t>(0, max);
  c.train_seed = *rc::gen::inRange<std::int64_t>(-1, max);
  fractal_unet(c).problem_scale = *rc::gen::inRange<std::int64_t>(4, 15);
  fractal_unet(c).unet_bottleneck_dim = *rc::gen::inRange<std::int64_t>(3, fractal_unet(c).problem_scale);
  c.dc_num_shards = {1 << *rc::gen::inRange(0, 4), 1 << *rc::gen::inRange(0, 4), 1};
  c.dc_shard_dims = *rc::gen::element(option_type::Triple{4, 3, 2}, option_type::Triple{3, 2, 4});
  c.base_run_dir = *any_text();
  c.dataset_dir = *any_text();
  c.job_name =
      *rc::gen::suchThat(any_text(), [](const auto& t) { return t.size() <= 100 && t != "." && t != ".."; });
  c.optimizer = *rc::gen::element<std::string>("ADAM", "SGD", "RMSProp");
  c.starting_learning_rate = std::exp(*rc::gen::inRange(-2000000, 2300000) * 1e-6);
  c.min_learning_rate = c.starting_learning_rate * *rc::gen::inRange(0, 1000001) * 1e-6;
  c.target = *rc::gen::inRange(1, 1000001) * 1e-6;
  c.torch_amp = *rc::gen::arbitrary<bool>();
  c.async_save = *rc::gen::arbitrary<bool>();
  c.epochs = *rc::gen::element<std::int64_t>(-1, 1, 1000000000);
  return c;
}

}  // namespace

TEST_CASE("any configuration survives its YAML") {
  CHECK(rc::check([] {
    MergedConfig merged = merge({""});
    merged.values = any_config();
    merged.origins["seed"] = {Origin::Kind::command_line};
    merged.origins["epochs"] = {Origin::Kind::file, "some: \"file # ", 12};
    RC_ASSERT(config_from_yaml_text(to_yaml(merged), "x") == merged.values);
    RC_ASSERT(config_from_yaml_text(overrides_yaml(merged), "x") == merged.values);
  }));
}

TEST_CASE("any configuration survives the command line") {
  CHECK(rc::check([] {
    MergedConfig merged = merge({""});
    merged.values = any_config();
    std::vector<Override> overrides;
    for (const auto& [key, value, origin] : entries(merged)) {
      if (value.front() == '"') continue;  // the shell's quoting is not ours
      overrides.push_back({key, {value}});
      if (value.front() == '[') overrides.back().values = split(value.substr(1, value.size() - 2), ',');
    }
    Config expected = merge({""}, overrides).values;
    for (const auto& key : differing_keys(expected, merged.values))
      RC_ASSERT(key == "base_run_dir" || key == "dataset_dir" || key == "job_name");
  }));
}

TEST_CASE("the written configuration says where values came from") {
  const auto merged = merge({"seed: 3\n"}, {{"epochs", {"5"}}});
  CHECK_THAT(to_yaml(merged), Contains("\nepochs: 5  # command line\n"));
  CHECK_THAT(to_yaml(merged), Contains("a.yml:1\n"));
  CHECK_THAT(to_yaml(merged), Contains("\nproblem_scale: 7  # default\n"));
  const std::string overrides = overrides_yaml(merged);
  CHECK_THAT(overrides, Contains("\nseed: 3  # "));
  CHECK_THAT(overrides, Contains("\nepochs: 5  # command line\n"));
  CHECK_THAT(overrides, !Contains("problem_scale"));
  CHECK(to_yaml(merged).find("seed") < to_yaml(merged).find("epochs"));
}

TEST_CASE("a file name with any bytes stays on its line") {
  TemporaryFolder folder;
  for (const char* name : {"a\nseed: 9\n.yml", "\xff\xfe.yml", "é # x.yml"}) {
    write_atomic(folder / name, "epochs: 5\n");
    const auto merged = merge_config({folder / name}, {});
    CHECK(config_from_yaml_text(to_yaml(merged), name) == merged.values);
  }
}

TEST_CASE("values without recorded origins count as defaults") {
  MergedConfig merged;
  CHECK(entries(merged).front().origin == "default");
  fractal_unet(merged.values).val_split = 0;
  CHECK_THAT(message_of([&] { validate(merged); }), Contains("val_split 0 (default)"));
}

TEST_CASE("a stored configuration of another version") {
  CHECK(config_from_yaml_text("problem_scale: 5\n", "config.yaml").loader_budget_mib == 512);
  CHECK_THAT(message_of([] { config_from_yaml_text("key_of_tomorrow: 5\n", "last.h5"); }),
             Contains("last.h5:1: unknown key 'key_of_tomorrow'"));
  CHECK_THAT(message_of([] { config_from_yaml_text("problem_scale: 3\n", "last.h5"); }),
             Contains("problem_scale 3 (last.h5:1)"));
}

namespace {

/// An environment variable for one test.
struct Variable {
  Variable(std::string variable, const char* value) : name(std::move(variable)) {
    if (const char* old = std::getenv(name.c_str())) before = old;
    value ? setenv(name.c_str(), value, 1) : unsetenv(name.c_str());
  }
  ~Variable() { before ? setenv(name.c_str(), before->c_str(), 1) : unsetenv(name.c_str()); }
  std::string name;
  std::optional<std::string> before;
};

std::vector<std::string> path_keys() {
  std::vector<std::string> keys;
  for (const auto& option : options())
    if (option.allowed.rfind("path", 0) == 0) keys.push_back(option.name);
  return keys;
}

std::string value_of(const MergedConfig& merged, const std::string& key) {
  for (const auto& entry : entries(merged))
    if (entry.key == key) return entry.value;
  return "";
}

}  // namespace

TEST_CASE(
    "every path key takes variables and ~, in files and on the command line, and is recorded expanded") {
  const Variable scratch("SCRATCH", "/lustre/me"), home("HOME", "/home/me"), tilde("ODD", "~/odd");
  CHECK(path_keys() == std::vector<std::string>{"base_run_dir", "dataset_dir", "fract_base_dir",
                                                "checkpoint_dir", "stage_dir"});
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"$SCRATCH/runs", "/lustre/me/runs"},
      {"${SCRATCH}2/$SCRATCH", "/lustre/me2//lustre/me"},
      {"~/runs", "/home/me/runs"},
      {"~root", "/root"},
      {"a/~/b~", "a/~/b~"},
      {"./~/runs", "./~/runs"},
      {"$ODD/x", "/home/me/odd/x"},
      {"plain", "plain"}};
  for (const auto& key : path_keys())
    for (const auto& [written, meant] : cases) {
      CAPTURE(key, written);
      const MergedConfig file = merge({key + ": " + written + "\n"}),
                         quoted = merge({key + ": '" + written + "'\n"}),
                         line = merge({""}, {{key, {written}}});
      for (const auto& merged : {file, quoted, line}) {
        CHECK(value_of(merged, key) == value_of(merge({key + ": " + meant}), key));
        const Variable elsewhere("SCRATCH", nullptr);
        const Config recorded = config_from_yaml_text(to_yaml(merged), "config.yaml");
        CHECK(recorded == merged.values);
      }
      CHECK(file.values == line.values);
    }
  CHECK(merge({"job_name: $SCRATCH~\n"}).values.job_name == "$SCRATCH~");
}

TEST_CASE("a variable that is not set is refused with the key's name") {
  const Variable unset("SCAFFOLD_NONE", nullptr), empty("SCAFFOLD_EMPTY", "");
  for (const auto& key : path_keys()) {
    for (const std::string written : {"$SCAFFOLD_NONE/x", "a/${SCAFFOLD_NONE}"}) {
      const auto in_file = message_of([&] { merge({"\n" + key + ": " + written + "\n"}); });
      CHECK_THAT(in_file,
                 Contains("a.yml:2: " + key) && Contains("SCAFFOLD_NONE is not set") && Contains("$$"));
      CHECK_THAT(message_of([&] {
                   merge({""}, {{key, {written}}});
                 }),
                 Contains("command line: " + key) && Contains("SCAFFOLD_NONE is not set"));
    }
    CHECK_THAT(message_of([&] { merge({key + ": $SCAFFOLD_EMPTY/x\n"}); }),
               Contains(key) && Contains("is empty"));
    CHECK_THAT(message_of([&] { merge({key + ": ~nobody-of-this-name/x\n"}); }),
               Contains(key) && Contains("no such user"));
    for (const char* broken : {"a$", "$/x", "$1", "${", "${}", "${A", "${A-b}", "a/$-"})
      CHECK_THAT(message_of([&] {
                   merge({""}, {{key, {broken}}});
                 }),
                 Contains("command line: " + key) && Contains("is no variable"));
  }
}

TEST_CASE("a folder whose name has a dollar sign can be written, is recorded, and read again") {
  const Variable value("SCAFFOLD_ODD", "/a/$b"), unset("b", nullptr);
  const MergedConfig merged = merge({"dataset_dir: $SCAFFOLD_ODD\nbase_run_dir: x$$y$$$$\n"});
  CHECK(merged.values.dataset_dir == "/a/$b");
  CHECK(merged.values.base_run_dir == "x$y$$");
  CHECK(config_from_yaml_text(to_yaml(merged), "config.yaml") == merged.values);
  CHECK(merge({to_yaml(merged)}).values == merged.values);
  CHECK(merge({""}, {{"dataset_dir", {literal_path("/a/$b")}}}).values.dataset_dir == "/a/$b");
  // As versions before recorded it.
  CHECK(config_from_yaml_text("dataset_dir: $SCRATCH/x\n", "config.yaml").dataset_dir == "$SCRATCH/x");
}

#include <algorithm>
#include <cmath>
#include <sstream>

#include "core/log.hpp"
#include "core/text.hpp"
#include "fractal_unet/options.hpp"
#include "support.hpp"

using namespace scaffold;
using Catch::Contains;
using Catch::Matchers::Equals;
using config_test::yaml_error;

TEST_CASE("a configuration of the reference loads unchanged") {
  // The keys, values, order and quoting of ScaFFold/configs/benchmark_default.yml at commit 11e97ac.
  const char* text = R"(# User-facing
base_run_dir: "benchmark_runs"     # comment
dataset_dir: "datasets"
fract_base_dir: "fractals"
seed: 42
dataloader_num_workers: 1
dc_num_shards: [1, 1, 1]
dc_shard_dims: [2, 3, 4]
checkpoint_interval: -1

# Problem
n_categories: 5
n_instances_used_per_fractal: 145
problem_scale: 7
unet_bottleneck_dim: 3
target_dice: 0.95

# Learning
local_batch_size: 1
optimizer: "ADAM"
starting_learning_rate: 0.001
min_learning_rate: 0.0001
T_0: 10
T_mult: 2
disable_scheduler: 0

# Internal
variance_threshold: 0.15
n_fracts_per_vol: 3
val_split: 30
epochs: -1
more_determinism: 0
datagen_from_scratch: 0
train_from_scratch: 1
torch_amp: 1
framework: "torch"
checkpoint_dir: "checkpoints"
loss_freq: 1
normalize: 1
group_norm_groups: 8
warmup_batches: 64
activation_checkpointing: 0
ce_weight_sample_fraction: 0.1
dataset_reuse_enforce_commit_id: 0
)";
  const auto merged = config_test::merge({text});
  CHECK(merged.values == Config{});
  CHECK(merged.origins.at("base_run_dir").line == 2);
  CHECK(merged.origins.at("dataset_reuse_enforce_commit_id").line == 44);
  CHECK(merged.origins.at("async_save").kind == Origin::Kind::builtin);
}

TEST_CASE("values are read as their types") {
  const auto config = config_from_yaml_text(
      "target_dice: 1\nstarting_learning_rate: 1e-3\nnormalize: +2.5\nepochs: +12\ntorch_amp: "
      "false\nasync_save: true\n"
      "job_name: 2024\nbase_run_dir: 'it''s here'\ndataset_dir: \"a # b\"\nfract_base_dir: true\n"
      "dc_num_shards:\n  - 2\n  - 1\n  - 4\noptimizer: rmsprop\nseed: "
      "9223372036854775807\nmin_learning_rate: -0.0\n",
      "f.yml");
  CHECK(config.target == 1.0);
  CHECK(config.starting_learning_rate == 0.001);
  CHECK(fractal_unet(config).normalize == 2.5);
  CHECK(config.epochs == 12);
  CHECK_FALSE(config.torch_amp);
  CHECK(config.async_save);
  CHECK(config.job_name == "2024");
  CHECK(config.base_run_dir == "it's here");
  CHECK(config.dataset_dir == "a # b");
  CHECK(fractal_unet(config).fract_base_dir == "true");
  CHECK(config.dc_num_shards == std::array<std::int64_t, 3>{2, 1, 4});
  CHECK(config.optimizer == "RMSProp");
  CHECK(config.seed == 9223372036854775807);
  CHECK_FALSE(std::signbit(config.min_learning_rate));
}

TEST_CASE("an unknown key names itself, its line and the nearest key") {
  CHECK_THAT(yaml_error("seed: 1\n\nproblem_scal: 5\n"),
             Equals("f.yml:3: unknown key 'problem_scal'; did you mean 'problem_scale'?"));
  CHECK_THAT(yaml_error("Epochs: 5"), Contains("did you mean 'epochs'?"));
  CHECK_THAT(yaml_error("local_batch_sizes: 1"), Contains("did you mean 'local_batch_size'?"));
  CHECK_THAT(yaml_error("xyzzyxyzzyxyzzy: 5"),
             Contains("f.yml:1: unknown key 'xyzzyxyzzyxyzzy'; 'scaffold config"));
  CHECK_THAT(yaml_error("train:\n  epochs: 5"), Contains("f.yml:1: unknown key 'train'"));
  CHECK_THAT(yaml_error("? ''\n: 1"), Contains("unknown key ''"));
}

TEST_CASE("a wrong value names key, line, value and what is allowed") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"problem_scale: 99", "f.yml:1: problem_scale: got '99'; allowed: integer from 2 to 14"},
      {"problem_scale: 1.0", "f.yml:1: problem_scale: got '1.0'; allowed: integer from 2 to 14"},
      {"problem_scale: five", "f.yml:1: problem_scale: got 'five'; allowed: integer from 2 to 14"},
      {"problem_scale: \"5\"",
       "f.yml:1: problem_scale: got '5' (quoted, so text); allowed: integer from 2 to 14"},
      {"problem_scale: +-5", "f.yml:1: problem_scale: got '+-5'; allowed: integer from 2 to 14"},
      {"problem_scale:", "f.yml:1: problem_scale: got no value; allowed: integer from 2 to 14"},
      {"problem_scale: ~", "f.yml:1: problem_scale: got no value; allowed: integer from 2 to 14"},
      {"# x\nproblem_scale: [6, 7]",
       "f.yml:2: problem_scale: got the list '[6, 7]' (one run has one setting); allowed: integer from 2 to "
       "14"},
      {"problem_scale: [6]",
       "f.yml:1: problem_scale: got the list '[6]' (one run has one setting); allowed: integer from 2 to 14"},
      {"problem_scale: {a: 1}",
       "f.yml:1: problem_scale: got a map (keys are not nested); allowed: integer from 2 to 14"},
      {"epochs: 0", "f.yml:1: epochs: got '0'; allowed: -1, or integer from 1 to 1000000000"},
      {"seed: -1", "f.yml:1: seed: got '-1'; allowed: integer from 0 to 9223372036854775807"},
      {"seed: 9223372036854775808",
       "f.yml:1: seed: got '9223372036854775808'; allowed: integer from 0 to 9223372036854775807"},
      {"torch_amp: 2", "f.yml:1: torch_amp: got '2'; allowed: 0, 1, true or false"},
      {"torch_amp: yes", "f.yml:1: torch_amp: got 'yes'; allowed: 0, 1, true or false"},
      {"torch_amp: True", "f.yml:1: torch_amp: got 'True'; allowed: 0, 1, true or false"},
      {"torch_amp: '1'", "f.yml:1: torch_amp: got '1' (quoted, so text); allowed: 0, 1, true or false"},
      {"target_dice: 0", "f.yml:1: target_dice: got '0'; allowed: number above 0, at most 1"},
      {"target_dice: .nan", "f.yml:1: target_dice: got '.nan'; allowed: number above 0, at most 1"},
      {"target_dice: inf", "f.yml:1: target_dice: got 'inf'; allowed: number above 0, at most 1"},
      {"target_dice: 1e-999", "f.yml:1: target_dice: got '1e-999'; allowed: number above 0, at most 1"},
      {"dc_num_shards: 2", "f.yml:1: dc_num_shards: got '2'; allowed: list of 3 integers from 1 to 16384"},
      {"dc_num_shards: [2, 1]",
       "f.yml:1: dc_num_shards: got the list '[2, 1]'; allowed: list of 3 integers from 1 to 16384"},
      {"dc_num_shards: [2, 1, x]",
       "f.yml:1: dc_num_shards: got the list '[2, 1, x]'; allowed: list of 3 integers from 1 to 16384"},
      {"dc_num_shards: [2, 1, ~]",
       "f.yml:1: dc_num_shards: got the list '[2, 1, ]'; allowed: list of 3 integers from 1 to 16384"},
      {"dc_num_shards: [[2], 1, 1]",
       "f.yml:1: dc_num_shards: got a list within a list; allowed: list of 3 integers from 1 to 16384"},
      {"optimizer: Lion", "f.yml:1: optimizer: got 'Lion'; allowed: one of ADAM, SGD, RMSProp, LAMB"},
      {"framework: jax", "f.yml:1: framework: got 'jax'; allowed: only torch"},
      {"device: tpu", "f.yml:1: device: got 'tpu'; allowed: one of auto, cpu, cuda"},
      {"dataset_dir: ''", "f.yml:1: dataset_dir: got '' (quoted, so text); allowed: path"},
      {"dataset_dir: \"a\\nb\"", "f.yml:1: dataset_dir: got 'a?b' (quoted, so text); allowed: path"},
      {"job_name: a/b", "f.yml:1: job_name: got 'a/b'; allowed: file name of at most 100 bytes without '/'"},
      {"job_name: ..", "f.yml:1: job_name: got '..'; allowed: file name of at most 100 bytes without '/'"},
      {"job_name: null",
       "f.yml:1: job_name: got no value; allowed: file name of at most 100 bytes without '/'"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK(yaml_error(text) == expected);
  }
}

TEST_CASE("a long or unprintable value is cut in the message") {
  const auto message = yaml_error("problem_scale: " + std::string(100000, '7'));
  CHECK(message.size() < 200);
  CHECK_THAT(message, Contains("7777…'"));
  std::string accents;
  for (int i = 0; i < 40; ++i)
    accents += "é€";  // 5 bytes: the cut at 60 bytes falls at any place in a character
  for (const char* shift : {"", "a", "aa", "aaa", "aaaa"}) {
    const auto cut = yaml_error("problem_scale: " + (shift + accents));
    CHECK_THAT(cut, Contains("é"));
    CHECK_THAT(cut, Contains("…'; allowed"));
  }
}

TEST_CASE("a message is one printable line even where yaml-cpp quotes the input") {
  // yaml-cpp names the character behind a bad escape: half of an é, and a control character at the end of the
  // text.
  for (const char* escape : {"q\"", "é\"", ""}) {
    const auto message = yaml_error(std::string("job_name: \"\\") + escape);
    CAPTURE(message);
    CHECK_THAT(message, Contains("unknown escape character"));
    for (const unsigned char c : message) CHECK((c >= 0x20 && c < 0x7f));
  }
}

TEST_CASE("a key given twice in a file names both lines") {
  CHECK(yaml_error("epochs: 3\nseed: 1\nepochs: 3\n") ==
        "f.yml:3: epochs is given twice, first in line 1; keep one");
  CHECK_THAT(yaml_error("{epochs: 3,\n \"epochs\": 4}"),
             Contains("f.yml:2: epochs is given twice, first in line 1"));
}

TEST_CASE("YAML beyond flat keys is refused with a reason") {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"epochs: &a 5", "f.yml:1: anchors (&name) are not supported"},
      {"epochs: &a 5\nseed: *a", "f.yml:1: anchors"},
      {"seed: *a", "f.yml:1: not valid YAML"},
      {"<<: {epochs: 5}", "f.yml:1: merge keys (<<) are not supported"},
      {"epochs: !!int 5", "f.yml:1: tags (!type) are not supported"},
      {"--- !x\nepochs: 5", "tags (!type) are not supported"},
      {"epochs: 5\n---\nepochs: 6\n", "a second YAML document begins here"},
      {"just text", "f.yml:1: expected lines of the form 'key: value', got 'just text'"},
      {"- a\n- b", "f.yml:1: expected lines of the form 'key: value', got a list"},
      {"epochs:5", "expected lines of the form 'key: value', got 'epochs:5'"},
      {"? [a, b]\n: 1", "a key must be a name, got a list"},
      {"? {a: b}\n: 1", "a key must be a name, got a map"},
      {": 5", "f.yml:1: a key is missing before ':'"},
      {"epochs: [1, 2", "f.yml:1: epochs: got a map within a list, or a list without its ']'"},
      {"epochs: {", "f.yml:1: "},
      {"seed: 1\nepochs: 'open", "f.yml:2: not valid YAML"},
      {"job_name: \"open\nseed: 3\n", "f.yml:1: the quote \" that opens here is never closed"},
      {"# \u00fc\nseed: 1\njob_name: 'it\nepochs: 5\n",
       "f.yml:3: the quote ' that opens here is never closed"},
      {"job_name: \"a\\\"\n", "f.yml:1: the quote"},
      {"job_name: a\u202eb", "f.yml:1: job_name"},
      {"epochs: 5\n  seed: 3\n", "f.yml:"},
      {"seed: 1\nepochs: @5", "f.yml:2: not valid YAML"},
  };
  for (const auto& [text, expected] : cases) {
    CAPTURE(text);
    CHECK_THAT(yaml_error(text), Contains(expected));
  }
}

TEST_CASE("quoted values end at their quote") {
  CHECK(config_from_yaml_text("job_name: \"a \\\" b\"\nseed: 3\n", "f.yml").job_name == "a \" b");
  CHECK(config_from_yaml_text("job_name: 'it''s'\nseed: 3\n", "f.yml").job_name == "it's");
}

TEST_CASE("empty files, comments, byte order marks and carriage returns are fine") {
  for (const char* text : {"", "\n\n", "# nothing\n", "---\n", "---\n...\n", "{}", "\xef\xbb\xbf", " \t\n"})
    CHECK(config_from_yaml_text(text, "f.yml") == Config{});
  const auto config =
      config_from_yaml_text("\xef\xbb\xbfseed: 7\r\n# é\r\njob_name:\tbüro\t# x\r\n", "f.yml");
  CHECK(config.seed == 7);
  CHECK(config.job_name == "büro");
}

TEST_CASE("what is not UTF-8 text is refused by line") {
  const auto refused = [](const std::string& bytes) {
    CHECK_THAT(yaml_error("seed: 1\njob_name: " + bytes), Contains("f.yml:2: not a text file in UTF-8"));
  };
  refused(std::string("a\0b", 3));
  refused("a\x1b[31m");
  refused("\xff\xfe");
  refused("\xc3");              // cut short
  refused("\xc0\xaf");          // overlong
  refused("\xed\xa0\x80");      // surrogate
  refused("\xf4\x90\x80\x80");  // beyond Unicode
  refused("a\rb");              // a carriage return alone
  refused("\xc2\x85");          // a line break only to some
  CHECK_THAT(yaml_error(std::string("s\0e\0e\0d\0", 8)), Contains("f.yml:1: not a text file"));  // UTF-16
}

TEST_CASE("huge and deep texts are refused quickly") {
  CHECK_THAT(yaml_error(std::string((1 << 20) + 1, '#')), Contains("f.yml: larger than 1.00 MiB"));
  for (const std::string piece : {"[", "{", "- ", "? ", "{a: ", "[[", "&a ", "!a ", "*", "'", "\"",
                                  "a: ", "seed: [", "|\n", "seed: {", "--- ", "- - ", ":", "seed: >\n "}) {
    CAPTURE(piece);
    std::string text;
    while (text.size() + piece.size() <= 1 << 20) text += piece;
    CHECK(yaml_error(text) != "no error");
  }
}

TEST_CASE("the config.yaml that a run of the reference left behind loads, its run keys ignored in one line") {
  // As its cli.py dumps it: block lists, booleans, nulls and what the scheduler said, sorted by key.
  const char* text = R"(T_0: 10
T_mult: 2
activation_checkpointing: false
async_save: false
base_run_dir: /scratch/benchmark_runs
benchmark_run_dir: /scratch/benchmark_runs/benchmark_20260721-101500
ce_weight_sample_fraction: 0.1
checkpoint_dir: checkpoints
checkpoint_interval: -1
command: benchmark
config: ScaFFold/configs/benchmark_default.yml
datagen_batch_size: 10000
dataset_dir: /scratch/datasets
dc_num_shards:
- 2
- 1
- 1
dc_shard_dims:
- 2
- 3
- 4
dc_total_shards: 2
disable_scheduler: false
dist: 1
local_batch_size: 1
machine_name: tuolumne1001
min_learning_rate: 0.0001
point_num: 8192
problem_scale: 7
restart: false
run_dir: null
run_iter: /scratch/benchmark_runs/benchmark_20260721-101500/run
scale: 1
scheduler_metadata:
  FLUX_JOB_ID: f2XQZ
  nodes:
  - tuolumne1001
  - {name: tuolumne1002, cores: [0, 1]}
  empty: {}
seed: 7
torch_amp: true
train_from_scratch: true
unet_bottleneck_dim: 3
unet_layers: 4
verbose: 0
vol_size: 128
)";
  std::ostringstream told;
  Config config;
  {
    TemporaryFolder folder;
    log::add_file((folder / "log.txt").string());
    config = config_from_yaml_text(text, "config.yaml");
    log::close_files();
    told << read_text(folder / "log.txt");
  }
  CHECK(config.seed == 7);
  CHECK(config.dc_num_shards == option_type::Triple{2, 1, 1});
  CHECK(config.base_run_dir == "/scratch/benchmark_runs");
  CHECK(config.torch_amp);
  const std::string log = told.str();
  CHECK(std::count(log.begin(), log.end(), '\n') == 1);
  CHECK_THAT(log,
             Contains("config.yaml: keys of a run of the reference, ignored: benchmark_run_dir, command, "
                      "config, datagen_batch_size, dc_total_shards, dist, machine_name, point_num, "
                      "restart, run_dir, run_iter, scale, scheduler_metadata, unet_layers, verbose, "
                      "vol_size"));
}

TEST_CASE("an ignored key that stands there twice is named once") {
  TemporaryFolder folder;
  log::add_file((folder / "log.txt").string());
  const auto config = config_from_yaml_text(
      "dist: 1\ncommand: [a, b]\ndist: 0\nverbose: 1\ncommand:\n- dist\nscale: 1\nseed: 3\nscale: 1\n",
      "f.yml");
  log::close_files();
  CHECK(config.seed == 3);
  CHECK_THAT(read_text(folder / "log.txt"), Contains("ignored: dist, command, verbose, scale\n"));
  CHECK_THAT(yaml_error("scale: 1\ndist: 9\nscale: 9\n"), Contains("unknown key 'scale'"));
}

TEST_CASE("the older key batch_size is local_batch_size, with the same rules") {
  CHECK(config_from_yaml_text("batch_size: 4\n", "f.yml").local_batch_size == 4);
  CHECK_THAT(yaml_error("batch_size: 4\nlocal_batch_size: 4\n"),
             Contains("f.yml:2") && Contains("given twice"));
  CHECK_THAT(yaml_error("batch_size: [1, 2]\n"), Contains("local_batch_size") && Contains("one setting"));
}

TEST_CASE("a scale that the reference never writes means problem_scale") {
  CHECK(config_from_yaml_text("scale: 1\n", "f.yml") == Config{});
  CHECK_THAT(yaml_error("scale: 9\n"), Contains("unknown key 'scale'") && Contains("problem_scale"));
}

TEST_CASE("what is ignored may be built in any way, but not without end") {
  CHECK(config_from_yaml_text("command: &a [x, {y: *a}]\nseed: 3\n", "f.yml").seed == 3);
  CHECK(config_from_yaml_text("run_iter: !!python/name:x\nverbose:\nseed: 3\n", "f.yml").seed == 3);
  CHECK_THAT(yaml_error("scheduler_metadata: " + std::string(17, '[') + std::string(17, ']')),
             Contains("scheduler_metadata is nested deeper than 16"));
}

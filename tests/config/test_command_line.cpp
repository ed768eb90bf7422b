#include "config/command_line.hpp"

#include <CLI/CLI.hpp>
#include <iostream>
#include <sstream>

#include "fractal_unet/options.hpp"
#include "headless/commands.hpp"
#include "support.hpp"

using namespace scaffold;
using Catch::Contains;
using config_test::message_of;

namespace {

struct Parsed {
  std::vector<std::filesystem::path> files;
  std::vector<Override> overrides;
};

Parsed parse(std::vector<std::string> words) {
  Parsed parsed;
  CLI::App app;
  add_config_options(app, parsed.files, parsed.overrides);
  std::reverse(words.begin(), words.end());  // as CLI11 wants a vector
  app.parse(words);
  return parsed;
}

MergedConfig merged(const std::vector<std::string>& words) {
  TemporaryFolder folder;
  std::ofstream(folder / "a.yml").flush();
  Parsed parsed = parse(words);
  parsed.files = {folder / "a.yml"};
  return merge_config(parsed.files, parsed.overrides);
}

// Runs "scaffold <words>" with the config command alone and returns what it prints.
std::string run_program(std::vector<std::string> words) {
  CLI::App app;
  std::function<int()> action;
  register_config(app, action);
  std::reverse(words.begin(), words.end());
  app.parse(words);
  REQUIRE(action);
  std::ostringstream captured;
  int code = -1;
  auto* const before = std::cout.rdbuf(captured.rdbuf());
  try {
    code = action();
  } catch (...) {
    std::cout.rdbuf(before);
    throw;
  }
  std::cout.rdbuf(before);
  CHECK(code == 0);
  return captured.str();
}

}  // namespace

TEST_CASE("several -c keep their order, each with one file") {
  CHECK(parse({"-c", "a", "--seed", "1", "--config", "b", "-c", "a"}).files ==
        std::vector<std::filesystem::path>{"a", "b", "a"});
  CHECK_THROWS_AS(parse({"-c", "a", "b"}), CLI::ParseError);
}

TEST_CASE("options reach their keys") {
  const auto c = merged({"--problem-scale",
                         "5",
                         "--torch-amp",
                         "0",
                         "--dc-num-shards",
                         "2",
                         "1",
                         "4",
                         "--fract-base-dir",
                         "some dir",
                         "--epochs",
                         "-1",
                         "--warmup-batches=2",
                         "--T-0",
                         "3",
                         "--t-mult",
                         "4",
                         "--min-learning-rate",
                         "1e-5",
                         "--train-seed",
                         "-1",
                         "--job-name",
                         "5"})
                     .values;
  CHECK(fractal_unet(c).problem_scale == 5);
  CHECK_FALSE(c.torch_amp);
  CHECK(c.dc_num_shards == std::array<std::int64_t, 3>{2, 1, 4});
  CHECK(fractal_unet(c).fract_base_dir == "some dir");
  CHECK(c.warmup_batches == 2);
  CHECK(c.T_0 == 3);
  CHECK(c.T_mult == 4);
  CHECK(c.min_learning_rate == 1e-5);
  CHECK(c.job_name == "5");
  CHECK(c.epochs == -1);
  const auto commas = merged({"--dc-num-shards", "2,1,4", "--epochs", "3"}).values;
  CHECK(commas.dc_num_shards == c.dc_num_shards);
  CHECK(commas.epochs == 3);
}

TEST_CASE("every key has a working option") {
  for (const auto& option : options()) {
    std::vector<std::string> words = {option.flag};
    if (option.type == "3 integers")
      words.insert(words.end(), option.name == "dc_shard_dims"
                                    ? std::initializer_list<std::string>{"2", "3", "4"}
                                    : std::initializer_list<std::string>{"1", "1", "1"});
    else
      words.push_back(option.default_value == "\"\"" ? ""
                                                     : option.default_value);  // as a shell hands it over
    CAPTURE(option.name);
    const auto result = merged(words);
    CHECK(result.values == Config{});
    CHECK(describe(result.origins.at(option.name)) == "command line");
  }
}

TEST_CASE("a bad value fails as it does in a file") {
  CHECK(message_of([] {
          merged({"--problem-scale", "99"});
        }) == "command line: problem_scale: got '99'; allowed: integer from 2 to 14");
  CHECK_THAT(message_of([] { merged({"--epochs", "-7"}); }), Contains("epochs: got '-7'"));
  CHECK_THAT(message_of([] {
               merged({"--problem-scale", "[5,6]"});
             }),
             Contains("problem_scale: got '[5,6]'"));
  CHECK_THAT(message_of([] { merged({"--job-name", ""}); }), Contains("job_name: got ''"));
}

TEST_CASE("an option given twice or without its value is an error") {
  CHECK(message_of([] {
          parse({"--seed", "1", "--seed", "2"});
        }) == "command line: --seed is given twice; keep one");
  CHECK_THAT(message_of([] {
               parse({"--dc-num-shards", "1", "1", "1", "--dc-num-shards", "1", "1", "1"});
             }),
             Contains("--dc-num-shards is given twice"));
  CHECK_THAT(message_of([] { parse({"--T-0", "1", "--t-0", "1"}); }), Contains("--T-0 is given twice"));
  CHECK(message_of([] {
          parse({"--job-name", "--seed", "2"});
        }) == "command line: job_name (--job-name) needs a value, but '--seed' follows");
  CHECK_THAT(message_of([] { parse({"-c", "--seed", "2"}); }), Contains("(-c) needs a value"));
  CHECK_THROWS_AS(parse({"--seed"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--dc-num-shards", "1", "2"}), CLI::ParseError);
  CHECK_THROWS_AS(parse({"--no-such-key", "2"}), CLI::ParseError);
}

TEST_CASE("-c reads its path as a key does") {
  setenv("SCAFFOLD_OUT", "/somewhere", 1);
  unsetenv("SCAFFOLD_NONE");
  const auto files = parse({"-c", "$SCAFFOLD_OUT/a.yml", "-c", "b$$.yml"}).files;
  CHECK(files == std::vector<std::filesystem::path>{"/somewhere/a.yml", "b$.yml"});
  CHECK_THAT(message_of([] {
               parse({"-c", "$SCAFFOLD_NONE/a.yml"});
             }),
             Contains("command line: -c") && Contains("SCAFFOLD_NONE is not set"));
  unsetenv("SCAFFOLD_OUT");
}

TEST_CASE("an option that names a file or folder reads its path as a key does") {
  setenv("SCAFFOLD_OUT", "/somewhere", 1);
  unsetenv("SCAFFOLD_NONE");
  const auto read = [](const std::string& word) {
    CLI::App app;
    std::string path;
    as_path(app.add_option("--out", path));
    app.parse(std::vector<std::string>{word, "--out"});  // reversed, as CLI11 wants a vector
    return path;
  };
  CHECK(read("$SCAFFOLD_OUT/x") == "/somewhere/x");
  CHECK(read("x") == "x");
  CHECK_THAT(message_of([&] { read("$SCAFFOLD_NONE/x"); }),
             Contains("command line: --out") && Contains("SCAFFOLD_NONE is not set"));
  unsetenv("SCAFFOLD_OUT");
}

TEST_CASE("--help lists every option in its group with default and range") {
  CLI::App app;
  Parsed parsed;
  add_config_options(app, parsed.files, parsed.overrides);
  CHECK_THROWS_AS(app.parse("--help"), CLI::CallForHelp);
  const std::string help = app.help();
  for (const auto& option : options()) {
    CHECK_THAT(help, Contains(option.flag));
    CHECK_THAT(help, Contains(option.help + " Default: " + option.default_value +
                              ". Allowed: " + option.allowed + "."));
    CHECK_THAT(help, Contains(option.group + ":\n"));
  }
}

TEST_CASE("the config command prints every key with its origin") {
  TemporaryFolder folder;
  write_atomic(folder / "a.yml", "\nproblem_scale: 5\n");
  const std::string file = (folder / "a.yml").string();
  const std::string out = run_program({"config", "-c", file, "--epochs", "3"});
  CHECK_THAT(out, Contains("problem_scale                    5               " + file + ":2\n"));
  CHECK_THAT(out, Contains("epochs                           3               command line\n"));
  CHECK_THAT(out, Contains("seed                             42              default\n"));
  CHECK(static_cast<std::size_t>(std::count(out.begin(), out.end(), '\n')) == options().size());
  CHECK(run_program({"config", "--markdown"}) == markdown_table());
  CHECK_THAT(message_of([] { run_program({"config"}); }), Contains("-c FILE is required"));
}

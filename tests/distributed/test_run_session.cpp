// A run from configuration to report, as every rank of a job makes it, without the program. On up to four
// ranks: more of them on few cores take minutes.
#include <fstream>

#include "catch.hpp"
#include "core/text.hpp"
#include "job/benchmark_run.hpp"
#include "job/run_session.hpp"
#include "mpi_world_of_test.hpp"
#include "run/events.hpp"
#include "run/report_json.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

/// A folder that all ranks see, gone with rank 0's object.
class SharedFolder {
 public:
  SharedFolder() {
    if (test_world().rank() == 0) {
      own_.emplace();
      std::ofstream(own_->path() / "small.yml") << "problem_scale: 3\n";
    }
    path_ = broadcast(test_world().all(), own_ ? own_->path().string() : "", 0);
  }
  ~SharedFolder() { barrier(test_world().all()); }
  const fs::path& path() const { return path_; }

 private:
  std::optional<TemporaryFolder> own_;
  fs::path path_;
};

/// Shards along D, as many as ranks where a volume of 8 voxels can be cut so.
std::int64_t shards_here() { return test_world().size() == 3 ? 1 : std::min(test_world().size(), 2); }

BenchmarkArguments small_run(const fs::path& folder, const std::vector<Override>& more = {}) {
  BenchmarkArguments arguments;
  arguments.files = {folder / "small.yml"};
  const auto set = [&](const std::string& key, const std::string& value) {
    arguments.overrides.push_back({key, {value}});
  };
  set("unet_bottleneck_dim", "2");
  set("n_categories", "2");
  set("n_instances_used_per_fractal", "30");
  set("num_threads", "1");
  set("torch_amp", "0");
  set("train_seed", "5");
  set("warmup_batches", "1");
  set("checkpoint_interval", "1");
  set("monitor", "0");
  set("fract_base_dir", (folder / "fractals").string());
  set("dataset_dir", (folder / "datasets").string());
  set("base_run_dir", (folder / "runs").string());
  arguments.overrides.push_back({"dc_num_shards", {cat(shards_here()), "1", "1"}});
  for (const auto& one : more) arguments.overrides.push_back(one);
  return arguments;
}

/// Exit code of one run by all ranks; `folder_of` becomes the run's folder on every rank.
int run(const BenchmarkArguments& arguments, fs::path* folder_of = nullptr) {
  World& world = test_world();
  Alarm alarm(world.all().split(0, world.rank()), [](int, int, const std::string&) {});
  Ranks ranks{world, alarm};
  std::string made;
  RunPart part;
  part.make_library = true;
  part.cores = 1;
  part.on_folder = [&](const fs::path& folder) { made = folder.string(); };
  const int code = run_once(arguments, part, ranks);
  alarm.close();
  if (folder_of) *folder_of = broadcast(world.all(), made, 0);
  return code;
}

std::vector<double> losses(const fs::path& run_dir, std::int64_t epochs) {
  std::vector<double> all;
  for (const auto& epoch : restore_epochs(run_dir, epochs)) all.push_back(epoch.epoch_loss);
  return all;
}

}  // namespace

TEST_CASE("a watchdog's last sign of life is in nobody's way") {
  World& world = test_world();
  for (int round = 1; round <= 100; ++round) {
    JobWatchdog(world, 10);
    const auto next = world.all().split(0, world.rank());
    double value = round;
    wait(*next->start_sum(&value, 1, DataType::float64));
    REQUIRE(value == static_cast<double>(round) * world.size());
  }
}

TEST_CASE("a run goes from configuration to report on all ranks, and continues exactly", "[session]") {
  const SharedFolder folder;
  // So slow that three epochs reach no Dice of 1, and fast enough that weights change.
  const std::vector<Override> never{
      {"target_dice", {"1"}}, {"starting_learning_rate", {"1e-5"}}, {"min_learning_rate", {"1e-5"}}};
  const auto with_epochs = [&](const char* epochs) {
    auto all = never;
    all.push_back({"epochs", {epochs}});
    return small_run(folder.path(), all);
  };
  fs::path whole, parts;
  CHECK(run(with_epochs("3"), &whole) == 4);
  const auto report = read_report(whole / "report.json");
  CHECK(report.status == "epochs_exhausted");
  CHECK(report.epochs == 3);

  CHECK(run(with_epochs("1"), &parts) == 4);
  BenchmarkArguments restart;
  restart.restart = true;
  restart.run_dir = parts.string();
  restart.overrides.push_back({"epochs", {"3"}});
  CHECK(run(restart) == 4);
  CHECK(losses(parts, 3) == losses(whole, 3));
  CHECK(read_report(parts / "report.json").restarts == 1);
  // Nothing is left to do: the report stays as it is.
  CHECK(run(restart) == 4);
  CHECK(read_report(parts / "report.json").restarts == 1);
}

TEST_CASE("a run that reaches its target keeps its network, on all ranks with one exit code", "[session]") {
  const SharedFolder folder;
  fs::path run_dir;
  CHECK(run(small_run(folder.path(), {{"target_dice", {"0.0001"}}}), &run_dir) == 0);
  CHECK(fs::exists(run_dir / "checkpoints" / "final.h5"));
  CHECK(read_report(run_dir / "report.json").converged);
}

TEST_CASE("a report that cannot be written is one exit code on all ranks", "[session]") {
  const SharedFolder folder;
  World& world = test_world();
  Alarm alarm(world.all().split(0, world.rank()), [](int, int, const std::string&) {});
  Ranks ranks{world, alarm};
  RunPart part;
  part.make_library = true;
  part.cores = 1;
  // A folder of the report's name, which is not empty, stands for a full disk.
  part.on_folder = [](const fs::path& run_dir) { fs::create_directories(run_dir / "report.json" / "x"); };
  const int code =
      run_once(small_run(folder.path(), {{"target_dice", {"1"}}, {"epochs", {"1"}}}), part, ranks);
  alarm.close();
  CHECK(code == 1);
}

TEST_CASE("what is wrong with a configuration every rank throws, and nothing is made", "[session]") {
  const SharedFolder folder;
  CHECK_THROWS_AS(run(small_run(folder.path(), {{"unet_bottleneck_dim", {"3"}}, {"val_split", {"0"}}})),
                  ConfigError);
  barrier(test_world().all());
  CHECK_FALSE(fs::exists(folder.path() / "runs"));
  CHECK_FALSE(fs::exists(folder.path() / "datasets"));
}

TEST_CASE("ranks with different configurations are told so on every rank", "[session]") {
  const SharedFolder folder;
  const std::string seed = cat(test_world().rank());
  if (test_world().size() == 1)
    CHECK(run(small_run(folder.path(), {{"seed", {seed}}, {"target_dice", {"0.0001"}}})) == 0);
  else
    CHECK_THROWS_WITH(run(small_run(folder.path(), {{"seed", {seed}}})),
                      Catch::Contains("rank 1 runs another"));
}

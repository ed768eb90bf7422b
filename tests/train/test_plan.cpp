#include <fstream>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "fractal_unet/options.hpp"
#include "fuzz.hpp"
#include "plan/plan.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

const fs::path machines = fs::path(SCAFFOLD_SOURCE_DIR) / "configs" / "machines";

Config at_scale(std::int64_t scale) {
  Config config;
  fractal_unet(config).problem_scale = scale;
  return config;
}

}  // namespace

TEST_CASE("the ready machine descriptions load and are within reason") {
  int found = 0;
  for (const auto& entry : fs::directory_iterator(machines)) {
    const Machine machine = read_machine(entry.path());
    CHECK(machine.flops_bfloat16 >= machine.flops_float32);
    CHECK(machine.convolution_efficiency < 1);
    CHECK(machine.link_bandwidth >= machine.network_bandwidth);
    CHECK(machine.collective_bandwidth >= machine.network_bandwidth);
    CHECK(machine.collective_bandwidth <= machine.ranks_per_node * machine.network_bandwidth);
    ++found;
  }
  CHECK(found == 4);
}

TEST_CASE("bad machine descriptions are refused with file, key and what is wrong") {
  const TemporaryFolder folder;
  const fs::path file = folder / "m.yml";
  const std::string good = read_text(machines / "h100.yml");
  const auto complaint = [&](const std::string& text) {
    write_atomic(file, text);
    try {
      read_machine(file);
      return std::string();
    } catch (const ConfigError& error) {
      return std::string(error.what());
    }
  };
  CHECK(complaint(good).empty());
  CHECK_THAT(complaint(good + "flops: 3\n"), Catch::Contains("flops is no key") && Catch::Contains("m.yml"));
  CHECK_THAT(complaint(good + "memory: 3\n"), Catch::Contains("memory is given twice"));
  CHECK_THAT(complaint("name: x\n"), Catch::Contains("lacks"));
  CHECK_THAT(complaint("device: tpu\n"), Catch::Contains("cpu, gpu or apu"));
  CHECK_THAT(complaint("memory: -3\n"), Catch::Contains("above 0"));
  CHECK_THAT(complaint("memory: [1]\n"), Catch::Contains("above 0"));
  CHECK_THAT(complaint("{"), Catch::Contains("not valid YAML"));
  CHECK_THAT(complaint("just words"), Catch::Contains("expected"));
  CHECK_THROWS_AS(read_machine(folder / "none.yml"), ConfigError);
  // Whatever the bytes, an answer or a ConfigError.
  std::mt19937 random(5);
  for (int i = 0; i < fuzz_rounds(500); ++i) {
    std::string text = good;
    for (int n = 0; n < 4; ++n) text[random() % text.size()] = static_cast<char>(random());
    complaint(text);
  }
}

TEST_CASE("a plan counts what the network's shapes say") {
  const Machine machine = read_machine(machines / "h100.yml");
  Config config = at_scale(5);
  const JobPlan one = plan_job(config, 1, machine);
  CHECK(one.parameters == Approx(5.4e6).epsilon(0.01));
  CHECK(one.steps == 168);
  CHECK(one.validation == 72);
  CHECK(one.allreduce_bytes == 0);
  CHECK(one.halo_bytes == 0);
  CHECK(one.input_bytes == 13.0 * 32 * 32 * 32);
  CHECK(one.dataset_bytes == 240.0 * 13 * 32 * 32 * 32);

  const JobPlan two = plan_job(config, 2, machine);
  CHECK(two.steps == 84);
  CHECK(two.allreduce_bytes == 4.0 * static_cast<double>(one.parameters));
  CHECK(two.flops_step == one.flops_step);

  config.max_steps_per_epoch = 21;
  CHECK(plan_job(config, 1, machine).steps == 21);
  CHECK(plan_job(config, 1, machine).validation == 9);
  config.max_steps_per_epoch = 0;
  config.dc_num_shards = {2, 1, 1};
  const JobPlan cut = plan_job(config, 2, machine);
  CHECK(cut.flops_step == Approx(one.flops_step / 2));
  CHECK(cut.memory.activations == Approx(one.memory.activations / 2));
  // By hand: bfloat16 faces of 32² at level 0 and so on; forward inputs 3, 64, then 64, 128, 128, 256 and
  // back.
  const double faces = 2.0 * (1024 * (3 + 64 + 128 + 64) + 256 * (64 + 128 + 256 + 128) + 64 * (128 + 256));
  CHECK(cut.halo_bytes == faces * 2 - 2.0 * 1024 * 3);
  CHECK_THROWS_AS(plan_job(config, 3, machine), ConfigError);
  config.activation_checkpointing = true;
  CHECK(plan_job(config, 2, machine).flops_step > cut.flops_step);
  CHECK(plan_job(config, 2, machine).memory_total < cut.memory_total);
}

TEST_CASE("an all-reduce among whole nodes has all their adapters, one beyond them its own") {
  Machine machine = read_machine(machines / "h100.yml");
  machine.latency = 1e-12;
  const auto bus = [&](int ranks) {
    const JobPlan plan = plan_job(at_scale(5), ranks, machine);
    return 2.0 * (ranks - 1) / ranks * plan.allreduce_bytes / plan.allreduce;
  };
  CHECK(bus(4) == Approx(machine.link_bandwidth).epsilon(1e-6));
  for (const int ranks : {8, 16, 1024})
    CHECK(bus(ranks) == Approx(machine.collective_bandwidth).epsilon(1e-6));
  CHECK(bus(9) == Approx(machine.network_bandwidth).epsilon(1e-6));
  CHECK(bus(10) == Approx(2 * machine.network_bandwidth).epsilon(1e-6));
  CHECK(bus(15) == Approx(machine.collective_bandwidth).epsilon(1e-6));
}

TEST_CASE("the page's table of networks is what a plan counts") {
  // LLNL's page: parameters, and the operations of a step of one sample.
  const Machine machine = read_machine(machines / "h100.yml");
  const struct {
    std::int64_t scale, bottleneck;
    double parameters, operations;
  } table[] = {{7, 3, 90.3e6, 11.4e12},   {8, 3, 361.9e6, 94.2e12},  {9, 4, 361.9e6, 0.753e15},
               {10, 5, 361.9e6, 6.03e15}, {11, 6, 361.9e6, 48.2e15}, {12, 7, 361.9e6, 386e15}};
  for (const auto& row : table) {
    Config config = at_scale(row.scale);
    fractal_unet(config).unet_bottleneck_dim = row.bottleneck;
    const JobPlan plan = plan_job(config, 1, machine);
    CHECK(static_cast<double>(plan.parameters) == Approx(row.parameters).epsilon(1e-3));
    CHECK(plan.flops_step == Approx(row.operations).epsilon(5e-3));
  }
}

TEST_CASE("an MI300A's plan at scale 8 takes what the reference's authors state") {
  const JobPlan plan = plan_job(at_scale(8), 1, read_machine(machines / "mi300a.yml"));
  CHECK(plan.step == Approx(0.458).epsilon(0.03));
}

TEST_CASE("scale 11 does not fit an H100, whatever the cut, and a larger bottleneck does") {
  const Machine machine = read_machine(machines / "h100.yml");
  Config config = at_scale(11);
  config.dc_num_shards = {8, 8, 8};
  const JobPlan plan = plan_job(config, 512, machine);
  CHECK(plan.memory_total > machine.memory);
  CHECK(plan.dataset_bytes == 240.0 * 13 * 2048.0 * 2048 * 2048);
  CHECK(smallest_fitting_shards(config, machine).empty());
  fractal_unet(config).unet_bottleneck_dim = 7;
  const auto cuts = smallest_fitting_shards(config, machine);
  REQUIRE_FALSE(cuts.empty());
  for (const Extent3& shards : cuts) {
    config.dc_num_shards = shards;
    CHECK(plan_job(config, static_cast<int>(shards[0] * shards[1] * shards[2]), machine).memory_total <=
          0.9 * machine.memory);
  }
}

#include <ATen/ATen.h>

#include <fstream>
#include <random>

#include "catch.hpp"
#include "core/error.hpp"
#include "fractal_unet/network/task.hpp"
#include "fuzz.hpp"
#include "job/checkpoint.hpp"
#include "storage/h5.hpp"
#include "temporary_folder.hpp"

using namespace scaffold;

namespace {

UNetOptions small_network(std::int64_t classes = 4) {
  UNetOptions options;
  options.classes = classes;
  options.levels = 1;
  options.width = 8;
  return options;
}

Checkpoint sample(UNet& network, Optimizer& optimizer) {
  Checkpoint c;
  c.network = sizes_of(network.options(), 4);
  c.state.epoch = 3;
  c.state.step = 5;
  c.state.total_steps = 21;
  c.state.train_seed = 0x7fffffffffffffffULL;
  c.state.loss_sum = 0.1 + 0.2;
  c.state.phases.backward = 1.25;
  c.config_yaml = "problem_scale: 4\n";
  c.dataset_hash = "0123456789abcdef";
  c.optimizer = "ADAM";
  c.commit = "abc";
  for (int e = 1; e <= 2; ++e) {
    EpochRecord record;
    record.epoch = e;
    record.metric("val_dice") = 0.1 * e;
    record.epoch_duration = 1.0 / 3;
    c.epochs.push_back(record);
  }
  capture(c, network, optimizer);
  return c;
}

}  // namespace

TEST_CASE("a checkpoint reads back exactly what was written") {
  TemporaryFolder folder;
  UNet network(small_network(), at::kCPU, 3), other(small_network(), at::kCPU, 4);
  const auto own_optimizer = make_optimizer("ADAM", network.parameter_tensors());
  Optimizer& optimizer = *own_optimizer;
  const auto own_other_optimizer = make_optimizer("ADAM", other.parameter_tensors());
  Optimizer& other_optimizer = *own_other_optimizer;
  for (auto& slot : optimizer.slots())
    for (auto& value : slot.value) value.normal_();
  const Checkpoint written = sample(network, optimizer);
  write_checkpoint(folder / "c.h5", written);
  const Checkpoint read = read_checkpoint(folder / "c.h5");
  CHECK(read.state.epoch == 3);
  CHECK(read.state.step == 5);
  CHECK(read.state.train_seed == written.state.train_seed);
  CHECK(read.state.loss_sum == written.state.loss_sum);
  CHECK(read.state.phases.backward == 1.25);
  CHECK(read.config_yaml == written.config_yaml);
  CHECK(read.epochs.size() == 2);
  CHECK(read.epochs[1].metric("val_dice") == written.epochs[1].metric("val_dice"));
  restore(read, other, other_optimizer, "c.h5");
  CHECK(other_optimizer.steps() == 21);
  for (std::size_t i = 0; i < network.parameters().size(); ++i) {
    CHECK(at::equal(network.parameters()[i].value, other.parameters()[i].value));
    for (int s : {0, 1}) CHECK(at::equal(optimizer.slots()[s].value[i], other_optimizer.slots()[s].value[i]));
  }
}

TEST_CASE("a checkpoint of another network or kind is refused") {
  TemporaryFolder folder;
  UNet network(small_network(), at::kCPU, 3), wider(small_network(5), at::kCPU, 3);
  const auto own_optimizer = make_optimizer("SGD", network.parameter_tensors());
  Optimizer& optimizer = *own_optimizer;
  write_checkpoint(folder / "c.h5", sample(network, optimizer));
  const Checkpoint read = read_checkpoint(folder / "c.h5");
  CHECK_THROWS_WITH(restore(read, wider, "c.h5"), Catch::Contains("another shape"));
  const auto own_adam = make_optimizer("ADAM", network.parameter_tensors());
  Optimizer& adam = *own_adam;
  CHECK_THROWS_AS(restore(read, network, adam, "c.h5"), DataError);
  H5Writer(folder / "p.h5", "prediction", 1).finish();
  CHECK_THROWS_AS(read_checkpoint(folder / "p.h5"), DataError);
  CHECK_THROWS_AS(read_checkpoint(folder / "missing.h5"), DataError);
  // Right kind, nothing inside.
  H5Writer(folder / "empty.h5", checkpoint_kind, checkpoint_version).finish();
  CHECK_THROWS_AS(read_checkpoint(folder / "empty.h5"), DataError);
  H5Writer(folder / "newer.h5", checkpoint_kind, checkpoint_version + 1).finish();
  CHECK_THROWS_WITH(read_checkpoint(folder / "newer.h5"), Catch::Contains("newer"));
}

TEST_CASE("a flipped bit or a cut anywhere in a checkpoint is noticed") {
  TemporaryFolder folder;
  UNet network(small_network(), at::kCPU, 3);
  const auto own_optimizer = make_optimizer("ADAM", network.parameter_tensors());
  Optimizer& optimizer = *own_optimizer;
  write_checkpoint(folder / "c.h5", sample(network, optimizer));
  const std::string good = read_text(folder / "c.h5");
  std::mt19937 random(5);
  for (int i = 0; i < fuzz_rounds(200); ++i) {
    std::string bad = good;
    if (i % 4 == 0)
      bad.resize(random() % good.size());
    else
      bad[random() % good.size()] ^= static_cast<char>(1 << random() % 8);
    {
      std::ofstream out(folder / "bad.h5", std::ios::binary);
      out << bad;
    }
    CHECK_THROWS_AS(read_checkpoint(folder / "bad.h5"), DataError);
  }
}

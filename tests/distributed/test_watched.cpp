// What a watched training hands out, on every grid that the world allows: the volumes that were kept against
// the dataset's masks and the Dice that training recorded, and orders that reach every rank.
#include <ATen/ATen.h>

#include <algorithm>
#include <map>

#include "catch.hpp"
#include "fractal_unet/network/volume.hpp"
#include "mpi_world_of_test.hpp"
#include "train/small_run.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

struct Seen : TrainObserver {
  void on_samples(std::int64_t epoch, const std::vector<int>& volumes,
                  const std::vector<double>& dice) override {
    for (std::size_t i = 0; i < volumes.size(); ++i) samples[epoch][volumes[i]] = dice[i];
    first[epoch] = volumes.at(0);
  }
  void on_volume(std::unique_ptr<VolumeSnapshot> volume, bool) override {
    kept.push_back(std::move(*volume));
  }
  void on_epoch(const EpochRecord& record) override { epochs.push_back(record); }
  void on_checkpoint(const CheckpointRecord&) override { ++checkpoints; }
  void on_command(ParallelContext::Command order) override { orders.push_back(order); }
  std::map<std::int64_t, std::map<std::int64_t, double>> samples;
  std::map<std::int64_t, std::int64_t> first;
  std::vector<VolumeSnapshot> kept;
  std::vector<EpochRecord> epochs;
  std::vector<ParallelContext::Command> orders;
  int checkpoints = 0;
};

std::vector<Extent3> watched_grids(int ranks) {
  std::vector<Extent3> all;
  for (const Extent3& shards : {Extent3{1, 1, 1}, Extent3{2, 1, 1}, Extent3{1, 2, 2}, Extent3{2, 2, 2}})
    if (ranks % (shards[0] * shards[1] * shards[2]) == 0) all.push_back(shards);
  return all;
}

/// By the definition: (2·|P∩T| + 1e-6)/(|P| + |T| + 1e-6).
double dice_of_class(const VolumeSnapshot& v, int label) {
  double both = 0, sum = 0;
  for (std::size_t i = 0; i < v.truth.size(); ++i) {
    both += v.truth[i] == label && v.prediction[i] == label;
    sum += (v.truth[i] == label) + (v.prediction[i] == label);
  }
  return (2 * both + 1e-6) / (sum + 1e-6);
}

void check_kept(const VolumeSnapshot& kept, const DatasetReader& reader, const Seen& seen) {
  const at::Tensor mask = read_volume(reader, kept.volume, false)[field::mask][0];
  REQUIRE(kept.dims == std::array<std::int64_t, 3>{mask.size(0), mask.size(1), mask.size(2)});
  const std::uint8_t* truth = mask.data_ptr<std::uint8_t>();
  REQUIRE(std::equal(kept.truth.begin(), kept.truth.end(), truth, truth + mask.numel()));
  double mean = 0;
  for (int label = 1; label < static_cast<int>(kept.scores.size()); ++label) {
    CHECK(kept.scores[static_cast<std::size_t>(label)] == Approx(dice_of_class(kept, label)).epsilon(1e-9));
    mean += dice_of_class(kept, label) / static_cast<double>(kept.scores.size() - 1);
  }
  CHECK(mean == Approx(seen.samples.at(kept.epoch).at(kept.volume)).epsilon(1e-9));
}

}  // namespace

TEST_CASE("kept volumes are the network's own answers, from any grid") {
  SmallRun small(24);
  const DatasetReader reader(small.info.folder);
  small.config.epochs = 2;
  World& world = test_world();
  const std::vector<int> validation = reader.validation();
  for (const Extent3& shards : watched_grids(world.size())) {
    ParallelContext parallel(world.all(), shards);
    TrainerOptions options = small.options("watched");
    options.keep.on = true;
    options.keep.worst = 2;
    options.keep.chosen = [&] { return std::vector<std::int64_t>{validation.back(), 123456}; };
    Seen seen;
    Trainer trainer(options, reader, seen, parallel);
    trainer.run();
    if (!parallel.is_root()) {
      CHECK(seen.kept.empty());
      continue;
    }
    for (const auto& [epoch, scores] : seen.samples) {
      CHECK(scores.size() == validation.size());
      double mean = 0;
      for (const auto& [volume, dice] : scores) mean += dice / static_cast<double>(scores.size());
      CHECK(mean ==
            Approx(seen.epochs.at(static_cast<std::size_t>(epoch - 1)).metric("val_dice")).epsilon(1e-9));
      // The first, the chosen one, and the two worst of the others.
      std::vector<std::int64_t> wanted{validation.front(), validation.back()}, kept;
      std::vector<std::pair<double, std::int64_t>> others;
      for (const auto& [volume, dice] : scores)
        if (volume != wanted[0] && volume != wanted[1]) others.push_back({dice, volume});
      std::sort(others.begin(), others.end());
      const double bound = others.at(std::min<std::size_t>(1, others.size() - 1)).first;
      std::size_t worst = 0;
      for (const VolumeSnapshot& volume : seen.kept)
        if (volume.epoch == epoch) {
          kept.push_back(volume.volume);
          if (volume.volume != wanted[0] && volume.volume != wanted[1]) {
            CHECK(scores.at(volume.volume) <= bound);
            ++worst;
          }
        }
      CHECK(worst == std::min<std::size_t>(2, others.size()));
      for (const auto volume : wanted) CHECK(std::count(kept.begin(), kept.end(), volume) == 1);
    }
    for (const VolumeSnapshot& volume : seen.kept) check_kept(volume, reader, seen);
  }
}

TEST_CASE("volumes beyond the limit are kept at a coarser resolution, the same from any grid") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  small.config.epochs = 1;
  World& world = test_world();
  for (const Extent3& shards : watched_grids(world.size())) {
    ParallelContext parallel(world.all(), shards);
    TrainerOptions options = small.options("coarse");
    options.keep.on = true;
    options.keep.worst = 0;
    options.keep.max_voxels = 64;  // of 512
    Seen seen;
    Trainer trainer(options, reader, seen, parallel);
    trainer.run();
    if (!parallel.is_root()) continue;
    REQUIRE(seen.kept.size() == 1);
    const VolumeSnapshot& kept = seen.kept[0];
    CHECK(kept.reduction == 1);
    REQUIRE(kept.dims == std::array<std::int64_t, 3>{4, 4, 4});
    const at::Tensor mask = read_volume(reader, kept.volume, false)[field::mask][0];
    const std::vector<std::uint8_t> fine(mask.data_ptr<std::uint8_t>(),
                                         mask.data_ptr<std::uint8_t>() + mask.numel());
    CHECK(kept.truth == halved(fine, {8, 8, 8}));
  }
}

TEST_CASE("being watched does not change the training") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  small.config.epochs = 2;
  ParallelContext parallel(test_world().all(), {1, 1, 1});
  std::vector<std::vector<EpochRecord>> runs;
  for (const bool watched : {false, true}) {
    TrainerOptions options = small.options("same");
    options.keep.on = watched;
    Seen seen;
    Trainer trainer(options, reader, seen, parallel);
    trainer.warm_up();
    trainer.run();
    runs.push_back(trainer.epochs());
  }
  REQUIRE(runs[0].size() == runs[1].size());
  for (std::size_t e = 0; e < runs[0].size(); ++e) {
    CHECK(runs[0][e].overall_loss == runs[1][e].overall_loss);
    CHECK(runs[0][e].metric("val_dice") == runs[1][e].metric("val_dice"));
  }
}

TEST_CASE("orders reach every rank: a checkpoint in the middle, the end after an epoch") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  small.config.epochs = 5;
  ParallelContext parallel(test_world().all(), {1, 1, 1});
  int asked = 0;
  if (parallel.is_root())
    parallel.set_commands([&asked]() -> unsigned {
      ++asked;
      return asked == 4   ? ParallelContext::checkpoint_now
             : asked == 6 ? ParallelContext::stop_after_epoch
                          : 0u;
    });
  const TrainerOptions options = small.options("ordered");
  Seen seen;
  Trainer trainer(options, reader, seen, parallel);
  const TrainResult result = trainer.run();
  CHECK(result.status == RunStatus::interrupted);
  CHECK(result.commanded);
  CHECK(result.signal == 0);
  CHECK(seen.orders == std::vector<ParallelContext::Command>{ParallelContext::checkpoint_now,
                                                             ParallelContext::stop_after_epoch});
  CHECK(trainer.epochs().size() == (trainer.steps_per_epoch() >= 5 ? 1u : trainer.epochs().size()));
  CHECK(trainer.epochs().size() < 5);
  if (parallel.is_root()) {
    CHECK(seen.checkpoints == 2);
    CHECK(fs::exists(options.checkpoint_folder / "last.h5"));
  }
}

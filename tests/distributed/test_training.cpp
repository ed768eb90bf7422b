// Whole trainings on every grid that the world allows, against the same training in one process.
#include <ATen/ATen.h>

#include <map>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "fractal_unet/network/communication.hpp"
#include "fractal_unet/network/task.hpp"
#include "mpi_world_of_test.hpp"
#include "train/small_run.hpp"

using namespace scaffold;
using namespace scaffold::testing;

namespace {

struct Trained {
  std::vector<EpochRecord> epochs;
  std::int64_t global_batch = 0;
};

Trained train(const TrainerOptions& options, const DatasetReader& reader, ParallelContext& parallel,
              const fs::path& resume_from = {}) {
  TrainObserver nobody;
  Trainer trainer(options, reader, nobody, parallel);
  if (!resume_from.empty()) {
    const Checkpoint checkpoint = read_checkpoint(resume_from);
    trainer.resume(checkpoint, resume_from, checkpoint.epochs);
  }
  trainer.warm_up();
  trainer.run();
  return {trainer.epochs(), trainer.global_batch()};
}

/// What is compared of an epoch.
struct Curve {
  double overall_loss = 0, val_loss_avg = 0, val_loss_epoch = 0, val_dice = 0, steps = 0;
};

/// The training of one process. Rank 0 is that process, and tells all: they would all compute the same, on
/// few cores.
std::vector<Curve> train_alone(const TrainerOptions& options, const DatasetReader& reader) {
  Communicator& comm = test_world().all();
  std::vector<Curve> curve(static_cast<std::size_t>(options.config.epochs));
  if (comm.rank() == 0) {
    ParallelContext alone;
    const auto epochs = train(options, reader, alone).epochs;
    REQUIRE(epochs.size() == curve.size());
    for (std::size_t i = 0; i < epochs.size(); ++i)
      curve[i] = {epochs[i].overall_loss, epochs[i].val_loss_avg, epochs[i].val_loss_epoch,
                  epochs[i].metric("val_dice"), static_cast<double>(epochs[i].total_optimizer_steps)};
  }
  broadcast(comm, curve.data(), static_cast<std::int64_t>(curve.size() * sizeof(Curve)), 0);
  return curve;
}

/// Rounding grows over steps; losses of small, short trainings stay together to a few digits.
void check_like(const std::vector<EpochRecord>& a, const std::vector<Curve>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].overall_loss == Approx(b[i].overall_loss).epsilon(2e-3));
    CHECK(a[i].val_loss_avg == Approx(b[i].val_loss_avg).epsilon(2e-3));
    CHECK(a[i].metric("val_dice") == Approx(b[i].val_dice).margin(5e-3));
    CHECK(static_cast<double>(a[i].total_optimizer_steps) == b[i].steps);
  }
}

/// What was counted while it was sent is what the shapes say, to the byte.
void check_bytes(const ParallelRecord& record, const Config& config, const DatasetReader& reader,
                 const ProcessGrid& grid) {
  const UNetOptions network = network_options(config, at::kCPU);
  Extent3 block{};
  for (int axis = 0; axis < 3; ++axis) block[axis] = reader.index().spec.edge() / grid.shards()[axis];
  const std::int64_t batch = config.local_batch_size * grid.replicas();
  const std::int64_t steps = (static_cast<std::int64_t>(reader.training().size()) + batch - 1) / batch;
  const auto validated =
      (static_cast<std::int64_t>(reader.validation().size()) + grid.replicas() - 1) / grid.replicas();
  std::int64_t busiest = 0, validating_most = 0;
  for (int rank = 0; rank < grid.shard_count(); ++rank) {  // the first replica validates the most
    const ProcessGrid at(grid.world(), rank, grid.shards());
    const HaloCount training = count_halos(network, at, block, config.local_batch_size);
    const HaloCount validating = count_halos(network, at, block, 1);
    busiest = std::max(busiest, steps * (training.forward_bytes + training.backward_bytes));
    validating_most = std::max(validating_most, validated * validating.forward_bytes);
  }
  CHECK(record.halo_bytes == static_cast<double>(busiest));
  CHECK(record.validation_halo_bytes == static_cast<double>(validating_most));
  CHECK(record.allreduce_bytes ==
        static_cast<double>(steps * count_allreduce_bytes(parameter_count(network), false)));
}

/// Grids of this world: some cut volumes, some do not.
std::vector<Extent3> grids(int ranks) {
  if (ranks == 8) return {{2, 2, 2}};
  std::vector<Extent3> all;
  for (const Extent3& shards :
       {Extent3{1, 1, 1}, Extent3{2, 1, 1}, Extent3{1, 1, 4}, Extent3{1, 2, 2}, Extent3{2, 2, 2}})
    if (ranks % (shards[0] * shards[1] * shards[2]) == 0) all.push_back(shards);
  return all;
}

}  // namespace

TEST_CASE("every grid trains the same network on the same batches") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  World& world = test_world();
  small.config.epochs = 2;
  std::map<std::int64_t, std::pair<std::vector<Curve>, std::vector<Curve>>> alone;  // by global batch
  for (const Extent3& shards : grids(world.size())) {
    ParallelContext parallel(world.all(), shards);
    SmallRun& run = small;
    run.config.local_batch_size = 2;
    run.config.grad_accumulation_steps = 1;
    const Trained together = train(run.options("together"), reader, parallel);
    CHECK(together.global_batch == 2 * parallel.grid().replicas());
    if (world.size() > 1) {
      REQUIRE(together.epochs.back().parallel);
      check_bytes(*together.epochs.back().parallel, run.config, reader, parallel.grid());
    }
    // One process: the whole batch at once, and added up from halves.
    auto& [at_once, added_up] = alone[together.global_batch];
    if (at_once.empty()) {
      run.config.local_batch_size = together.global_batch;
      at_once = train_alone(run.options("alone"), reader);
      run.config.local_batch_size = 1;
      run.config.grad_accumulation_steps = together.global_batch;
      added_up = train_alone(run.options("parts"), reader);
    }
    check_like(together.epochs, at_once);
    check_like(together.epochs, added_up);
  }
}

TEST_CASE("a run restarts on another grid and keeps its curve") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  World& world = test_world();
  small.config.local_batch_size = 1;
  small.config.grad_accumulation_steps = 8;  // divided among up to 8 replicas
  small.config.checkpoint_interval = 1;
  const auto whole = train_alone(small.options("whole"), reader);
  small.config.epochs = 1;
  train_alone(small.options("begun"), reader);
  const fs::path begun = broadcast(world.all(), (small.folder / "begun").string(), 0);
  small.config.epochs = 3;
  for (const Extent3& shards : grids(world.size())) {
    ParallelContext parallel(world.all(), shards);
    if (8 % parallel.grid().replicas() != 0) {
      CHECK_THROWS_WITH(train(small.options("begun"), reader, parallel, begun / "last.h5"),
                        Catch::Contains("global batch of 8"));
      continue;
    }
    fs::remove_all(small.folder / "copy");
    fs::copy(begun, small.folder / "copy");
    const Trained continued =
        train(small.options("copy"), reader, parallel, small.folder / "copy" / "last.h5");
    CHECK(continued.global_batch == 8);
    check_like(continued.epochs, whole);
  }
  barrier(world.all());  // before rank 0's folder goes
}

TEST_CASE("validation counts every sample once on any number of replicas") {
  SmallRun small;
  small.config.epochs = 1;
  const DatasetReader reader(small.info.folder);
  // Nothing is learnt at a rate of almost zero, so that only the counting can differ.
  small.config.starting_learning_rate = small.config.min_learning_rate = 1e-12;
  ParallelContext parallel(test_world().all(), {1, 1, 1});
  const Trained a = train(small.options("a"), reader, parallel);
  const Curve b = train_alone(small.options("b"), reader).back();
  CHECK(a.epochs.back().metric("val_dice") == Approx(b.val_dice).epsilon(1e-6));
  CHECK(a.epochs.back().val_loss_epoch == Approx(b.val_loss_epoch).epsilon(1e-5));
}

TEST_CASE("a dataset made by all ranks has the bytes of one made by one") {
  World& world = test_world();
  const TemporaryFolder own;
  const fs::path shared = broadcast(world.all(), own.path().string(), 0);
  const Library library{own / "library", false, {small_ifs(0.5), small_ifs(1), small_ifs(-1)}};
  DatasetSpec spec;
  spec.n_categories = 3;
  spec.problem_scale = 4;
  spec.n_instances_used_per_fractal = 30;
  spec.dc_num_shards = {2, 1, 1};
  spec.dataset_dir = shared / "together";
  const DatasetInfo made = ensure_dataset(spec, library, 2, false, world.all(), world.local_size());
  const DatasetInfo found = ensure_dataset(spec, library, 2, false, world.all(), world.local_size());
  CHECK(found.generation_seconds == 0);
  CHECK(made.generation_seconds > 0);
  spec.dataset_dir = own / "alone";
  const DatasetInfo alone = ensure_dataset(spec, library, 1);
  for (const auto& entry : fs::recursive_directory_iterator(alone.folder)) {
    if (!entry.is_regular_file()) continue;
    const fs::path name = entry.path().lexically_relative(alone.folder);
    INFO(name);
    CHECK(read_text(entry.path()) == read_text(made.folder / name));
  }
  barrier(world.all());  // before rank 0's folder goes
}

namespace {

/// Host memory's, with a count of what is asked of it.
class CountedBackend : public Backend {
 public:
  static inline int groups = 0, shardings = 0;
  static inline BackendInfo below{};

  Group group(Communicator& ranks, const at::Device& device, const std::string& purpose) override {
    ++groups;
    return host_->group(ranks, device, purpose);
  }
  ShardingPtr sharding(const ProcessGrid& grid, Communicator& halos, Communicator& statistics,
                       const at::Device& device) override {
    ++shardings;
    return host_->sharding(grid, halos, statistics, device);
  }

 private:
  std::unique_ptr<Backend> host_ = below.make();
};

}  // namespace

TEST_CASE("a backend of the tests carries a training") {
  const SmallRun small;
  const DatasetReader reader(small.info.folder);
  World& world = test_world();
  const Extent3 shards{1, 1, world.size() % 2 == 0 ? 2 : 1};
  CountedBackend::below = backend_for(at::kCPU);
  std::vector<double> losses;
  for (const bool counted : {false, true}) {
    if (counted)
      add_backend({"counted", [](const at::Device& device) { return device.is_cpu(); },
                   []() -> std::unique_ptr<Backend> { return std::make_unique<CountedBackend>(); }});
    ParallelContext parallel(world.all(), shards);
    losses.push_back(train(small.options(counted ? "a" : "b"), reader, parallel).epochs.back().overall_loss);
  }
  add_backend(CountedBackend::below);  // before the other again
  CHECK(losses[0] == losses[1]);
  CHECK(CountedBackend::groups == (world.size() > 1 ? 1 : 0));
  CHECK(CountedBackend::shardings == (shards[2] > 1 ? 1 : 0));
}

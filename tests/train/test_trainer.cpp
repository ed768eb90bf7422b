#include <ATen/ATen.h>
#include <c10/core/GradMode.h>
#include <sys/stat.h>

#include <csignal>
#include <cstring>
#include <set>

#include "catch.hpp"
#include "core/error.hpp"
#include "core/signals.hpp"
#include "fractal_unet/dataset/reader.hpp"
#include "fractal_unet/metrics.hpp"
#include "fractal_unet/network/dice.hpp"
#include "fractal_unet/options.hpp"
#include "fractal_unet/predict/predict.hpp"
#include "job/reevaluate.hpp"
#include "send_signal.hpp"
#include "small_run.hpp"

using namespace scaffold;

namespace {

/// Raises a signal at one step, and remembers the losses.
struct Watcher : TrainObserver {
  std::int64_t stop_epoch = 0, stop_step = 0;
  std::vector<double> losses;
  std::vector<std::string> checkpoints, problems;
  void on_step(const StepRecord& s) override {
    losses.push_back(s.loss);
    if (s.epoch == stop_epoch && s.step == stop_step) send_signal(SIGTERM);
  }
  void on_checkpoint(const CheckpointRecord& c) override { checkpoints.push_back(c.kind); }
  void on_problem(const std::string& message) noexcept override { problems.push_back(message); }
};

void check_same(const std::vector<EpochRecord>& a, const std::vector<EpochRecord>& b) {
  REQUIRE(a.size() == b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    CHECK(a[i].epoch == b[i].epoch);
    CHECK(a[i].epoch_loss == b[i].epoch_loss);
    CHECK(a[i].val_loss_epoch == b[i].val_loss_epoch);
    CHECK(a[i].metric("train_dice") == b[i].metric("train_dice"));
    CHECK(a[i].metric("val_dice") == b[i].metric("val_dice"));
    CHECK(a[i].total_optimizer_steps == b[i].total_optimizer_steps);
  }
}

struct Session {
  std::vector<EpochRecord> epochs;
  TrainResult result;
  std::vector<at::Tensor> parameters;
};

Session train(const TrainerOptions& options, const DatasetReader& reader, Watcher& watcher,
              const fs::path& resume_from = {}) {
  signals::install();  // in place of the test runner's handlers
  signals::reset();
  ParallelContext alone;
  Trainer trainer(options, reader, watcher, alone);
  if (!resume_from.empty()) {
    const Checkpoint checkpoint = read_checkpoint(resume_from);
    trainer.resume(checkpoint, resume_from, checkpoint.epochs);
  }
  trainer.warm_up();
  watcher.losses.clear();
  Session session;
  session.result = trainer.run();
  session.epochs = trainer.epochs();
  for (const auto& p : trainer.network().parameters()) session.parameters.push_back(p.value.detach().clone());
  signals::reset();
  return session;
}

}  // namespace

TEST_CASE("training lowers the loss, and a run repeats bit for bit with or without warm-up") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  Watcher first, second;
  const Session a = train(small.options("a"), reader, first);
  small.config.warmup_batches = 0;
  const Session b = train(small.options("b"), reader, second);
  CHECK(a.result.status == RunStatus::epochs_exhausted);
  CHECK(first.losses == second.losses);
  check_same(a.epochs, b.epochs);
  CHECK(a.epochs.back().overall_loss < a.epochs.front().overall_loss);
  CHECK(first.checkpoints.empty());
  CHECK_FALSE(fs::exists(small.folder / "a"));
  const auto& e = a.epochs.back();
  CHECK(e.phases.forward + e.phases.backward + e.phases.optimizer + e.phases.validation + e.phases.data_wait +
            e.phases.checkpoint + e.phases.other ==
        Approx(e.epoch_duration));
}

TEST_CASE("a run stopped by a signal in the middle of an epoch continues exactly") {
  SmallRun small;
  for (const char* optimizer : {"ADAM", "RMSProp"}) {
    small.config.optimizer = optimizer;
    const DatasetReader reader(small.info.folder);
    Watcher whole, before, after;
    const Session uninterrupted = train(small.options("whole"), reader, whole);
    before.stop_epoch = 2;
    before.stop_step = 3;
    const Session stopped = train(small.options("stopped"), reader, before);
    CHECK(stopped.result.status == RunStatus::interrupted);
    CHECK(stopped.result.signal == SIGTERM);
    CHECK(stopped.result.checkpoint_saved);
    CHECK(before.checkpoints == std::vector<std::string>{"last"});
    const Session resumed =
        train(small.options("stopped"), reader, after, small.folder / "stopped" / "last.h5");
    check_same(uninterrupted.epochs, resumed.epochs);
    for (std::size_t i = 0; i < resumed.parameters.size(); ++i)
      CHECK(at::equal(resumed.parameters[i], uninterrupted.parameters[i]));
    fs::remove_all(small.folder / "stopped");
  }
}

TEST_CASE("checkpoints at an interval, the last one always, also when written beside training") {
  SmallRun small;
  const DatasetReader reader(small.info.folder);
  for (bool async : {false, true}) {
    small.config.async_save = async;
    small.config.checkpoint_interval = 2;
    Watcher watcher;
    const Session session = train(small.options("c"), reader, watcher);
    CHECK(std::count(watcher.checkpoints.begin(), watcher.checkpoints.end(), "last") == 2);  // epochs 2 and 3
    CHECK(watcher.problems.empty());
    const Checkpoint last = read_checkpoint(small.folder / "c" / "last.h5");
    CHECK(last.state.epoch == 4);
    check_same(last.epochs, session.epochs);
    const Checkpoint best = read_checkpoint(small.folder / "c" / "best.h5");
    double highest = -1;
    for (const auto& e : session.epochs)
      if (e.epoch >= 2) highest = std::max(highest, e.metric("val_dice"));
    CHECK(best.epochs.back().metric("val_dice") == highest);
    // Damage to one must leave the other.
    CHECK(fs::hard_link_count(small.folder / "c" / "best.h5") == 1);
  }
}

TEST_CASE("the score is the mean of every validation volume's foreground Dice, each counted once") {
  SmallRun small;
  small.config.epochs = 1;
  small.config.checkpoint_interval = 1;
  small.config.local_batch_size = 4;  // does not divide the training set
  const DatasetReader reader(small.info.folder);
  Watcher watcher;
  const Session session = train(small.options("c"), reader, watcher);
  CHECK(static_cast<std::int64_t>(watcher.losses.size()) == (reader.info().training + 3) / 4);
  const fs::path file = small.folder / "c" / "last.h5";
  const Checkpoint checkpoint = read_checkpoint(file, false);
  double mean = 0, present = 0, nothing = 0;
  for (int volume : reader.validation()) {
    const Prediction p = predict(checkpoint, file, reader, volume, at::kCPU, false, 1);
    CHECK(at::equal(p.classes, p.logits.argmax(0).to(at::kByte)));
    mean += foreground_mean(p.dice) / static_cast<double>(reader.validation().size());
    std::vector<std::uint8_t> mask(8 * 8 * 8);
    reader.read_box(volume, {{0, 0, 0}, {8, 8, 8}}, nullptr, mask.data());
    const std::set<std::uint8_t> held(mask.begin(), mask.end());
    double sum = 0, categories = 0;
    for (const std::uint8_t c : held)
      if (c > 0) {
        sum += p.dice[c];
        ++categories;
      }
    present += sum / categories / static_cast<double>(reader.validation().size());
    nothing += (3 - categories) / 3 / static_cast<double>(reader.validation().size());
  }
  CHECK(session.epochs[0].metric("val_dice") == Approx(mean).epsilon(1e-12));
  CHECK(session.epochs[0].metric("val_dice_present") == Approx(present).epsilon(1e-12));
  for (const MetricInfo& info : fractal_unet_metrics()) {
    INFO(info.key());
    CHECK(std::isfinite(session.epochs[0].metric(info.key())));
  }
  // What predicting nothing scores on these masks is what their plan says, or more where a category is
  // hidden.
  CHECK(background_dice(reader.index().plan, 3) <= nothing + 1e-12);
}

TEST_CASE("a target that is reached ends the run at once, also when it is resumed") {
  SmallRun small;
  small.config.target = 1e-9;
  small.config.checkpoint_interval = 1;
  const DatasetReader reader(small.info.folder);
  Watcher watcher;
  const Session session = train(small.options("c"), reader, watcher);
  CHECK(session.result.status == RunStatus::converged);
  CHECK(session.epochs.size() == 1);
  const Session again = train(small.options("c"), reader, watcher, small.folder / "c" / "last.h5");
  CHECK(again.result.status == RunStatus::converged);
  CHECK(again.epochs.size() == 1);
}

TEST_CASE("the network that converged is kept apart, and scores again what it scored") {
  SmallRun small;
  small.config.target = 1e-9;
  const DatasetReader reader(small.info.folder);
  Watcher watcher;
  ParallelContext alone;
  Trainer trainer(small.options("c"), reader, watcher, alone);
  CHECK(trainer.run().status == RunStatus::converged);
  CHECK(watcher.checkpoints.empty());
  trainer.keep_final();
  CHECK(watcher.checkpoints == std::vector<std::string>{"final"});
  CHECK_FALSE(fs::exists(small.folder / "c" / "last.h5"));
  const fs::path file = small.folder / "c" / "final.h5";
  const Checkpoint kept = read_checkpoint(file);
  CHECK(kept.slots.empty());
  REQUIRE(kept.epochs.size() == 1);
  CHECK(kept.epochs[0].epoch_duration == trainer.epochs()[0].epoch_duration);
  ReevaluateOptions options;
  options.samples = trainer.validation_samples();
  const Evaluation again = reevaluate(kept, file, small.config, reader, options, alone);
  CHECK(again.score() == trainer.epochs()[0].metric("val_dice"));
  CHECK(again.parts() == trainer.epochs()[0].parts());
  CHECK(again.loss_mean() == Approx(trainer.epochs()[0].val_loss_avg));
  options.samples = 10000;
  CHECK_THROWS_WITH(reevaluate(kept, file, small.config, reader, options, alone), Catch::Contains("10000"));
  options.samples = 1;
  fractal_unet(small.config).n_categories = 4;
  CHECK_THROWS_WITH(reevaluate(kept, file, small.config, reader, options, alone),
                    Catch::Contains("final.h5"));
}

TEST_CASE("a network that cannot be kept is told of, and the run has converged all the same") {
  SmallRun small;
  small.config.target = 1e-9;
  const DatasetReader reader(small.info.folder);
  write_atomic(small.folder / "blocked", "a file where the folder should be");
  Watcher watcher;
  ParallelContext alone;
  Trainer trainer(small.options("blocked"), reader, watcher, alone);
  CHECK(trainer.run().status == RunStatus::converged);
  trainer.keep_final();
  CHECK(watcher.problems.size() == 1);
}

TEST_CASE("a loss that is not finite ends the run before anything is saved") {
  SmallRun small;
  small.config.starting_learning_rate = 10;
  small.config.optimizer = "SGD";
  small.config.checkpoint_interval = 1;
  small.config.warmup_batches = 0;
  const DatasetReader reader(small.info.folder);
  Watcher watcher;
  ParallelContext alone;
  Trainer trainer(small.options("c"), reader, watcher, alone);
  {
    // A weight goes bad, as after a hardware fault.
    const c10::NoGradGuard no_grad;
    auto weight = trainer.network().parameters()[0].value;
    weight.data().fill_(NAN);
  }
  CHECK_THROWS_AS(trainer.run(), NumericalError);
  CHECK(watcher.checkpoints.empty());
}

TEST_CASE("a checkpoint that cannot be written is told and training goes on") {
  SmallRun small;
  small.config.checkpoint_interval = 1;
  const DatasetReader reader(small.info.folder);
  write_atomic(small.folder / "blocked", "a file where the folder should be");
  Watcher watcher;
  const Session session = train(small.options("blocked"), reader, watcher);
  CHECK(session.result.status == RunStatus::epochs_exhausted);
  CHECK(watcher.problems.size() == 3);
  Watcher stopped;
  stopped.stop_epoch = stopped.stop_step = 1;
  const Session interrupted = train(small.options("blocked"), reader, stopped);
  CHECK(interrupted.result.status == RunStatus::interrupted);
  CHECK_FALSE(interrupted.result.checkpoint_saved);
}

namespace {

/// A pipe in best.h5's place, which no checkpoint may take, until something could not be written.
struct BlockedBest : Watcher {
  explicit BlockedBest(fs::path file) : best(std::move(file)) {
    fs::create_directories(best.parent_path());
    REQUIRE(mkfifo(best.c_str(), 0600) == 0);
  }
  void on_problem(const std::string& message) noexcept override {
    Watcher::on_problem(message);
    std::error_code ignored;
    if (unblocks) fs::remove(best, ignored);
  }
  fs::path best;
  bool unblocks = true;
};

/// Epochs of equal Dice: steps too small to change anything.
void stand_still(SmallRun& small) {
  small.config.checkpoint_interval = 1;
  small.config.starting_learning_rate = small.config.min_learning_rate = 1e-12;
}

}  // namespace

TEST_CASE("best.h5 that could not be written is written by the next epoch that is as good") {
  for (const bool async : {false, true}) {
    SmallRun small;
    stand_still(small);
    small.config.async_save = async;
    const DatasetReader reader(small.info.folder);
    BlockedBest watcher(small.folder / "c" / "best.h5");
    const Session session = train(small.options("c"), reader, watcher);
    CHECK(session.epochs.back().metric("val_dice") == session.epochs.front().metric("val_dice"));
    CHECK(watcher.problems.size() == 1);
    const Checkpoint best = read_checkpoint(watcher.best),
                     last = read_checkpoint(small.folder / "c" / "last.h5");
    CHECK(best.epochs.size() == 2);
    CHECK(last.epochs.size() == 3);
    CHECK(last.state.best_saved_score == best.epochs.back().metric("val_dice"));
  }
}

TEST_CASE("a run that goes on asks the disk how good its best.h5 is") {
  SmallRun small;
  stand_still(small);
  small.config.epochs = 1;
  const DatasetReader reader(small.info.folder);
  const fs::path last = small.folder / "c" / "last.h5";
  {
    // last.h5 is there, best.h5 is not: a kill between the two looks the same.
    BlockedBest watcher(small.folder / "c" / "best.h5");
    watcher.unblocks = false;
    train(small.options("c"), reader, watcher);
    fs::remove(watcher.best);
  }
  const auto epochs_of_best = [&] { return read_checkpoint(small.folder / "c" / "best.h5").epochs.size(); };
  Watcher watcher;
  small.config.epochs = 2;
  train(small.options("c"), reader, watcher, last);
  CHECK(epochs_of_best() == 2);
  small.config.epochs = 3;
  train(small.options("c"), reader, watcher, last);
  CHECK(epochs_of_best() == 2);  // the third is no better
  write_atomic(small.folder / "c" / "best.h5", "damaged");
  small.config.epochs = 4;
  train(small.options("c"), reader, watcher, last);
  CHECK(epochs_of_best() == 4);
  CHECK(watcher.problems.empty());
}

TEST_CASE("a problem that cannot fit memory is refused with what it needs") {
  Config config;
  fractal_unet(config).problem_scale = 11;
  CHECK_THROWS_WITH(check_training_memory(config, at::kCPU),
                    Catch::Contains("TiB") && Catch::Contains("problem_scale 11"));
  fractal_unet(config).problem_scale = 4;
  CHECK_NOTHROW(check_training_memory(config, at::kCPU));
}

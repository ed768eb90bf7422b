// A run that goes on, as the viewer has it: against a publisher of a run that the test makes up.

#include "catch.hpp"
#include "core/error.hpp"
#include "core/text.hpp"
#include "monitor/run_progress.hpp"
#include "monitor/watching.hpp"
#include "sources/errors.hpp"
#include "sources/live_source.hpp"
#include "sources/snapshots.hpp"

using namespace scaffold;
using namespace scaffold::viewer;
using monitor::FakeRun;
using monitor::News;
using monitor::Publisher;
using Phase = monitor::LiveStatus::Phase;

namespace {

std::string start_line() {
  return R"({"type":"run_start","time":"2026-01-01T00:00:00.000Z","t":0,"steps_per_epoch":4})"
         "\n";
}

std::string step_line(int epoch, int step, double seconds = 0.5) {
  return cat(R"({"type":"step","time":"2026-01-01T00:00:01.000Z","t":1,"epoch":)", epoch, R"(,"step":)", step,
             R"(,"steps":1,"loss":1,"seconds":)", seconds,
             R"(,"samples_per_second":2,"learning_rate":0.1,"gradient_norm":1})", "\n");
}

const ProgressTold no_progress = [](double) {};

/// What a live source has read by now, once `holds` is true of it.
std::shared_ptr<const RunData> data_of(LiveSource& live, News& news,
                                       const std::function<bool(const RunData&)>& holds) {
  std::shared_ptr<const RunData> latest = std::make_shared<const RunData>();
  news.until([&] {
    if (auto data = live.follower().take()) latest = data;
    return holds(*latest);
  });
  return latest;
}

}  // namespace

TEST_CASE("a live run is read like a run folder, as it grows, and kept when its job dies") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.append(start_line() + step_line(1, 1));
  auto publisher = std::make_unique<Publisher>(run.options());
  News news;
  fs::path mirror;
  {
    LiveSource live({run.folder().string(), {}, {}}, [&] { news.tell(); });
    mirror = live.folder();
    CHECK((fs::status(mirror).permissions() & fs::perms::mask) == fs::perms::owner_all);
    auto data = data_of(live, news, [](const RunData& d) { return d.step == 1; });
    CHECK(data->step == 1);
    CHECK(data->target == 0.9);  // of its config.yaml
    run.append(step_line(1, 2));
    publisher->notify();
    data = data_of(live, news, [](const RunData& d) { return d.step == 2; });
    CHECK(data->steps.size() == 2);
    CHECK(progress_text(*data) == "epoch 1  step 2/4");
    CHECK(progress_share(*data) == Approx(0.5));
    publisher.reset();
    REQUIRE(news.until([&] { return live.status().phase == Phase::ended; }));
    CHECK(status_text(live.status()).starts_with("ended"));
    CHECK(fs::exists(mirror / "events.jsonl"));
  }
  CHECK_FALSE(fs::exists(mirror));
}

TEST_CASE("samples come from the run while it has them, coarse first, and say what they are") {
  const TemporaryFolder folder;
  FakeRun run(folder / "run");
  run.append(start_line());
  auto options = run.options();
  options.snapshots.interval = -1;  // in memory alone
  Publisher publisher(options);
  const auto volume = monitor::some_volume(3, 7, {80, 70, 66});
  publisher.add(std::make_unique<VolumeSnapshot>(volume), false);
  News news;
  const auto live =
      std::make_shared<LiveSource>(AttachTarget{run.folder().string(), {}, {}}, [&] { news.tell(); });
  const auto samples = live_snapshots(live);
  REQUIRE(news.until([&] { return samples->list().size() == 1; }));
  CHECK(samples->list()[0] == SnapshotKey{3, 7});
  const Snapshot coarse = samples->read({3, 7}, true, no_progress),
                 fine = samples->read({3, 7}, false, no_progress);
  CHECK_FALSE(coarse.finest);
  CHECK(coarse.prediction->extent == Index3{40, 35, 33});
  CHECK(coarse.prediction->step == 2);
  CHECK(coarse.prediction->labels == halved(volume.prediction, volume.dims));
  CHECK(fine.finest);
  CHECK(fine.prediction->labels == volume.prediction);
  CHECK(fine.truth->labels == volume.truth);
  CHECK(fine.extent == Index3{80, 70, 66});
  CHECK(fine.kept_step == 1);
  auto reduced = std::make_unique<VolumeSnapshot>(monitor::some_volume(4, 8, {20, 10, 6}));
  reduced->reduction = 2;  // it was too large to be kept whole
  publisher.add(std::move(reduced), false);
  REQUIRE(news.until([&] { return samples->list().size() == 2; }));
  const Snapshot quarter = samples->read({4, 8}, false, no_progress);
  CHECK(quarter.finest);
  CHECK(quarter.kept_step == 4);
  CHECK(quarter.extent == Index3{80, 40, 24});
  std::int64_t too_many = 0, missing = 0;
  for (std::size_t i = 0; i < volume.truth.size(); ++i) {
    too_many += volume.prediction[i] == 2 && volume.truth[i] != 2;
    missing += volume.prediction[i] != 2 && volume.truth[i] == 2;
  }
  CHECK(fine.false_positives[2] == too_many);
  CHECK(fine.false_negatives[2] == missing);
  const auto alone = count_errors(class_errors(volume.truth, volume.prediction, 2));
  CHECK(alone[false_positive] == too_many);
  CHECK(alone[false_negative] == missing);
  CHECK_THROWS_AS(samples->read({4, 7}, false, no_progress), DataError);
  // Who no longer waits is not held up.
  CHECK_THROWS_AS(samples->read({3, 7}, false, [](double) { throw Cancelled(); }), Cancelled);
}

TEST_CASE("snapshots in a run folder are read, and a damaged one names itself") {
  const TemporaryFolder folder;
  fs::create_directories(folder / "snapshots");
  const auto volume = monitor::some_volume(2, 5, {70, 64, 64});
  const fs::path good = folder / "snapshots" / monitor::volume_file_name(2, 5),
                 cut = folder / "snapshots" / monitor::volume_file_name(3, 5),
                 renamed = folder / "snapshots" / monitor::volume_file_name(9, 5);
  const std::string bytes = monitor::encode_volume(volume);
  std::ofstream(good, std::ios::binary) << bytes;
  std::ofstream(renamed, std::ios::binary) << bytes;
  std::ofstream(cut, std::ios::binary) << bytes.substr(0, bytes.size() / 2);
  std::ofstream(folder / "snapshots" / "notes.txt") << "mine";
  const auto samples = recorded_snapshots(folder.path());
  CHECK(samples->list() == std::vector<SnapshotKey>{{2, 5}, {3, 5}, {9, 5}});
  CHECK(samples->read({2, 5}, false, no_progress).prediction->labels == volume.prediction);
  CHECK_FALSE(samples->read({2, 5}, true, no_progress).finest);
  CHECK_THROWS_WITH(samples->read({3, 5}, false, no_progress), Catch::Contains(cut.filename().string()));
  CHECK_THROWS_WITH(samples->read({9, 5}, false, no_progress), Catch::Contains("epoch 2"));
  CHECK(recorded_snapshots(folder / "nowhere")->list().empty());
}

TEST_CASE("a cache of samples forgets those that were used longest ago") {
  const auto sample = [](std::int64_t epoch, bool finest, std::size_t voxels) {
    auto made = std::make_shared<Snapshot>();
    made->key = {epoch, 1};
    made->finest = finest;
    auto volume = std::make_shared<LabelVolume>();
    volume->labels.resize(voxels);
    made->prediction = volume;
    return made;
  };
  SnapshotCache cache(3000);
  for (int epoch : {1, 2, 3}) cache.put(sample(epoch, true, 300));
  CHECK(cache.get({1, 1}));
  cache.put(sample(4, true, 300));
  CHECK_FALSE(cache.get({2, 1}));
  CHECK(cache.get({1, 1}));
  CHECK(cache.bytes() <= 3000);
  cache.put(sample(1, false, 10));
  CHECK_FALSE(cache.get({1, 1})->finest);
  cache.put(sample(5, true, 5000));  // what is looked at stays
  CHECK(cache.get({5, 1}));
  CHECK_FALSE(cache.get({4, 1}));
}

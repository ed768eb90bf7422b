#include "sources/snapshots.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>

#include "core/error.hpp"
#include "core/text.hpp"
#include "sources/errors.hpp"
#include "sources/live_source.hpp"

namespace scaffold::viewer {
namespace {

using monitor::Part;
using Voxels = std::vector<std::uint8_t>;

std::shared_ptr<const LabelVolume> as_volume(Voxels labels, const monitor::Dims& dims, std::int64_t step) {
  auto volume = std::make_shared<LabelVolume>();
  for (std::size_t axis = 0; axis < 3; ++axis) volume->extent[axis] = dims[axis];
  volume->step = step;
  volume->labels = std::move(labels);
  return volume;
}

/// Both parts at one level, and what they differ in.
Snapshot compare(const monitor::Kept& facts, int level, const monitor::Dims& dims, Voxels prediction,
                 Voxels truth) {
  Snapshot snapshot;
  snapshot.key = {facts.epoch, facts.volume};
  snapshot.finest = level == 0;
  snapshot.kept_step = std::int64_t{1} << facts.reduction;
  for (std::size_t axis = 0; axis < 3; ++axis)
    snapshot.extent[axis] = std::int64_t{facts.dims[axis]} << facts.reduction;
  std::size_t classes = 1;
  for (const auto* labels : {&prediction, &truth})
    for (const auto label : *labels) classes = std::max(classes, std::size_t{label} + 1);
  snapshot.classes = classes;
  snapshot.false_positives.resize(classes);
  snapshot.false_negatives.resize(classes);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (prediction[i] != truth[i]) {
      ++snapshot.false_positives[prediction[i]];
      ++snapshot.false_negatives[truth[i]];
    }
  Voxels errors = error_labels(truth, prediction);
  snapshot.error_counts = count_errors(errors);
  const std::int64_t step = std::int64_t{1} << (facts.reduction + level);
  snapshot.prediction = as_volume(std::move(prediction), dims, step);
  snapshot.truth = as_volume(std::move(truth), dims, step);
  snapshot.errors = as_volume(std::move(errors), dims, step);
  return snapshot;
}

class Recorded : public Snapshots {
 public:
  explicit Recorded(const fs::path& run_folder) : folder_(run_folder / "snapshots") {}

  std::vector<SnapshotKey> list() const override {
    constexpr std::size_t most = 100000;
    std::vector<SnapshotKey> keys;
    std::error_code error;
    fs::directory_iterator at(folder_, error);
    for (const fs::directory_iterator end; !error && at != end && keys.size() < most; at.increment(error)) {
      SnapshotKey key;
      if (monitor::parse_volume_file_name(at->path().filename().string(), key.epoch, key.volume))
        keys.push_back(key);
    }
    std::ranges::sort(keys);
    return keys;
  }
  bool has(const SnapshotKey& key) const {
    std::error_code error;
    return fs::exists(path(key), error);
  }
  Snapshot read(const SnapshotKey& key, bool coarse, const ProgressTold& progress) const override {
    const auto file = monitor::VolumeFile::read(path(key));
    const auto& facts = file.facts();
    if (facts.epoch != key.epoch || facts.volume != key.volume)
      throw DataError(cat("'", path(key).string(), "' holds volume ", facts.volume, " of epoch ", facts.epoch,
                          ", not what its name says"));
    progress(0.5);
    const int level = coarse ? facts.levels - 1 : 0;
    return compare(facts, level, file.dims(level), file.labels(Part::prediction, level),
                   file.labels(Part::truth, level));
  }

 private:
  fs::path path(const SnapshotKey& key) const {
    return folder_ / monitor::volume_file_name(key.epoch, key.volume);
  }
  fs::path folder_;
};

class Live : public Snapshots {
 public:
  explicit Live(std::shared_ptr<LiveSource> live) : live_(std::move(live)) {
    const fs::path folder = live_->target().local_folder();
    if (!folder.empty()) recorded_.emplace(folder);
  }
  std::vector<SnapshotKey> list() const override {
    std::vector<SnapshotKey> keys;
    if (recorded_) keys = recorded_->list();
    for (const auto& kept : live_->status().volumes) keys.push_back({kept.epoch, kept.volume});
    std::ranges::sort(keys);
    const auto rest = std::ranges::unique(keys);
    keys.erase(rest.begin(), rest.end());
    return keys;
  }
  Snapshot read(const SnapshotKey& key, bool coarse, const ProgressTold& progress) const override {
    if (recorded_ && recorded_->has(key)) return recorded_->read(key, coarse, progress);
    const auto status = live_->status();
    const auto facts = std::ranges::find_if(status.volumes, [&](const monitor::Kept& kept) {
      return kept.epoch == key.epoch && kept.volume == key.volume;
    });
    if (facts == status.volumes.end())
      throw DataError(cat("volume ", key.volume, " of epoch ", key.epoch, " is not kept any more"));
    monitor::Request ask;
    ask.epoch = facts->epoch;
    ask.volume = facts->volume;
    ask.level = coarse ? static_cast<std::uint8_t>(facts->levels - 1) : std::uint8_t{0};
    ask.part = Part::prediction;
    auto prediction = fetch(ask, progress);
    progress(0.5);
    ask.part = Part::truth;
    auto truth = fetch(ask, progress);
    monitor::Dims expected = facts->dims;
    for (int level = 0; level < ask.level; ++level)
      for (auto& edge : expected) edge = (edge + 1) / 2;
    if (truth.dims != expected || prediction.dims != expected)
      throw DataError(
          cat("volume ", key.volume, " of epoch ", key.epoch, " came in another size than announced"));
    return compare(*facts, ask.level, truth.dims, std::move(prediction.labels), std::move(truth.labels));
  }

 private:
  monitor::Fetched fetch(const monitor::Request& ask, const ProgressTold& progress) const {
    struct Answer {
      std::mutex mutex;
      std::condition_variable come;
      std::optional<monitor::Fetched> fetched;
    };
    const auto answer = std::make_shared<Answer>();
    live_->subscriber().fetch(ask, [answer](monitor::Fetched fetched) {
      const std::lock_guard lock(answer->mutex);
      answer->fetched = std::move(fetched);
      answer->come.notify_all();
    });
    std::unique_lock lock(answer->mutex);
    const double share = ask.part == Part::prediction ? 0.1 : 0.6;
    while (!answer->come.wait_for(lock, std::chrono::milliseconds(100),
                                  [&] { return answer->fetched.has_value(); }))
      progress(share);  // nobody may wait for it any more
    if (!answer->fetched->problem.empty()) throw DataError(answer->fetched->problem);
    return std::move(*answer->fetched);
  }

  std::shared_ptr<LiveSource> live_;
  std::optional<Recorded> recorded_;
};

}  // namespace

std::uint64_t Snapshot::bytes() const { return prediction ? 3 * prediction->labels.size() : 0; }

std::shared_ptr<const Snapshots> recorded_snapshots(const fs::path& run_folder) {
  return std::make_shared<Recorded>(run_folder);
}
std::shared_ptr<const Snapshots> live_snapshots(std::shared_ptr<LiveSource> live) {
  return std::make_shared<Live>(std::move(live));
}

std::uint64_t SnapshotCache::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& snapshot : cached_) sum += snapshot->bytes();
  return sum;
}

std::shared_ptr<const Snapshot> SnapshotCache::get(const SnapshotKey& key) {
  const auto found =
      std::ranges::find_if(cached_, [&](const auto& snapshot) { return snapshot->key == key; });
  if (found == cached_.end()) return nullptr;
  cached_.splice(cached_.end(), cached_, found);
  return cached_.back();
}

void SnapshotCache::put(std::shared_ptr<const Snapshot> snapshot) {
  std::erase_if(cached_, [&](const auto& cached) { return cached->key == snapshot->key; });
  cached_.push_back(std::move(snapshot));
  while (cached_.size() > 1 && bytes() > max_bytes_) cached_.pop_front();
}

}  // namespace scaffold::viewer

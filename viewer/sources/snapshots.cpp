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

using monitor::Dims;
using monitor::Part;
using Voxels = std::vector<std::uint8_t>;

std::shared_ptr<const LabelVolume> as_volume(Voxels labels, const Dims& dims, std::int64_t step) {
  auto volume = std::make_shared<LabelVolume>();
  for (std::size_t axis = 0; axis < 3; ++axis) volume->extent[axis] = dims[axis];
  volume->step = step;
  volume->labels = std::move(labels);
  return volume;
}

/// Both parts at one level, and what they differ in.
KeptSample compare(const monitor::Kept& facts, int level, const Dims& dims, Voxels prediction, Voxels truth) {
  KeptSample sample;
  sample.key = {facts.epoch, facts.volume};
  sample.finest = level == 0;
  sample.kept_step = std::int64_t{1} << facts.reduction;
  for (std::size_t axis = 0; axis < 3; ++axis)
    sample.extent[axis] = std::int64_t{facts.dims[axis]} << facts.reduction;
  std::size_t classes = 1;
  for (const auto* labels : {&prediction, &truth})
    for (const auto label : *labels) classes = std::max(classes, std::size_t{label} + 1);
  sample.classes = classes;
  sample.false_positives.resize(classes);
  sample.false_negatives.resize(classes);
  for (std::size_t i = 0; i < truth.size(); ++i)
    if (prediction[i] != truth[i]) {
      ++sample.false_positives[prediction[i]];
      ++sample.false_negatives[truth[i]];
    }
  Voxels errors = error_labels(truth, prediction);
  sample.error_counts = count_errors(errors);
  const std::int64_t step = std::int64_t{1} << (facts.reduction + level);
  sample.prediction = as_volume(std::move(prediction), dims, step);
  sample.truth = as_volume(std::move(truth), dims, step);
  sample.errors = as_volume(std::move(errors), dims, step);
  return sample;
}

class Recorded : public KeptSamples {
 public:
  explicit Recorded(const fs::path& run_folder) : folder_(run_folder / "snapshots") {}

  std::vector<SampleKey> list() const override {
    constexpr std::size_t most = 100000;
    std::vector<SampleKey> keys;
    std::error_code error;
    fs::directory_iterator at(folder_, error);
    for (const fs::directory_iterator end; !error && at != end && keys.size() < most; at.increment(error)) {
      SampleKey key;
      if (monitor::parse_volume_file_name(at->path().filename().string(), key.epoch, key.volume))
        keys.push_back(key);
    }
    std::ranges::sort(keys);
    return keys;
  }
  bool has(const SampleKey& key) const {
    std::error_code error;
    return fs::exists(path(key), error);
  }
  KeptSample read(const SampleKey& key, bool coarse, const ProgressTold& progress) const override {
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
  fs::path path(const SampleKey& key) const {
    return folder_ / monitor::volume_file_name(key.epoch, key.volume);
  }
  fs::path folder_;
};

class Live : public KeptSamples {
 public:
  explicit Live(std::shared_ptr<LiveSource> live) : live_(std::move(live)) {
    const fs::path folder = live_->target().local_folder();
    if (!folder.empty()) recorded_.emplace(folder);
  }
  std::vector<SampleKey> list() const override {
    std::vector<SampleKey> keys;
    if (recorded_) keys = recorded_->list();
    for (const auto& kept : live_->status().volumes) keys.push_back({kept.epoch, kept.volume});
    std::ranges::sort(keys);
    const auto rest = std::ranges::unique(keys);
    keys.erase(rest.begin(), rest.end());
    return keys;
  }
  KeptSample read(const SampleKey& key, bool coarse, const ProgressTold& progress) const override {
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
    Dims expected = facts->dims;
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

std::uint64_t KeptSample::bytes() const { return prediction ? 3 * prediction->labels.size() : 0; }

std::shared_ptr<const KeptSamples> recorded_samples(const fs::path& run_folder) {
  return std::make_shared<Recorded>(run_folder);
}
std::shared_ptr<const KeptSamples> live_samples(std::shared_ptr<LiveSource> live) {
  return std::make_shared<Live>(std::move(live));
}

std::uint64_t SampleCache::bytes() const {
  std::uint64_t sum = 0;
  for (const auto& sample : kept_) sum += sample->bytes();
  return sum;
}

std::shared_ptr<const KeptSample> SampleCache::get(const SampleKey& key) {
  const auto found = std::ranges::find_if(kept_, [&](const auto& sample) { return sample->key == key; });
  if (found == kept_.end()) return nullptr;
  kept_.splice(kept_.end(), kept_, found);
  return kept_.back();
}

void SampleCache::put(std::shared_ptr<const KeptSample> sample) {
  std::erase_if(kept_, [&](const auto& kept) { return kept->key == sample->key; });
  kept_.push_back(std::move(sample));
  while (kept_.size() > 1 && bytes() > max_bytes_) kept_.pop_front();
}

}  // namespace scaffold::viewer
